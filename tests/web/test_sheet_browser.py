"""The sheet beside the list in a real browser: its place in the history, and where the keys go on."""

from __future__ import annotations

from playwright.sync_api import expect

from .browsing import Open, listening
from .conftest import Dashboard


def test_back_closes_the_sheet_and_keeps_the_place(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?limit=12"))
    row = page.locator("tbody.run").nth(3)
    row.locator(".c-name a").click()
    expect(page.locator("trace-sheet #trace-head")).to_be_visible()
    page.locator("trace-sheet #trace-body").focus()
    page.go_back()
    expect(page.locator("trace-sheet")).to_be_hidden()
    expect(row.locator(".c-name a")).to_be_focused()
