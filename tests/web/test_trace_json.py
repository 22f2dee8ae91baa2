"""The JSON twins of a trace, its thread and its spans: a promise to programs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from .conftest import Dashboard, put, serving
from .trace_spans import ALL, BIG_BYTES, HOSTILE, LONG, LONG_SPANS, TALK, hexid


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serving(tmp_path_factory.mktemp("traces")) as start:
        dashboard = start()
        put(dashboard.db, *(make() for make in ALL))
        yield dashboard


def whole(traces: Dashboard, trace_id: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The trace and all its spans, page by page."""
    trace = traces.ask(f"/traces/{trace_id}.json").json
    spans, after = list(trace["spans"]), trace["next_after"]
    while after:
        page = traces.ask(f"/traces/{trace_id}.json?after={after}").json
        spans += page["spans"]
        after = page["next_after"]
    return trace, spans


def test_a_trace_is_its_summary_and_all_its_spans(traces: Dashboard) -> None:
    trace, spans = whole(traces, TALK)
    assert trace["status"] == "ok"
    assert trace["tokens"]["input"] == 40
    assert trace["session_id"] == "s-1"
    assert [span["kind"] for span in spans] == ["AGENT", "LLM", "TOOL", "TOOL", "LLM"]
    failed = spans[3]
    assert (failed["status"], failed["failure"]["type"], failed["is_error_origin"]) == (
        "error",
        "TimeoutError",
        True,
    )
    for name in ("span_id", "parent_span_id", "name", "start_ns", "end_ns", "input", "output", "attributes"):
        assert name in failed
    for name in ("events", "links", "resource", "scope"):
        assert name in failed


def test_long_traces_page_without_loss_or_repeat(traces: Dashboard) -> None:
    _, spans = whole(traces, LONG)
    assert [span["span_id"] for span in spans] == [hexid(number) for number in range(1, LONG_SPANS + 1)]


def test_nothing_is_cut_off(traces: Dashboard) -> None:
    span = traces.ask(f"/traces/{HOSTILE}/spans/{hexid(2)}.json").json
    assert span["output"] == "x" * BIG_BYTES
    assert span["attributes"]["output.value"] == "x" * BIG_BYTES


def test_values_json_lacks_become_text(traces: Dashboard) -> None:
    attributes = traces.ask(f"/traces/{HOSTILE}/spans/{hexid(3)}.json").json["attributes"]
    assert (attributes["nan"], attributes["bytes"]) == ("NaN", "AP8=")


def test_the_thread_has_one_item_a_turn(traces: Dashboard) -> None:
    items = traces.ask(f"/traces/{TALK}/thread.json").json["items"]
    assert [(item["role"], item["text"]) for item in items] == [
        ("user", "Who won the cup?"),
        ("assistant", ""),
        ("tool", "[]"),
        ("tool", "TimeoutError: too slow"),
        ("assistant", "I could not find out."),
    ]
    assert [call["name"] for call in items[1]["tool_calls"]] == ["web_search", "archive"]


def test_a_span_can_be_downloaded(traces: Dashboard) -> None:
    answer = traces.ask(f"/traces/{TALK}/spans/{hexid(2)}.json?download=1")
    assert answer.headers["content-disposition"] == f'attachment; filename="span-{hexid(2)}.json"'


def test_the_snapshot_of_a_trace_is_a_file(traces: Dashboard) -> None:
    answer = traces.ask(f"/traces/{TALK}/export")
    assert answer.status == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="trace-{TALK}.halo.json"'
    assert json.loads(answer.body)["format"] == "halo-snapshot"
