"""The Analysis tab in a real browser: accessible, live, and a citation that opens at its quote."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from halo_dash.store import Store
from halo_dash.store.runs.values import Checkpoint

from .analysis_runs import ANSWER, ME, Planted, events, planted_dashboard
from .browsing import Open, listening, sideways, violations
from .conftest import Dashboard, index, put, run


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with planted_dashboard(tmp_path_factory.mktemp("analysis")) as found:
        index(found.dashboard.db)
        yield found


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_page_is_accessible_and_never_scrolls_sideways(
    planted: Planted, open_page: Open, theme: str
) -> None:
    for path in (
        "/analysis",
        "/agents/researcher/analysis",
        *(f"/analysis/{each.conversation_id}" for each in (planted.done, planted.running, planted.failed)),
    ):
        page = open_page(planted.dashboard.url + path, color_scheme=theme)
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        assert violations(page) == [], path
        assert sideways(page, 1920, 1440, 768, 390, 320) == {}, path


def test_a_citation_opens_the_trace_with_its_quote_marked(planted: Planted, open_page: Open) -> None:
    page = open_page(f"{planted.dashboard.url}/analysis/{planted.done.conversation_id}")
    page.locator(".finding-card figure:not([data-unverified]) a").first.click()
    expect(page.locator("main mark:visible").first).to_have_text(ANSWER)


def test_what_is_chosen_is_counted_before_anything_starts(planted: Planted, open_page: Open) -> None:
    page = open_page(f"{planted.dashboard.url}/analysis")
    expect(page.locator("[data-preview]")).to_be_hidden()
    page.get_by_label("Agent").select_option("writer")
    expect(page.locator("#analysis-preview")).to_contain_text("1 run")
    page.locator("summary", has_text="Limits").click()
    page.get_by_label("Depth").fill("12")
    page.get_by_label("Turns").focus()
    expect(page.locator("#analysis-preview")).to_contain_text("Depth must be a whole number from 0 to 5")


def test_a_run_is_started_without_a_script(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1))
    page = open_page(f"{dashboard.url}/traces", java_script_enabled=False)
    page.get_by_role("link", name="Analyse").click()
    page.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_contain_text("Find what goes wrong")
    expect(page.locator(".run-bar")).to_contain_text("waiting")


def test_steps_appear_as_they_are_made(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1))
    page = open_page(f"{dashboard.url}/analysis")
    page.get_by_role("button", name="Start").click()
    listening(page)
    expect(page.locator(".run-bar")).to_contain_text("waiting")
    now_ns = time.time_ns()
    with Store.open(dashboard.db) as store:
        with store.writing() as tx:
            mine = tx.runs.progress.claim(ME, now_ns, now_ns + 10**12)
        assert mine is not None
        expect(page.locator(".run-bar")).to_contain_text("running")
        with store.writing() as tx:
            tx.runs.progress.checkpoint(mine.run_id, ME, Checkpoint(events=events(now_ns)))
        expect(page.locator(".analysis-steps")).to_contain_text("get_dataset_overview")
        page.get_by_role("button", name="Stop").click()
        expect(page.locator(".run-bar")).to_contain_text("stopping")
        assert store.runs.get(mine.run_id).is_cancel_asked
