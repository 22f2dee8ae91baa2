"""Whole traces of recorded or hand-made spans with all their readings."""

from __future__ import annotations

from collections.abc import Iterable

from recorded import reading

from halo_dash.model.span import LogRecord, Span
from halo_dash.semconv import observe, read_content, resolve
from halo_dash.semconv.thread import SpanContent


def span_contents(spans: Iterable[Span], logs: Iterable[LogRecord] = ()) -> dict[str, list[SpanContent]]:
    """Trace id -> its spans with observation, whole-trace reading and content, in the order given."""
    records: dict[tuple[str, str], list[LogRecord]] = {}
    for record in logs:
        records.setdefault((record.trace_id, record.span_id), []).append(record)
    by_trace: dict[str, list[tuple[Span, int]]] = {}
    for sequence, span in enumerate(spans):
        by_trace.setdefault(span.trace_id, []).append((span, sequence))
    found: dict[str, list[SpanContent]] = {}
    for trace_id, members in by_trace.items():
        read = []
        for span, sequence in members:
            of_span = records.get((trace_id, span.span_id), [])
            observation = observe(span, of_span)
            read.append((reading(span, observation, sequence), read_content(span, observation, of_span)))
        resolved = resolve([one for one, _ in read])
        found[trace_id] = [SpanContent(one, resolved[one.span_id], content) for one, content in read]
    return found
