"""What people said about a trace and its spans, as the trace page shows it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from halo_dash.model.annotation import Annotations, Target
from halo_dash.search.terms import Term
from halo_dash.store import Store
from halo_dash.web.annotations import Elsewhere, Noted, in_words, noted
from halo_dash.web.sessions.paths import session_path
from halo_dash.web.trace.address import TraceAddress
from halo_dash.web.trace.reading import TraceReading


def trace_noted(store: Store, reading: TraceReading, address: TraceAddress, terms: Sequence[Term]) -> Noted:
    """Of the trace itself; what is said about its spans and its session is named."""
    trace_id = reading.row.summary.trace_id
    held = store.annotations.of_trace(trace_id)
    sessions = store.annotations.of_sessions(reading.row.summary.sessions)
    elsewhere = [*_of_spans(reading, address, held), *_of_sessions(sessions)]
    return noted(Target(trace_id), held.get(""), address.url, terms, elsewhere)


def span_noted(
    store: Store, reading: TraceReading, address: TraceAddress, span_id: str, terms: Sequence[Term]
) -> Noted:
    """Of one span."""
    target = Target(reading.row.summary.trace_id, span_id)
    return noted(target, store.annotations.of(target), address.jump(span_id), terms)


def _of_spans(
    reading: TraceReading, address: TraceAddress, held: Mapping[str, Annotations]
) -> Iterator[Elsewhere]:
    """In the order of the tree."""
    known = [row for row in reading.tree.rows if row.span_id in held]
    for row in known:
        said = in_words(held[row.span_id])
        yield Elsewhere("Span", row.reading.name or row.span_id, address.jump(row.span_id), said)


def _of_sessions(held: Mapping[str, Annotations]) -> Iterator[Elsewhere]:
    for session_id, each in held.items():
        yield Elsewhere("Session", session_id, session_path(session_id), in_words(each))
