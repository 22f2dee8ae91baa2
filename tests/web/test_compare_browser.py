"""Comparing in a real browser: choosing two rows, walking the differences, widths, themes, no script."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from .browsing import Open, listening, violations
from .conftest import Dashboard, put
from .test_compare import A, B, address, chat, spans, tool


@pytest.fixture
def pair(dashboard: Dashboard) -> Dashboard:
    """A dashboard over two runs that part at the tool's arguments, and two that loop."""
    rounds = [chat("Again."), tool("search", '{"q": "x"}')]
    put(dashboard.db, A, B, spans(3, *rounds * 5), spans(4, *rounds * 3, chat("Enough.")))
    return dashboard


def test_two_rows_are_chosen_by_the_keys(pair: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{pair.url}/traces"))
    boxes = page.locator(".pick")
    expect(boxes.first).to_be_hidden()
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(boxes.first).to_be_checked()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator(".pick-said")).to_have_text("Two chosen.")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare?a=*")
    # The earlier one is A, whatever the order of the rows.
    assert page.url.endswith(f"/compare?a={2:032x}&b={4:032x}")


def test_a_third_row_takes_the_place_of_the_first_and_escape_ends_it(
    pair: Dashboard, open_page: Open
) -> None:
    page = listening(open_page(f"{pair.url}/traces"))
    page.keyboard.press("x")
    boxes = page.locator(".pick")
    expect(boxes.first).to_be_visible()
    for at in range(3):
        boxes.nth(at).check()
    expect(boxes.nth(0)).not_to_be_checked()
    expect(page.locator(".pick:checked")).to_have_count(2)
    expect(page.locator("trace-sheet")).to_be_hidden()
    page.keyboard.press("Escape")
    expect(boxes.first).to_be_hidden()
    expect(page.locator(".pick:checked")).to_have_count(0)


def test_choosing_and_comparing_work_without_script(pair: Dashboard, open_page: Open) -> None:
    page = open_page(f"{pair.url}/traces", java_script_enabled=False)
    page.locator("#menu-compare > summary").click()
    page.get_by_role("link", name="two traces of this list").click()
    page.locator(f"#t-{1:032x} .pick").check()
    page.locator(f"#t-{2:032x} .pick").check()
    page.locator("#pick button").click()
    assert page.url.endswith(address())
    expect(page.locator('.step > a[aria-current="true"]')).to_contain_text("weather")
    page.get_by_role("link", name="Next difference").click()
    expect(page.locator('.step > a[aria-current="true"]')).to_contain_text("news")
    page.locator(".step > a").nth(4).click()
    expect(page.locator("#pair ins em").first).to_be_visible()


def test_n_and_p_walk_the_differences_without_leaving_the_page(pair: Dashboard, open_page: Open) -> None:
    page = open_page(pair.url + address())
    expect(page.locator("trace-compare:defined")).to_be_attached()
    page.evaluate("window.stillTheSamePage = true")
    said = page.locator("#compare-tools [role=status]")
    expect(said).to_have_text("Difference 1 of 3")
    for key, place in (("n", 2), ("n", 3), ("n", 3), ("p", 2)):
        page.keyboard.press(key)
        expect(said).to_have_text(f"Difference {place} of 3")
    expect(page.locator("#pair h2")).to_contain_text("news")
    assert page.url.endswith("&step=4")
    page.go_back()
    expect(said).to_have_text("Difference 3 of 3")
    assert page.evaluate("window.stillTheSamePage") is True
    page.reload()
    expect(said).to_have_text("Difference 3 of 3")


def test_a_step_inside_a_folded_loop_opens_it(pair: Dashboard, open_page: Open) -> None:
    page = open_page(f"{pair.url}/compare?a={3:032x}&b={4:032x}&step=1")
    expect(page.locator("trace-compare:defined")).to_be_attached()
    fold = page.locator("details#loop-2")
    expect(fold).to_contain_text(re.compile("A 5.*B [34]"))
    expect(fold).not_to_have_attribute("open", "")
    page.keyboard.press("n")
    expect(fold).to_have_attribute("open", "")
    expect(page.locator('.step > a[aria-current="true"]')).to_be_in_viewport()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_comparison_is_accessible_at_every_width(pair: Dashboard, open_page: Open, theme: str) -> None:
    page = open_page("about:blank", color_scheme=theme)
    paths = [
        address(),
        address(step="5"),
        address(step="4"),
        address(A, A),
        "/compare",
        f"/compare?a={1:032x}",
    ]
    for path in paths if theme == "light" else paths[1:2]:
        page.set_viewport_size({"width": 1280, "height": 800})
        page.goto(pair.url + path)
        assert violations(page) == [], path
        for width in (320, 390, 700, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(pair.url + address())
    assert violations(page) == []


def test_a_trace_leads_to_its_comparison(pair: Dashboard, open_page: Open) -> None:
    page = open_page(f"{pair.url}/traces/{2:032x}")
    page.get_by_role("link", name="Compare…").click()
    page.get_by_role("row", name="previous run").get_by_role("link").click()
    assert page.url.endswith(address())
    page.locator(".side-a a").first.click()
    assert page.url.endswith(f"/traces/{1:032x}")
