"""A trace as rules see it: every tool once, whatever recorded it, with what the oracle says it did."""

from __future__ import annotations

from collections import defaultdict

import pytest
from recorded import CLIENTS, expected, recorded

from halo_dash.model.page import StoredSpan
from halo_dash.model.subject import Subject
from halo_dash.semconv import observe, read_subject
from halo_dash.semconv.embedded_json import compact, parse

WEATHER, SEARCH = "get_weather", "web_search"


def subjects(client: str) -> dict[str, Subject]:
    spans, logs = recorded(client)
    records = defaultdict(list)
    for record in logs:
        records[record.trace_id, record.span_id].append(record)
    stored = defaultdict(list)
    for sequence, span in enumerate(spans):
        found = tuple(records[span.trace_id, span.span_id])
        stored[span.trace_id].append(StoredSpan(span, observe(span, found), found, sequence))
    return {trace_id: read_subject(trace_id, of) for trace_id, of in stored.items()}


def _written(value) -> str | None:
    return None if value is None else compact(parse(value)).strip()[:60]


@pytest.mark.parametrize("client", CLIENTS)
def test_every_tool_span_is_one_use_of_its_tool(client):
    wanted = expected(client)["tool_io"]
    for trace_id, subject in subjects(client).items():
        ran = [[use.name, _written(use.arguments), _written(use.result)] for use in subject.tools if use.span]
        # A handoff is a change of agent, no tool, although one SDK records it as one.
        expected_runs = [run for run in wanted.get(trace_id, []) if not run[0].startswith("handoff to ")]
        assert sorted(ran, key=str) == sorted(expected_runs, key=str)


@pytest.mark.parametrize("client", CLIENTS)
def test_every_call_of_a_model_is_one(client):
    found = subjects(client)
    assert sum(len(subject.calls) for subject in found.values()) == expected(client)["llm_calls"]
    for subject in found.values():
        assert len(subject.calls) == subject.summary.llm_calls
        starts = [call.span.reading.start_ns for call in subject.calls]
        assert starts == sorted(starts)


def test_a_tool_that_only_messages_tell_of_is_a_use_as_well():
    told = [
        use for subject in subjects("otel-genai-openai").values() for use in subject.tools if use.span is None
    ]
    assert {use.name for use in told} == {WEATHER, SEARCH}
    assert all(use.span_id == use.asked_by for use in told)
