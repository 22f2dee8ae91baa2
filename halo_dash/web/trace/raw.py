"""The spans of a trace as their JSON, a page at a time."""

from __future__ import annotations

import json
from dataclasses import dataclass

from halo_dash.model.observation import Kind
from halo_dash.model.page import StoredSpan
from halo_dash.model.twin import span_json
from halo_dash.store import Store
from halo_dash.web.trace.reading import TraceReading
from halo_dash.web.trace.value import Budget

SPANS = 50
"""Spans on one page of the raw view."""
_PAGE_BYTES = 512 * 1024


@dataclass(frozen=True, slots=True)
class RawSpan:
    """One span; `text` is its JSON or the head of it."""

    span_id: str
    name: str
    kind: Kind
    is_error: bool
    text: str
    size: int
    shown: int


@dataclass(frozen=True, slots=True)
class RawPage:
    """Some spans in order of start, and where the next ones begin."""

    spans: tuple[RawSpan, ...]
    next_after: str | None


def raw_page(store: Store, reading: TraceReading, after: str | None) -> RawPage:
    """The page that begins after `after` (what the page before gave as `next_after`)."""
    page = store.spans.page(reading.row.summary.trace_id, after, SPANS)
    budget = Budget(_PAGE_BYTES)
    return RawPage(tuple(raw_span(stored, budget) for stored in page.items), page.next_after)


def raw_span(stored: StoredSpan, budget: Budget) -> RawSpan:
    """One span as its JSON, without our reading of its content."""
    encoded = json.dumps(span_json(stored), indent=2, ensure_ascii=False).encode("utf-8", "backslashreplace")
    head = encoded[: budget.take(len(encoded))].decode("utf-8", "ignore")
    return RawSpan(
        span_id=stored.span.span_id,
        name=stored.span.name or "(no name)",
        kind=stored.observation.kind,
        is_error=stored.observation.is_error,
        text=head,
        size=len(encoded),
        shown=len(head.encode()),
    )
