"""Ledger and context in a real browser: accessible, without JavaScript, on every width, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from .conftest import Dashboard, serving
from .test_ledger import OWN, SPANS, TALK, TRACE, fill

SECOND = f"{2:016x}"
PRICED = "d" * 32


@pytest.fixture(scope="module")
def talk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serving(tmp_path_factory.mktemp("talk")) as start:
        dashboard = start(prices=(OWN,))
        fill(dashboard.db, TALK)
        fill(dashboard.db, tuple(replace(each, trace_id=PRICED) for each in SPANS))
        yield dashboard


def visit(browser: Browser, talk: Dashboard, path: str, *, width: int = 1440, **options: object) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, base_url=talk.url, **options)
    page = context.new_page()
    page.goto(path)
    return page


PATHS = [f"/traces/{TRACE}?view=ledger", f"/traces/{TRACE}/spans/{SECOND}", f"/traces/{PRICED}?view=ledger"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("width", "theme"), [(390, "dark"), (1440, "light")])
def test_nobody_is_kept_out(browser: Browser, talk: Dashboard, path: str, width: int, theme: str) -> None:
    page = visit(browser, talk, path, width=width, color_scheme=theme, reduced_motion="reduce")
    for summary in page.locator("details.fold > summary").all():
        summary.click()
    found = Axe().run(page).response["violations"]
    assert [(each["id"], node["html"][:80]) for each in found for node in each["nodes"]] == []
    assert page.locator("main").evaluate("main => main.scrollWidth <= innerWidth")
    page.context.close()


@pytest.mark.parametrize("path", PATHS)
def test_without_javascript_everything_is_there(browser: Browser, talk: Dashboard, path: str) -> None:
    page = visit(browser, talk, path, java_script_enabled=False)
    bar = page.locator(".context-bar").first
    if PRICED not in path:
        page.locator("summary", has_text="Context").first.click() if "/spans/" in path else None
        expect(bar).to_be_visible()
    expect(page.get_by_text("gpt-4o-mini").first).to_be_attached()
    page.context.close()


def test_from_a_call_to_its_formula_and_to_the_call_before(browser: Browser, talk: Dashboard) -> None:
    page = visit(browser, talk, f"/traces/{TRACE}")
    page.get_by_role("link", name="Ledger", exact=True).click()
    expect(page.locator(".ledger-table tbody tr")).to_have_count(4)
    page.locator(".ledger-table tbody a").nth(1).click()
    expect(page.locator("#detail h2")).to_contain_text("chat 2")
    page.locator("#detail summary", has_text="Tokens and cost").click()
    expect(page.locator("#detail .formula tfoot").first).to_contain_text("$0.00042")
    page.locator("#detail summary", has_text="Context").focus()
    page.keyboard.press("Enter")
    page.locator("#detail").get_by_role("link", name="call before").click()
    expect(page.locator("#detail h2")).to_contain_text("chat 1")
    page.context.close()
