"""The demo is the same everywhere, looks like real agents, and holds the failures that its truth states."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from halo_dash.ingest import Ingest
from halo_dash.model.filter import ListQuery
from halo_dash.model.span import Span, StatusCode
from halo_dash.store import Store
from halo_dash.transfer.demo import AGENT_RUNS, CUT_RUNS, DEMO_TRUTH, DemoTrace, demo_traces
from halo_dash.transfer.demo.coding import CODER
from halo_dash.transfer.demo.plan import planned_runs
from halo_dash.transfer.demo.research import RESEARCHER
from halo_dash.transfer.demo.shop import BILLING, SUPPORT

AGENTS = (SUPPORT, BILLING, RESEARCHER, CODER)
NOW_NS = 1_800_000_000_000_000_000
HOUR_NS = 3_600 * 1_000_000_000


@pytest.fixture(scope="module")
def traces() -> list[DemoTrace]:
    return list(demo_traces(NOW_NS))


def _root(trace: DemoTrace) -> Span | None:
    return next((span for span in trace.spans if not span.parent_span_id), None)


def _planted(traces: list[DemoTrace], name: str) -> list[DemoTrace]:
    return [trace for trace in traces if trace.planted == name]


def _calls(trace: DemoTrace) -> list[tuple[str, object]]:
    """(tool name, arguments) of each tool call."""
    return [
        (
            span.name,
            span.attributes.get("gen_ai.tool.call.arguments") or span.attributes.get("input.value"),
        )
        for span in trace.spans
        if span.name.startswith("execute_tool ")
    ]


def test_each_failure_is_planted_exactly_as_often_as_the_truth_says(traces: list[DemoTrace]) -> None:
    assert Counter(trace.planted for trace in traces if trace.planted) == {
        failure.name: failure.runs for failure in DEMO_TRUTH
    }
    assert len(traces) == sum(AGENT_RUNS.values()) + CUT_RUNS == 200
    for failure in DEMO_TRUTH:
        assert failure.of == AGENT_RUNS[failure.agent_id]


def test_runs_end_as_the_truth_says(traces: list[DemoTrace]) -> None:
    outcome_of = {failure.name: failure.outcome for failure in DEMO_TRUTH}
    for trace in traces:
        root = _root(trace)
        root_failed = root is not None and root.status_code == StatusCode.ERROR
        errors_inside = any(span.status_code == StatusCode.ERROR for span in trace.spans if span is not root)
        outcome = outcome_of.get(trace.planted or "", "silent")
        assert root_failed == (outcome == "failed"), trace.planted
        assert errors_inside == (outcome != "silent"), trace.planted


def test_ids_and_words_do_not_depend_on_the_day(traces: list[DemoTrace]) -> None:
    later = {trace.trace_id: trace for trace in demo_traces(NOW_NS + 1000 * HOUR_NS)}
    for trace in traces:
        twin = later[trace.trace_id]
        assert [(span.span_id, span.attributes) for span in twin.spans] == [
            (span.span_id, span.attributes) for span in trace.spans
        ]
        assert {
            span.start_ns - other.start_ns for span, other in zip(twin.spans, trace.spans, strict=True)
        } == {1000 * HOUR_NS}


def test_the_demo_is_the_same_under_another_hash_seed() -> None:
    script = (
        "import hashlib; from halo_dash.transfer.demo import demo_traces;"
        f"print(hashlib.sha256(repr(list(demo_traces({NOW_NS}))).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(digests) == 1


def test_everything_lies_in_the_day_before_now(traces: list[DemoTrace]) -> None:
    for trace in traces:
        for span in trace.spans:
            assert NOW_NS - 27 * HOUR_NS < span.start_ns < NOW_NS
            assert span.end_ns <= NOW_NS
            assert span.end_ns >= span.start_ns or span.end_ns == 0


def test_spans_form_whole_trees_but_for_the_two_that_are_cut(traces: list[DemoTrace]) -> None:
    seen: set[tuple[str, str]] = set()
    rootless = open_roots = 0
    for trace in traces:
        by_id = {span.span_id: span for span in trace.spans}
        assert len(by_id) == len(trace.spans)
        assert seen.isdisjoint((span.trace_id, span.span_id) for span in trace.spans)
        seen.update((span.trace_id, span.span_id) for span in trace.spans)
        root = _root(trace)
        rootless += root is None
        open_roots += root is not None and root.end_ns == 0
        for span in trace.spans:
            parent = by_id.get(span.parent_span_id)
            assert parent is not None or span is root or root is None
            if parent is not None and parent.end_ns:
                assert parent.start_ns <= span.start_ns
                assert span.end_ns <= parent.end_ns
    assert (rootless, open_roots) == (1, 1)


def test_planted_failures_can_be_seen_in_the_spans(traces: list[DemoTrace]) -> None:
    for trace in _planted(traces, "empty_search_retried"):
        searches = [arguments for name, arguments in _calls(trace) if name == "execute_tool web_search"]
        assert len(searches) >= 2
        assert len(set(map(str, searches))) == 1
    for trace in _planted(traces, "refund_sent_twice"):
        assert [name for name, _ in _calls(trace)].count("execute_tool refund_order") == 2
    for trace in _planted(traces, "malformed_arguments"):
        broken = next(str(arguments) for name, arguments in _calls(trace) if "edit_file" in name)
        with pytest.raises(json.JSONDecodeError):
            json.loads(broken)
    for trace in _planted(traces, "slow_test_run"):
        assert (
            max(span.end_ns - span.start_ns for span in trace.spans if "run_tests" in span.name) > 60 * 10**9
        )
    for trace in _planted(traces, "order_timeout_escaped"):
        assert {span.resource.attributes["service.version"] for span in trace.spans} == {"2.4.0"}
    for trace in _planted(traces, "nothing_retrieved"):
        assert not any(
            key.startswith("retrieval.documents") for span in trace.spans for key in span.attributes
        )


def test_no_clean_run_repeats_a_call_or_shows_an_error(traces: list[DemoTrace]) -> None:
    for trace in traces:
        if trace.planted is None:
            calls = [(name, str(arguments)) for name, arguments in _calls(trace)]
            assert len(calls) == len(set(calls))
            assert not any(span.events for span in trace.spans)


def test_both_versions_and_three_providers_are_in_it(traces: list[DemoTrace]) -> None:
    spans = [span for trace in traces for span in trace.spans]
    assert {span.resource.attributes["service.version"] for span in spans} == {"2.3.1", "2.4.0"}
    providers = {
        span.attributes.get("gen_ai.provider.name") or span.attributes.get("llm.provider") for span in spans
    }
    assert providers - {None} == {"openai", "anthropic", "google"}


def test_every_tool_that_is_called_was_offered_with_these_arguments(traces: list[DemoTrace]) -> None:
    offered = {tool.name: set(tool.arguments) for agent in AGENTS for tool in agent.tools}
    for trace in traces:
        for name, arguments in _calls(trace):
            tool = name.removeprefix("execute_tool ")
            assert tool in offered
            try:
                assert set(json.loads(str(arguments))) == offered[tool]
            except json.JSONDecodeError:
                assert trace.planted == "malformed_arguments"


def test_no_session_asks_the_same_thing_of_a_researcher_or_coder_twice(traces: list[DemoTrace]) -> None:
    asked = Counter(
        (planned.slot.session, planned.run.question)
        for planned in planned_runs()
        if planned.slot.agent_id in {"researcher", "coder"} and planned.run.planted is None
    )
    assert max(asked.values()) == 1


def test_the_store_counts_what_the_truth_states(traces: list[DemoTrace], tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store, Ingest(store) as ingest:
        ingest.write_spans([span for trace in traces for span in trace.spans], source="demo")
        totals = store.traces.page(ListQuery(), NOW_NS).totals
    runs = Counter[str]()
    for failure in DEMO_TRUTH:
        runs[failure.outcome] += failure.runs
    assert (totals.traces, totals.failed, totals.recovered) == (200, runs["failed"], runs["recovered"])
    assert not totals.cost_is_partial
    assert totals.cost_usd is not None
