"""One walk through a search, as a person takes it: from the first key to the page as it was left."""

from __future__ import annotations

import pytest
from playwright.sync_api import Locator, Page, expect

from .browsing import Open, listening, rows
from .conftest import Dashboard, Serve, index, put, run

RUNS = 90


@pytest.fixture
def filled(serve: Serve) -> Dashboard:
    """Two in three runs speak of a refund, one in two fails, each has more tokens than the one before."""
    dashboard = serve()
    said = (
        ("A refund, please: the parcel never came.", "The refund is on its way."),
        ("Where is my refund?", "A refund takes three days."),
        ("How tall is the Eiffel Tower?", "330 metres"),
    )
    runs = []
    for number in range(1, RUNS):
        question, answer = said[number % 3]
        runs.append(run(number, question=question, answer=answer, fails=number % 2 == 0))
    put(dashboard.db, *runs)
    index(dashboard.db)
    return dashboard


def drag_half_way(page: Page) -> int:
    """Pull the lower end of the range of tokens to the middle; returns what it says then."""
    page.get_by_label("Tokens, at least").focus()
    slider = page.get_by_label("tokens from")
    expect(slider).to_be_visible()
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + 7, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    least = int(page.get_by_label("Tokens, at least").input_value())
    page.mouse.up()
    page.wait_for_url(f"**/traces?*tokens={least}..*")
    return least


def narrowed(page: Page) -> tuple[int, list[int]]:
    """Search, narrow by a value and by a range, unfold a part of the panel: (least tokens, rows)."""
    page.keyboard.press("/")
    page.keyboard.type("refund")
    page.keyboard.press("Enter")
    page.wait_for_url("**/traces?q=refund")
    expect(page.locator("tbody.run .hit mark").first).to_have_text("refund", ignore_case=True)
    listening(page)
    page.locator("#facet-status .choice", has_text="failed").click()
    page.wait_for_url("**/traces?*status=error*")
    listening(page)
    least = drag_half_way(page)
    listening(page)
    page.locator("#facet-session > summary").click()
    expected = [n for n in range(1, RUNS) if n % 3 < 2 and n % 2 == 0 and 50 + n >= least]
    assert len(expected) > 8
    assert_is(page, least, expected)
    return least, expected


def assert_is(page: Page, least: int, expected: list[int]) -> None:
    """The query, the panel and the rows are these."""
    expect(page.locator("tbody.run")).to_have_count(len(expected))
    assert rows(page) == expected[::-1]
    expect(page.get_by_role("combobox", name="Search traces")).to_have_value("refund")
    expect(page.locator("#facet-status .choice[aria-current]")).to_have_count(1)
    expect(page.get_by_label("Tokens, at least")).to_have_value(str(least))
    expect(page.locator("#facet-session")).to_have_attribute("open", "")


def reached(page: Page) -> tuple[Locator, int]:
    """A hit further down, and how far the page is scrolled to it."""
    hit = page.locator("tbody.run").nth(8).locator(".hit a").first
    hit.scroll_into_view_if_needed()
    place = page.evaluate("scrollY")
    assert place > 0
    return hit, int(place)


def test_a_hit_is_opened_beside_the_list_and_walked(filled: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{filled.url}/traces", height=500))
    least, expected = narrowed(page)
    before = page.url
    hit, place = reached(page)
    span = (hit.get_attribute("href") or "").split("span=")[1].split("&")[0]
    hit.click()
    sheet = page.locator("trace-sheet")
    expect(sheet.locator(f'[data-span="{span}"]')).to_have_attribute("aria-selected", "true")
    expect(sheet.locator(".detail mark.now")).to_have_text("refund", ignore_case=True)
    count = sheet.locator(".find-count")
    shown = count.text_content() or ""
    assert int(shown.split()[-1]) > 1
    page.keyboard.press("n")
    expect(count).not_to_have_text(shown)
    page.keyboard.press("Shift+N")
    expect(count).to_have_text(shown)
    page.go_back()
    expect(sheet).to_be_hidden()
    assert page.url == before
    assert page.evaluate("scrollY") == place
    assert_is(page, least, expected)


def test_back_from_a_hit_on_its_own_page_the_list_is_as_it_was(filled: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{filled.url}/traces", height=500))
    least, expected = narrowed(page)
    before = page.url
    hit, place = reached(page)
    hit.evaluate("link => location.assign(link.href)")
    page.wait_for_url("**/traces/0*")
    expect(page.locator(".detail mark.now")).to_be_in_viewport()
    listening(page)
    page.keyboard.press("n")
    expect(page.locator(".find-count")).to_contain_text("of")
    page.go_back()
    page.wait_for_url(before)
    listening(page)
    page.wait_for_function("place => Math.abs(scrollY - place) < 5", arg=place)
    assert_is(page, least, expected)
