"""The Analysis tab from the form to the report: a real server, a real browser, a model that is a script."""

from __future__ import annotations

import re
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, Use, call, calls

from .conftest import Halo, until
from .senders import send_run

MODEL = "scripted-large"
KEY = "sk-e2e-canary-51d0c2"
QUESTION = "Why do the failing runs fail?"
QUOTE = "search backend timed out after 10s"
FINDING = "The search gives up after ten seconds"
PRICES = f'[prices."{MODEL}"]\ninput = 100\noutput = 100\n'


class Analyst:
    """The script: turns that use what the tools returned. It waits before its last one while it is held."""

    def __init__(self) -> None:
        self.gate = threading.Event()
        self.waiting = threading.Event()

    def __call__(self, request: ScriptedRequest) -> Answer:
        spoken = request.user.partition("\n")[0]
        if "How many" in spoken or any("How many" in each for each in request.users):
            return self._follow_up(request)
        if request.turn == 0:
            code = "found = query({'status': 'error'})['traces']\nprint([each['trace_id'] for each in found])"
            return calls(Use("run_code", {"code": code}), text="First I look for what failed.")
        failed = re.findall("[0-9a-f]{32}", request.texts_of("run_code")[0])
        if request.turn == 1:
            return call("view_trace", trace_id=failed[0])
        self.waiting.set()
        self.gate.wait(60)
        return self._report(failed, request.result("view_trace")["spans"])

    def _report(self, failed: list[str], spans: list[dict[str, Any]]) -> Answer:
        tool = next(each for each in spans if "web_search" in each["name"])
        assert QUOTE in str(tool)
        evidence = {"trace_id": failed[0], "span_id": tool["span_id"], "field": "status_message"}
        finding = {
            "title": FINDING,
            "severity": "high",
            "runs": len(failed),
            "base": 4,
            "explanation": "The tool answers too late.",
            "hypothesis": "The backend is slow.",
            "fix": "Retry once.",
            "check": {"filter": "status=error", "label": "failed runs"},
            "evidence": [evidence | {"quote": QUOTE}, evidence | {"quote": "nobody ever said such words"}],
        }
        return call("final_answer", title="Searches time out", summary="Half of them.", findings=[finding])

    def _follow_up(self, request: ScriptedRequest) -> Answer:
        last = request.messages[-1]
        results = [each for each in request.tool_texts if "runs stand in found" in each]
        if results:
            return call("final_answer", answer=results[0].strip())
        assert last["role"] == "user", last
        return call("run_code", code="print(len(found), 'runs stand in found')")


@pytest.fixture
def analyst() -> Analyst:
    return Analyst()


@pytest.fixture
def halo(tmp_path: Path, analyst: Analyst) -> Iterator[Halo]:
    """A server whose engine is told of the scripted model, with four runs of which two failed."""
    scripted = ScriptedServer(analyst).start()
    (tmp_path / "halo.toml").write_text(PRICES)
    environment = {
        "HALO_ENGINE_BASE_URL": scripted.base_url,
        "HALO_ENGINE_MODEL": MODEL,
        "OPENAI_API_KEY": KEY,
    }
    server = Halo(tmp_path, environment).start()
    try:
        for number in range(4):
            send_run("grpc", server.collector, f"How tall is it ({number})?", fail=number % 2 == 1)
        until(lambda: server.get("/clusters.json")["judged"] == 4)
        yield server
    finally:
        server.stop(signal.SIGKILL)
        analyst.gate.set()
        scripted.close()
    assert not scripted.failures, "\n".join(scripted.failures)
    held = [each for each in tmp_path.rglob("*") if each.is_file() and KEY.encode() in each.read_bytes()]
    assert held == []
    assert KEY not in "".join(server.lines)


def held(page: Page, halo: Halo, analyst: Analyst) -> None:
    """The same, until the model is asked for its last turn."""
    analyst.gate.clear()
    analyst.waiting.clear()
    ask(page, halo)
    assert analyst.waiting.wait(60)


def ask(page: Page, halo: Halo) -> None:
    """Fill in the form and start."""
    page.goto(f"{halo.dashboard}/analysis")
    page.get_by_label("What do you want to know?").fill(QUESTION)
    page.locator("summary", has_text="Limits").click()
    page.get_by_label("Dollars").fill("5")
    expect(page.locator("#analysis-preview")).to_contain_text("4 runs")
    page.get_by_role("button", name="Start").click()
    expect(page.locator("h1")).to_contain_text("Why do the failing runs fail")
    page.evaluate("window.stillTheSamePage = true")


def told(halo: Halo, page: Page) -> dict[str, Any]:
    """The conversation that is open, as data."""
    path = page.url.removeprefix(halo.dashboard).partition("#")[0]
    found: dict[str, Any] = halo.get(f"{path}.json")
    return found


def test_a_question_is_answered_before_one_s_eyes_and_asked_on(
    halo: Halo, page: Page, analyst: Analyst
) -> None:
    held(page, halo, analyst)
    steps, bar = page.locator(".analysis-steps"), page.locator(".run-bar")
    for words in ("First I look for what failed.", "run_code", "view_trace"):
        expect(steps).to_contain_text(words)
    # 120 tokens a call, at 100 dollars a million.
    for words in ("running", "2 of 50 turns", "2 tool calls", "240 tokens", "$0.024 of $5.00"):
        expect(bar).to_contain_text(words)
    assert not page.get_by_role("button", name="Ask").is_enabled()
    analyst.gate.set()
    card = page.locator(".finding-card")
    expect(card.locator("h3")).to_have_text(FINDING)
    expect(card).to_contain_text("2 of 4 runs, 50 %")
    expect(page.locator(".proof")).to_contain_text("1 citation verified, 1 not")
    expect(bar).to_contain_text("done")
    assert page.evaluate("window.stillTheSamePage") is True

    conversation = page.url
    card.locator("figure:not([data-unverified]) a").first.click()
    expect(page.locator("main mark:visible").first).to_be_visible()
    assert QUOTE.startswith(page.locator("main mark:visible").first.inner_text().split()[0])

    page.goto(conversation)
    page.get_by_label("Ask a follow-up").fill("How many did you find?")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator(".analysis-run").nth(1).locator(".prose")).to_have_text("2 runs stand in found")
    assert [each["kind"] for each in told(halo, page)["runs"]] == ["report", "follow_up"]


def test_a_run_outlives_the_server_and_one_that_is_stopped_keeps_what_it_found(
    halo: Halo, browser: Browser, analyst: Analyst
) -> None:
    # A page of its own: one whose server is killed says so on its console.
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    analyst.gate.set()
    ask(page, halo)
    expect(page.locator(".run-bar")).to_contain_text("done")
    undisturbed = told(halo, page)

    held(page, halo, analyst)
    halo.stop(signal.SIGKILL)
    analyst.gate.set()
    halo.start()
    until(lambda: told(halo, page)["runs"][0]["state"] == "completed")
    # The page finds the server again by itself.
    expect(page.locator(".finding-card h3")).to_have_text(FINDING)
    expect(page.locator(".run-bar")).to_contain_text("went on 1 time after a restart")
    assert page.evaluate("window.stillTheSamePage") is True
    found = told(halo, page)
    assert found["runs"][0]["usage"]["turns"] == undisturbed["runs"][0]["usage"]["turns"]
    assert found["messages"][1]["report"] == undisturbed["messages"][1]["report"]

    held(page, halo, analyst)
    page.get_by_role("button", name="Stop").click()
    expect(page.locator(".run-bar")).to_contain_text("stopped")
    expect(page.locator(".notice")).to_contain_text("Not finished")
    expect(page.locator(".analysis-report")).to_contain_text("First I look for what failed.")
    stopped = told(halo, page)["conversationId"]
    page.locator("summary", has_text="Delete").click()
    page.get_by_role("button", name="Delete it").click()
    expect(page.locator(".analysis-history li")).to_have_count(2)
    assert stopped not in str(halo.get("/analysis.json"))
    page.close()
