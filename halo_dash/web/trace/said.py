"""What spans say: one span's content, with what only its trace knows, and the conversation of the whole."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from halo_dash.model.annotation import Target
from halo_dash.model.message import ThreadItem
from halo_dash.model.observation import Content, Kind
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import AttributeValue
from halo_dash.model.twin import Json, annotations_json, span_json, trace_json
from halo_dash.model.twin.ledger import ledger_json
from halo_dash.semconv import SpanContent, read_content, recover_tool_io, thread
from halo_dash.store import Store
from halo_dash.web.trace.kept import Kept
from halo_dash.web.trace.ledger import span_ledger
from halo_dash.web.trace.reading import TraceReading
from halo_dash.web.trace.value import is_empty

_PAGE = 500
ToolIO: TypeAlias = tuple[AttributeValue, AttributeValue]
"""Arguments and result of one tool span."""

_LARGEST_RECOVERY = 2_000
"""Spans of a trace whose bodies are all read to find the arguments one tool span left out."""

_threads: Kept[tuple[ThreadItem, ...]] = Kept(2)
_recovered: Kept[Mapping[str, ToolIO]] = Kept(2)


@dataclass(frozen=True, slots=True)
class Said:
    """The content of one span."""

    content: Content
    is_recovered: bool
    """`input` is not the span's own: it is what the model asked this tool for."""


def said(store: Store, reading: TraceReading, spans: Sequence[StoredSpan]) -> tuple[Said, ...]:
    """What each of these spans of the trace says, in their order."""
    own = [read_content(stored.span, stored.observation, stored.logs) for stored in spans]
    is_wanting = any(_lacks_arguments(stored, content) for stored, content in zip(spans, own, strict=True))
    found: Mapping[str, ToolIO] = {}
    if is_wanting and len(reading.tree.rows) <= _LARGEST_RECOVERY:
        found = _recovered_of(store, reading)
    return tuple(_with(content, stored, found) for stored, content in zip(spans, own, strict=True))


def trace_document(store: Store, reading: TraceReading) -> dict[str, Json]:
    """The head of a trace's JSON."""
    held = store.annotations.of(Target(reading.row.summary.trace_id))
    return {**trace_json(reading.row, reading.now_ns), "annotations": annotations_json(held)}


def span_documents(
    store: Store, reading: TraceReading, spans: Sequence[StoredSpan]
) -> tuple[dict[str, Json], ...]:
    """Each of these spans as JSON, with everything that is known of it."""
    noted = store.annotations.of_trace(reading.row.summary.trace_id)
    return tuple(
        {
            **span_json(stored, resolved=reading.resolved(stored.span.span_id), content=found.content),
            "input_is_recovered": found.is_recovered,
            "ledger": None
            if (account := span_ledger(store, reading, stored)) is None
            else ledger_json(account),
            "annotations": annotations_json(noted.get(stored.span.span_id)),
        }
        for stored, found in zip(spans, said(store, reading, spans), strict=True)
    )


def _lacks_arguments(stored: StoredSpan, content: Content) -> bool:
    return stored.observation.kind == Kind.TOOL and is_empty(content.input)


def _recovered_of(store: Store, reading: TraceReading) -> Mapping[str, ToolIO]:
    """What the tool spans of the trace left out; reads every body once a revision."""
    key = (reading.row.summary.trace_id, reading.row.revision)
    kept = _recovered.get(store, key)
    if kept is None:
        kept = recover_tool_io(list(contents(store, reading)))
        _recovered.put(store, key, kept)
    return kept


def _with(content: Content, stored: StoredSpan, found: Mapping[str, ToolIO]) -> Said:
    arguments = found.get(stored.span.span_id, (None, None))[0]
    if not _lacks_arguments(stored, content) or is_empty(arguments):
        return Said(content, is_recovered=False)
    return Said(replace(content, input=arguments), is_recovered=True)


def read_thread(store: Store, reading: TraceReading) -> tuple[ThreadItem, ...]:
    """The conversation of the trace; reads every body once a revision."""
    key = (reading.row.summary.trace_id, reading.row.revision)
    kept = _threads.get(store, key)
    if kept is None:
        kept = thread(list(contents(store, reading)))
        _threads.put(store, key, kept)
    return kept


def contents(store: Store, reading: TraceReading) -> Iterator[SpanContent]:
    """Every span of the trace with what it says, page by page."""
    after: str | None = None
    while True:
        page = store.spans.page(reading.row.summary.trace_id, after, _PAGE)
        for stored in page.items:
            content = read_content(stored.span, stored.observation, stored.logs)
            yield SpanContent(stored.reading, reading.resolved(stored.span.span_id), content)
        after = page.next_after
        if after is None:
            return
