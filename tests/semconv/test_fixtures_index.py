"""What every recorded client's spans add up to: counts, tokens, calls, people, agents, models, errors.

Tool arguments and results, threads and finish reasons are compared where content is read.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest
from recorded import CLIENTS, expected, recorded, traces

from halo_dash.model.observation import Kind
from halo_dash.model.trace import SpanReading, TraceSummary
from halo_dash.semconv import resolve, summarise


def _in_order(spans):
    return spans


def _reversed(spans):
    return spans[::-1]


def _shuffled(spans):
    return random.Random(7).sample(spans, len(spans))  # noqa: S311 - a shuffle that repeats, no secret


@pytest.fixture(params=[_in_order, _reversed, _shuffled], ids=["sent", "reversed", "shuffled"])
def arranged(request):
    return request.param


@pytest.fixture(params=CLIENTS)
def client(request) -> str:
    return request.param


def _summaries(found: dict[str, list[SpanReading]]) -> dict[str, TraceSummary]:
    return {trace_id: summarise(trace_id, readings) for trace_id, readings in found.items()}


def _origins(readings: list[SpanReading]) -> list[list[str]]:
    resolved = resolve(readings)
    origins = [span for span in readings if resolved[span.span_id].is_error_origin]
    origins.sort(key=lambda span: span.start_ns)
    failures = [resolved[span.span_id].failure for span in origins]
    return [[failure.type, failure.message[:80]] for failure in failures]


def test_a_recorded_client_adds_up(client, arranged):
    spans, logs = recorded(client)
    found = traces(arranged(spans), logs)
    rows = _summaries(found)
    readings = [span for spans_of in found.values() for span in spans_of]
    seen = [span.observation for span in readings]
    errors = {trace_id: _origins(spans_of) for trace_id, spans_of in found.items()}
    assert {
        "traces": len(found),
        "spans": sum(row.span_count for row in rows.values()),
        "kinds": dict(Counter(one.kind.value for one in seen)),
        "error_spans": sum(row.error_count for row in rows.values()),
        "tools": dict(Counter(one.tool_name for one in seen if one.kind is Kind.TOOL)),
        "per_trace_tokens_in_out": {
            trace_id: [row.usage.input or 0, row.usage.output or 0] for trace_id, row in rows.items()
        },
        "llm_calls": sum(row.llm_calls for row in rows.values()),
        "sessions": sorted({name for row in rows.values() for name in row.sessions}),
        "users": sorted({name for row in rows.values() for name in row.users}),
        "agents": sorted({name for row in rows.values() for _, name in row.agents}),
        "models": sorted({name for row in rows.values() for name in row.models}),
        "errors": {trace_id: origins for trace_id, origins in errors.items() if origins},
    } == {name: value for name, value in expected(client).items() if name in _COMPARED}


_COMPARED = {
    "traces", "spans", "kinds", "error_spans", "tools", "per_trace_tokens_in_out", "llm_calls",
    "sessions", "users", "agents", "models", "errors",
}  # fmt: skip


def test_the_summary_does_not_depend_on_the_order_of_the_spans(client):
    spans, logs = recorded(client)
    for trace_id, readings in traces(spans, logs).items():
        shuffled = random.Random(trace_id).sample(readings, len(readings))  # noqa: S311 - repeats, no secret
        assert summarise(trace_id, shuffled) == summarise(trace_id, readings)
        assert resolve(shuffled) == resolve(readings)


def test_every_counted_call_of_a_known_model_has_a_price(client):
    spans, logs = recorded(client)
    for trace_id, row in _summaries(traces(spans, logs)).items():
        if row.usage.input and set(row.models) - {"rerank-v3"}:
            assert row.cost_usd, trace_id
            assert not row.cost_is_partial, trace_id
