"""The engine for programs: files in, a proven report out."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from web.conftest import run as spans_of

from halo_dash import engine
from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.run import RunEvent, RunLimits
from halo_dash.otlp.encode import encode_traces
from tests.analysis.scripted import Answer, ScriptedRequest, ScriptedServer, call, say

CANARY = "sk-canary-11aa22"


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer().start()
    yield server
    server.close()
    assert not server.failures


@pytest.fixture
def traces(tmp_path: Path) -> Path:
    """Twelve runs; every third one fails."""
    file = tmp_path / "traces.json"
    spans = [span for number in range(1, 13) for span in spans_of(number, fails=number % 3 == 0)]
    file.write_bytes(encode_traces(spans, "json"))
    return file


def finds_a_failure(request: ScriptedRequest) -> Answer:
    """Looks for failed runs, reads one, and reports it with what it read."""
    if request.turn == 0:
        return call("query_traces", filter={"status": "error"})
    rows = request.result("query_traces")
    trace_id = rows["traces"][0]["trace_id"]
    if request.turn == 1:
        return call("view_trace", trace_id=trace_id)
    span = next(each for each in request.result("view_trace")["spans"] if each.get("error"))
    place = {"trace_id": trace_id, "span_id": span["span_id"], "field": "error"}
    finding = {
        "title": "The tool fails",
        "category": "tool error",
        "severity": "high",
        "runs": rows["total"],
        "base": 12,
        "explanation": "A tool raised.",
        "hypothesis": "The backend is slow.",
        "fix": "Retry once.",
        "evidence": [{**place, "quote": span["error"]}, {**place, "quote": "nobody said this"}],
        "check": {"filter": "status=error"},
    }
    return call("final_answer", title="Runs fail", summary=f"{rows['total']} runs fail.", findings=[finding])


def config_for(scripted: ScriptedServer, **more: object) -> engine.EngineConfig:
    return engine.EngineConfig(model="gpt-test", base_url=scripted.base_url, api_key=CANARY, **more)  # type: ignore[arg-type]  # fields by name


def test_files_in_and_a_proven_report_out(traces: Path, scripted: ScriptedServer, tmp_path: Path) -> None:
    scripted.script = finds_a_failure
    telemetry = tmp_path / "own.jsonl"
    result = engine.run_engine(traces, "Why?", config_for(scripted, telemetry_path=str(telemetry)))
    assert result.is_complete, result.run.reason
    assert result.report is not None
    (finding,) = result.report.findings
    assert (finding.runs, finding.counted_runs) == (4, 4)
    assert [each.is_verified for each in finding.evidence] == [True, False]
    assert "The tool fails" in result.content
    assert CANARY not in result.content
    assert CANARY not in repr(config_for(scripted))
    own = telemetry.read_text()
    assert CANARY not in own
    assert sum(len(json.loads(line)["resourceSpans"]) for line in own.splitlines()) >= 4


def test_events_come_as_they_happen_and_the_result_last(traces: Path, scripted: ScriptedServer) -> None:
    scripted.script = finds_a_failure
    *events, result = engine.stream_engine(traces, "Why?", config_for(scripted))
    assert isinstance(result, engine.EngineResult)
    assert all(isinstance(each, RunEvent) for each in events)
    kinds = [each.kind for each in events]
    called = [each.data["name"] for each in events if each.kind == "tool_call"]
    assert called[:2] == ["query_traces", "view_trace"]
    assert kinds.index("selection") < kinds.index("tool_call") < kinds.index("report")
    sequences = [each.sequence for each in events]
    assert sequences == sorted(set(sequences))


def test_the_output_leaves_out_growing_text(traces: Path, scripted: ScriptedServer) -> None:
    scripted.script = lambda request: say("I think aloud.") if request.turn == 0 else finds_nothing()
    config = config_for(scripted)
    assert "text" not in kinds_of(engine.stream_engine_output(traces, "Why?", config))
    assert "text" in kinds_of(engine.stream_engine(traces, "Why?", config))


def kinds_of(events: Iterator[engine.EngineEvent]) -> list[str]:
    return [each.kind for each in events if isinstance(each, RunEvent)]


def finds_nothing() -> Answer:
    return call("final_answer", title="Nothing", summary="Nothing is wrong.", findings=[])


def test_the_same_without_waiting(traces: Path, scripted: ScriptedServer) -> None:
    scripted.script = finds_a_failure

    async def work() -> tuple[engine.EngineResult, list[engine.EngineEvent]]:
        config = config_for(scripted)
        result = await engine.run_engine_async(traces, "Why?", config)
        return result, [each async for each in engine.stream_engine_async(traces, "Why?", config)]

    result, events = asyncio.run(work())
    assert result.is_complete
    assert isinstance(events[-1], engine.EngineResult)


def test_a_cancelled_task_ends_the_run(traces: Path, scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: call("get_dataset_overview")

    async def work() -> None:
        async def first() -> None:
            async for event in engine.stream_engine_async(traces, "Why?", config_for(scripted)):
                if isinstance(event, RunEvent) and event.kind == "tool_call":
                    return

        await first()

    asyncio.run(work())
    before = len(scripted.requests)
    assert before < 50


def test_no_model_is_no_obstacle_for_the_built_in_analyst(traces: Path) -> None:
    result = engine.run_engine([traces], config=engine.EngineConfig(analyst="built_in"))
    assert result.is_complete
    assert result.report is not None
    assert result.report.author == "built_in"
    assert result.run.usage.model_calls == 0


def test_a_missing_model_is_said(traces: Path) -> None:
    result = engine.run_engine(traces)
    assert result.run.state == "failed"
    assert "No model is configured" in result.run.reason
    assert result.report is not None  # what can be said without one
    assert result.report.is_partial


def test_files_that_cannot_be_read_are_errors(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError):
        engine.run_engine(tmp_path / "none.json")
    (tmp_path / "bad.json").write_text("{")
    with pytest.raises(InvalidInputError):
        engine.run_engine(tmp_path / "bad.json")


def test_limits_hold(traces: Path, scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: call("count_traces", filter={"status": "ok"})
    result = engine.run_engine(traces, "Why?", config_for(scripted, limits=RunLimits(max_turns=3)))
    assert result.run.usage.turns <= 4
    assert result.report is not None
    assert result.report.is_partial


def test_what_a_model_writes_is_heard_while_it_writes(traces: Path, scripted: ScriptedServer) -> None:
    words = " ".join(f"thought{number}" for number in range(40))

    def script(request: ScriptedRequest) -> Answer:
        return replace(say(words), piece=20, pause_s=0.1) if request.turn == 0 else finds_nothing()

    scripted.script = script
    heard = [
        str(each.data["text"])
        for each in engine.stream_engine(traces, "Why?", config_for(scripted))
        if isinstance(each, RunEvent) and each.kind == "text"
    ]
    assert heard[-1] == words
    assert any(0 < len(each) < len(words) and words.startswith(each) for each in heard)
