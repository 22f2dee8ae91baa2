"""A report that hostile traces dictate, in a real browser; and what is said of runs that were cut short."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from halo_dash.model.filter import Filter
from halo_dash.model.run import RunLimits, RunRequest
from halo_dash.store import Store
from tests.analysis import hostile
from tests.analysis.engine import shop
from tests.analysis.engine.bench import CODE, execute
from tests.analysis.engine.bench import run as analysed
from tests.analysis.engine.scripts import look_then_report
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, Use, call, calls, fail

from .browsing import Open, sideways
from .conftest import Dashboard

MOST_BYTES = 2_000_000


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer().start()
    yield server
    server.close()
    assert not server.failures, "\n".join(server.failures)


def foreign(page: Page, own: str) -> list[str]:
    """Addresses on a page that lead away from the dashboard; Cursor is told of briefs by one of its own."""
    found = page.locator("a, area, form, img, iframe, link, script, object, embed, source").evaluate_all(
        "all => all.flatMap(e => [e.href, e.src, e.action, e.data].filter(Boolean).map(String))"
    )
    return [each for each in found if not each.startswith((own, "cursor://anysphere.cursor-deeplink/"))]


def test_a_hostile_report_fetches_nothing_runs_nothing_and_leads_nowhere(
    dashboard: Dashboard, scripted: ScriptedServer, open_page: Open
) -> None:
    with Store.open(dashboard.db) as store:
        orders = [
            {"tool": hostile.NAME, "arguments": {hostile.NAME: hostile.MARKUP[0]}},
            {"tool": "call_subagent", "arguments": {"question": hostile.NAME, "trace_ids": [hostile.EVIL]}},
        ]
        hostile.fill(store, orders, hostile.dressed())
        scripted.script = hostile.obey
        request = RunRequest(prompt=hostile.NAME, limits=RunLimits(max_depth=1))
        done = analysed(store, scripted.base_url, request, **CODE)
        assert done.state == "completed", done.reason
        with store.writing() as tx:
            follow = tx.runs.follow_up(done.conversation_id, hostile.MARKUP[1], 10)
        answer = {"answer": "\n\n".join(hostile.MARKUP), "citations": []}
        scripted.script = lambda _request: calls(Use("final_answer", answer))
        assert execute(store, scripted.base_url, follow.run_id, **CODE).state == "completed"

    page = open_page(f"{dashboard.url}/analysis")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("dialog", lambda dialog: asked.append(f"dialog {dialog.message}"))
    for path in (
        f"/analysis/{done.conversation_id}",
        "/analysis",
        f"/traces/{done.trace_id}",
        "/agents",
    ):
        page.goto(dashboard.url + path, wait_until="load")
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        assert page.evaluate("window.hacked") is None, path
        assert foreign(page, dashboard.url) == [], path
        assert (
            page.locator("main img, main iframe, main object, main embed, main style, main base").count() == 0
        ), path
        assert page.locator("main script:not([src])").count() == 0, path
        assert sideways(page, 1440, 390) == {}, path
    assert {urlsplit(each).netloc for each in asked} == {urlsplit(dashboard.url).netloc}

    page.goto(f"{dashboard.url}/analysis/{done.conversation_id}")
    cards = page.locator(".finding-card")
    expect(cards).to_have_count(len(hostile.MARKUP))
    # What was written stands there to be read.
    expect(cards.first.locator("h3")).to_have_text(hostile.MARKUP[0])
    checks = cards.locator("dd > a").evaluate_all("all => all.map(each => each.getAttribute('href'))")
    assert checks
    assert all(each.startswith("/traces?") for each in checks)
    for form, kind in ((".json", "application/json"), (".md", "text/markdown")):
        found = dashboard.ask(f"/analysis/{done.conversation_id}{form}")
        assert found.headers["content-type"].startswith(kind)
        assert found.headers["x-content-type-options"] == "nosniff"


def test_arguments_of_megabytes_do_not_make_a_page_of_them(
    dashboard: Dashboard, scripted: ScriptedServer
) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if not request.tools:
            return call("x")
        if request.turn:
            return call("final_answer", title="T", summary="S", findings=[])
        return replace(call("query_traces", filter={"q": "x" * 9_000_000}), piece=1_000_000)

    with Store.open(dashboard.db) as store:
        shop.fill(store)
        scripted.script = script
        limits = RunLimits(max_depth=0, max_turns=5)
        done = analysed(store, scripted.base_url, RunRequest(prompt="Why?", limits=limits))
        assert done.is_ended
    found = dashboard.ask(f"/analysis/{done.conversation_id}")
    assert len(found.body) < MOST_BYTES
    assert "more characters" in found.text


def test_a_run_that_a_limit_ended_says_which_and_a_sample_says_both_numbers(
    dashboard: Dashboard, scripted: ScriptedServer, open_page: Open
) -> None:
    def stubborn(request: ScriptedRequest) -> Answer:
        return replace(call("query_traces", limit=1 + request.turn), text="I look on.")

    with Store.open(dashboard.db) as store:
        shop.fill(store)
        scripted.script = stubborn
        limits = RunLimits(max_depth=0, max_turns=3, span_limit=12)
        stopped = analysed(store, scripted.base_url, RunRequest(prompt="Why?", limits=limits))
        spent = RunRequest(prompt="How dear?", limits=RunLimits(max_depth=0, budget_tokens=9_000))
        cut = analysed(store, scripted.base_url, spent)
        scripted.script = look_then_report
        sampled = analysed(
            store, scripted.base_url, RunRequest(prompt="What?", limits=RunLimits(max_depth=0, span_limit=12))
        )
        scripted.script = lambda _request: fail(401, "Incorrect API key provided", code="invalid_api_key")
        refused = analysed(
            store, scripted.base_url, RunRequest(prompt="Who?", filter=Filter(agent=("shop",)))
        )

    page = open_page(f"{dashboard.url}/analysis/{stopped.conversation_id}")
    notice = page.locator(".analysis-report .notice")
    expect(notice).to_contain_text("Not finished")
    expect(notice).to_contain_text("All 3 turns are spent")
    expect(page.locator(".run-bar")).to_contain_text("4 of 12 runs, 12 of 36 spans (a sample)")
    expect(page.locator(".analysis-report")).to_contain_text("I look on.")
    expect(page.locator(".run-bar .status")).to_have_text("not finished")
    expect(page.locator(".analysis-history a[aria-current] .status")).to_have_text("not finished")
    expect(page.locator("h1")).to_have_text("Why?")

    page.goto(f"{dashboard.url}/analysis/{cut.conversation_id}")
    expect(notice).to_contain_text("Not finished")
    expect(notice).to_contain_text("of 9,000 tokens")

    page.goto(f"{dashboard.url}/analysis/{sampled.conversation_id}")
    expect(page.locator(".run-bar")).to_contain_text("4 of 12 runs, 12 of 36 spans (a sample)")
    expect(page.locator(".analysis-steps")).to_contain_text("Read are 4 of 12 selected traces")
    expect(notice).to_have_count(0)

    page.goto(f"{dashboard.url}/analysis/{refused.conversation_id}")
    expect(page.locator("main")).to_contain_text("401")
    expect(page.get_by_role("button", name="Go on")).to_be_visible()


@pytest.mark.parametrize(
    "name", ["..%2F..%2Fetc%2Fpasswd", "a%2Fb", "%00", "%ff", "x" * 5_000, "%22%3E%3Cscript%3E", "'--"]
)
def test_ids_of_any_form_are_just_not_there(dashboard: Dashboard, name: str) -> None:
    for path in (
        f"/analysis/{name}",
        f"/analysis/{name}.json",
        f"/analysis/{name}.md",
        f"/runs/{name}.json",
        f"/runs/{name}/events.json",
    ):
        found = dashboard.ask(path)
        assert found.status in {400, 404}, (path, found.status)
        if found.headers["content-type"].startswith("text/html"):
            assert "<script>" not in found.text
