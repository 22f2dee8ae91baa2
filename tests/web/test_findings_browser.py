"""From a silent failure to the words that show it, in a real browser; and verdicts as they come."""

from __future__ import annotations

import time

import pytest
from playwright.sync_api import expect

from halo_dash.transfer.demo import demo_traces

from . import wrong_runs
from .browsing import Open, listening, violations
from .conftest import Dashboard, put
from .wrong_runs import BOTH, CLEAN, HOSTILE, LOOP, SILENT, judge, put_runs

judged = wrong_runs.judged


def test_from_a_silent_failure_to_the_quote_that_shows_it(judged: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{judged.url}/traces"))
    page.get_by_role("link", name="Silent failures").click()
    expect(page.locator("tbody.run")).to_have_count(2)
    silent = page.locator(f"#t-{SILENT}")
    expect(silent).to_contain_text("silent failure")
    silent.locator(".c-name a").click()
    sheet = page.locator("trace-sheet")
    expect(sheet.get_by_role("heading", name="What went wrong")).to_be_visible()
    sheet.locator(".wrong-evidence a").first.click()
    mark = sheet.locator("#evidence mark")
    expect(mark).to_have_text(f'no such city: "Oslo" {HOSTILE}')
    expect(mark).to_be_in_viewport()
    assert "finding=" in page.url
    page.reload()
    expect(mark).to_be_in_viewport()
    page.go_back()
    expect(sheet).to_be_hidden()
    expect(page.locator("tbody.run")).to_have_count(2)


def test_evidence_is_walked_by_the_keys_without_leaving_the_page(judged: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{judged.url}/traces/{LOOP}"))
    page.evaluate("window.stillTheSamePage = true")
    links = page.locator("#finding-1 .wrong-evidence a")
    expect(links).to_have_count(3)
    spans = []
    for number in range(3):
        links.nth(number).focus()
        page.keyboard.press("Enter")
        expect(links.nth(number)).to_have_attribute("aria-current", "true")
        expect(page.locator("#evidence mark")).to_have_text("Oslo weather")
        expect(links.nth(number)).to_be_focused()
        spans.append(page.locator('.span-row[aria-selected="true"]').get_attribute("data-span"))
    assert len(set(spans)) == 3
    assert page.evaluate("window.stillTheSamePage")
    page.locator(".span-row[data-span]").first.locator(".span-name > a").click()
    expect(page.locator("#evidence")).to_have_count(0)
    assert "finding=" not in page.url


def test_without_a_script_a_link_leads_to_the_quote(judged: Dashboard, open_page: Open) -> None:
    page = open_page(f"{judged.url}/traces/{LOOP}", java_script_enabled=False, height=500)
    page.locator("#finding-1 .wrong-evidence a").nth(2).click()
    expect(page.locator("#evidence mark")).to_be_in_viewport()
    expect(page.get_by_text("no try worked").first).to_be_visible()


def test_verdicts_come_in_by_themselves(dashboard: Dashboard, open_page: Open) -> None:
    put_runs(dashboard.db, SILENT, CLEAN)
    judge(dashboard.db, ())
    listed = listening(open_page(f"{dashboard.url}/traces"))
    page = listening(open_page(f"{dashboard.url}/traces/{SILENT}"))
    expect(page.locator("#judged")).to_contain_text("nothing found by 0 rules")
    expect(listed.locator(f"#t-{SILENT} .status")).to_have_text("ok")
    judge(dashboard.db)
    expect(page.get_by_role("heading", name="What went wrong")).to_be_visible()
    expect(page.locator(".trace-head .status")).to_have_text("silent failure")
    expect(listed.locator(f"#t-{SILENT} .status")).to_have_text("silent failure")
    expect(listed.locator(f"#t-{CLEAN} .status")).to_have_text("ok")
    expect(listed.get_by_role("link", name="Silent failures")).to_be_visible()


@pytest.mark.parametrize(("theme", "width"), [("light", 1440), ("dark", 390)])
def test_pages_with_findings_are_accessible_and_do_not_scroll_sideways(
    judged: Dashboard, open_page: Open, theme: str, width: int
) -> None:
    page = open_page("about:blank", width=width, color_scheme=theme)
    for path in ("/traces", f"/traces/{LOOP}", f"/traces/{BOTH}?view=timeline", f"/traces/{CLEAN}"):
        page.goto(judged.url + path)
        assert violations(page) == [], path
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    page.goto(f"{judged.url}/traces/{SILENT}")
    page.locator(".wrong-evidence a").first.click()
    expect(page.locator("#evidence")).to_be_attached()
    assert violations(page) == []


def test_a_judged_list_keeps_the_budgets_of_the_list(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, *(trace.spans for trace in demo_traces(time.time_ns())), source="demo")
    judge(dashboard.db)
    page = open_page("about:blank")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    network.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(f"{dashboard.url}/traces")
    listening(page)
    assert len(sizes) <= 15
    assert sum(sizes) <= 60_000
    fitting = page.locator("tbody.run").evaluate_all(
        "rows => rows.filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert fitting >= 25
