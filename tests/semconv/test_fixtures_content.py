"""What every recorded client said: tool arguments and results, threads, finish reasons."""

from __future__ import annotations

import random
from collections import Counter

import pytest
from contents import span_contents
from recorded import CLIENTS, expected, recorded

from halo_dash.model.message import Reasoning, Text, ThreadItem, ToolCall, ToolResult
from halo_dash.model.observation import Kind
from halo_dash.semconv.embedded_json import compact, parse
from halo_dash.semconv.thread import SpanContent, finish_reasons, recover_tool_io, thread


def _in_order(records):
    return records


def _reversed(records):
    return records[::-1]


def _shuffled(records):
    return random.Random(7).sample(records, len(records))  # noqa: S311 - a fixed order, not a secret


@pytest.fixture(params=[_in_order, _reversed, _shuffled], ids=["sent", "reversed", "shuffled"])
def arranged(request):
    return request.param


@pytest.fixture(params=CLIENTS)
def client(request) -> str:
    return request.param


def _written(value) -> str | None:
    """As the oracle writes content: compact JSON, also from inside a string, trimmed, 60 characters."""
    return None if value is None else compact(parse(value)).strip()[:60]


def _said(items: tuple[ThreadItem, ...]) -> list[list[str]]:
    said = []
    for item in items:
        for part in item.parts:
            match part:
                case Text(text):
                    said.append([item.role, _written(text)])
                case ToolCall(name):
                    said.append(["assistant", name])
                case ToolResult(content):
                    said.append(["tool", _written(content)])
                case Reasoning():
                    pass
                case _:
                    said.append([item.role, repr(part)])
    return said


def _tool_io(spans: list[SpanContent], *, is_ordered: bool) -> list[list[str | None]]:
    by_id = {span.reading.span_id: span.reading for span in spans}
    said = [
        [by_id[span_id].observation.tool_name, _written(arguments), _written(result)]
        for span_id, (arguments, result) in recover_tool_io(spans).items()
    ]
    return said if is_ordered else sorted(said, key=str)


def test_a_recorded_client_is_quoted(client, arranged):
    spans, logs = recorded(client)
    found = span_contents(arranged(spans), arranged(logs))
    wanted = expected(client)
    # Vercel's clock ticks in milliseconds: tools that started together stand in order of arrival.
    is_ordered = arranged is _in_order
    threads = {trace_id: _said(thread(of)) for trace_id, of in found.items()}
    tool_io = {trace_id: _tool_io(of, is_ordered=is_ordered) for trace_id, of in found.items()}
    reasons = Counter(reason for of in found.values() for reason in finish_reasons(of).values())
    assert {
        "thread": {trace_id: said for trace_id, said in threads.items() if said},
        "tool_io": {trace_id: said for trace_id, said in tool_io.items() if said},
        "finish_reasons": dict(reasons),
    } == {
        "thread": wanted["thread"],
        "tool_io": {
            trace_id: said if is_ordered else sorted(said, key=str)
            for trace_id, said in wanted["tool_io"].items()
        },
        "finish_reasons": wanted["finish_reasons"],
    }


def test_thread_items_point_to_the_spans_to_open(client):
    spans, logs = recorded(client)
    for of in span_contents(spans, logs).values():
        kinds = {span.reading.span_id: span.reading.observation.kind for span in of}
        for item in thread(of):
            assert item.span_id in kinds
            if item.is_error:
                assert kinds[item.span_id] is Kind.TOOL
