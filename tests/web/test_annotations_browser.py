"""Annotating in a real browser: by keyboard and in place, found by filter and words, and without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from .browsing import Open, listening, violations
from .conftest import Dashboard, index, put, run

TRACE = f"{1:032x}"


@pytest.fixture
def filled(dashboard: Dashboard) -> Dashboard:
    put(dashboard.db, run(1), run(2))
    return dashboard


def test_by_keyboard_alone_and_in_place(filled: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{filled.url}/traces/{TRACE}"))
    page.evaluate("window.stillTheSamePage = true")
    page.keyboard.press("a")
    expect(page.get_by_role("button", name="Good")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    remarks = page.locator("#annotate-trace-remarks")
    expect(remarks).to_have_text("bad")
    expect(page.get_by_role("button", name="Bad")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("Regression")
    page.keyboard.press("Enter")
    expect(remarks.get_by_role("link", name="regression")).to_be_visible()
    expect(page.locator("#annotate-trace").get_by_label("Tag", exact=True)).to_have_value("")
    page.locator("#annotate-trace").get_by_label("Note", exact=True).fill("A zebra crossed here.\nTwice.")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(remarks).to_contain_text("A zebra crossed here.")
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Good")).to_be_hidden()
    assert page.evaluate("window.stillTheSamePage")

    page.goto(f"{filled.url}/traces")
    expect(page.locator("tbody.run")).to_have_count(2)
    page.locator(".filter-panel, #filters").get_by_text("Verdict").click()
    page.get_by_role("link", name="bad", exact=False).first.click()
    expect(page.locator("tbody.run")).to_have_count(1)
    expect(page.locator("tbody.run")).to_contain_text("regression")
    assert violations(page) == []
    index(filled.db)
    page.goto(f"{filled.url}/traces?q=zebra")
    expect(page.locator(".hit")).to_contain_text("note")
    page.goto(f"{filled.url}/traces/{TRACE}?find=zebra")
    listening(page)
    page.keyboard.press("n")
    expect(page.locator(".remark mark.now")).to_be_in_viewport()


def test_what_was_typed_stays_while_others_change_the_trace(filled: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{filled.url}/traces/{TRACE}"))
    page.keyboard.press("a")
    page.locator("#annotate-trace").get_by_label("Note", exact=True).fill("half a thought")
    other = listening(open_page(f"{filled.url}/traces/{TRACE}"))
    other.keyboard.press("a")
    other.get_by_role("button", name="Good").click()
    expect(page.locator("#annotate-trace-remarks")).to_have_text("good")
    expect(page.locator("#annotate-trace").get_by_label("Note", exact=True)).to_have_value("half a thought")
    expect(page.locator("#annotate-trace").get_by_label("Note", exact=True)).to_be_focused()


def test_a_refusal_is_said_beside_the_form(filled: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{filled.url}/traces/{TRACE}"))
    page.keyboard.press("a")
    page.locator("#annotate-trace").get_by_label("Tag", exact=True).fill("#")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert").filter(visible=True)).to_contain_text("a tag is empty")
    expect(page.locator("#annotate-trace").get_by_label("Tag", exact=True)).to_have_value("#")


def annotate_span(page: Page) -> None:
    page.locator(".detail").get_by_text("Annotate").click()
    page.locator(".detail").get_by_label("Note", exact=True).fill("on the span")
    page.locator(".detail").get_by_role("button", name="Add note").click()
    expect(page.locator(".detail .remark")).to_contain_text("on the span")
    expect(page.locator(".trace-head .remarks")).to_contain_text("1 note")


@pytest.mark.parametrize("has_script", [True, False])
def test_a_span_with_and_without_a_script(filled: Dashboard, open_page: Open, *, has_script: bool) -> None:
    page = open_page(f"{filled.url}/traces/{TRACE}", java_script_enabled=has_script)
    if has_script:
        listening(page)
    annotate_span(page)
    note = page.locator(".detail")
    if not has_script:
        note.get_by_text("Annotate").click()
    note.get_by_label("Note of").fill("changed on the span")
    note.get_by_role("button", name="Save").click()
    expect(note.locator(".remark")).to_contain_text("changed on the span")
    if not has_script:
        note.get_by_text("Annotate").click()
    note.get_by_role("button", name="Delete").click()
    expect(note.locator(".remark")).to_have_count(0)


def test_the_editor_fits_a_telephone_and_both_themes(filled: Dashboard, open_page: Open) -> None:
    for scheme in ("light", "dark"):
        for address, editor in (
            (f"/traces/{TRACE}", "#annotate-trace"),
            ("/sessions/s1", "#annotate-session"),
        ):
            page = open_page(f"{filled.url}{address}", width=390, height=800, color_scheme=scheme)
            listening(page)
            page.keyboard.press("a")
            button, sheaf = (
                page.locator(f"{editor} {part}").bounding_box() for part in ("summary", ".sheaf")
            )
            assert button is not None
            assert sheaf is not None
            assert sheaf["x"] >= 0
            assert sheaf["x"] + sheaf["width"] <= 390
            assert 0 < sheaf["y"] - button["y"] < 200
            assert violations(page) == []


def test_a_session_and_its_traces(filled: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{filled.url}/sessions/s1"))
    page.keyboard.press("a")
    page.keyboard.press("Enter")
    expect(page.locator("#annotate-session-remarks")).to_have_text("good")
    assert violations(page) == []
    page.goto(f"{filled.url}/traces?verdict=good")
    expect(page.locator("tbody.run")).to_have_count(1)
    page.goto(f"{filled.url}/traces/{TRACE}")
    expect(page.locator("#annotate-trace-remarks")).to_have_text("Session s1: good")


def test_g_a_leads_to_the_agents_and_opens_nothing(filled: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{filled.url}/traces/{TRACE}"))
    page.evaluate("document.addEventListener('toggle', () => { window.name = 'opened'; }, true)")
    page.keyboard.press("g")
    page.keyboard.press("a")
    page.wait_for_url("**/agents*")
    assert page.evaluate("window.name") == ""
