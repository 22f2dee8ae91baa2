"""Search in a real browser: typing with completion, and from a hit to its span."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from halo_dash.store import page_matches
from halo_dash.store.traces import TraceView

from .browsing import Open, listening, violations
from .conftest import Dashboard


def test_typing_is_completed_by_the_keyboard_alone(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces"))
    page.keyboard.press("/")
    field = page.get_by_role("combobox", name="Search traces")
    expect(field).to_be_focused()
    page.keyboard.type("\U0001f600 OR toolb")
    page.keyboard.press("Backspace")
    expect(page.get_by_role("option", name="tool:")).to_be_visible()
    page.keyboard.press("ArrowDown")
    assert field.get_attribute("aria-activedescendant") == "offer-0"
    page.keyboard.press("Enter")
    expect(field).to_have_value("\U0001f600 OR tool:")
    expect(page.get_by_role("option", name="tool:refund_order")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("listbox")).to_be_hidden()
    field.fill("tool:refund_order refund")
    page.keyboard.press("Enter")
    page.wait_for_url("**/traces?q=tool%3Arefund_order+refund")
    expect(page.locator(".hit mark").first).to_have_text("refund", ignore_case=True)


def test_a_hit_opens_beside_the_list_at_its_span(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?q=refund"))
    hit = page.locator(".hit a").nth(1)
    span = (hit.get_attribute("href") or "").split("span=")[1].split("&")[0]
    hit.click()
    expect(page.locator(f'trace-sheet [data-span="{span}"]')).to_have_attribute("aria-selected", "true")
    page.reload()
    expect(page.locator(f'trace-sheet [data-span="{span}"]')).to_have_attribute("aria-selected", "true")
    page.go_back()
    expect(page.locator("trace-sheet")).to_be_hidden()


def test_the_form_works_without_a_script(demo: Dashboard, open_page: Open) -> None:
    page = open_page(f"{demo.url}/traces?status=error", java_script_enabled=False)
    page.get_by_label("Search traces").fill("refund")
    page.keyboard.press("Enter")
    page.wait_for_url("**/traces?status=error&q=refund")
    page.locator(".hit a").first.click()
    page.wait_for_url("**/traces/*span=*")


def test_reasons_that_took_too_long_come_after_the_first_paint(
    demo: Dashboard, open_page: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = open_page(f"{demo.url}/settings")
    monkeypatch.setattr(page_matches, "FIRST_S", -1.0)
    monkeypatch.setattr(TraceView.page, "__kwdefaults__", {"facets": True, "patience_s": -1.0})
    shown: list[str] = []

    def answer(route: Route) -> None:
        if "halo-fragment" in route.request.headers:
            monkeypatch.undo()
            route.continue_()
        else:
            first = route.fetch()
            shown.append(first.text())
            route.fulfill(response=first)

    page.route("**/traces?q=refund*", answer)
    page.goto(f"{demo.url}/traces?q=refund*&limit=2")
    expect(page.locator(".hit mark")).not_to_have_count(0)
    assert shown
    assert "<mark" not in shown[0]
    expect(page.locator("tbody.run:not(:has(.hit mark))")).to_have_count(0)
    assert page.locator("live-region[again]").count() == 0
