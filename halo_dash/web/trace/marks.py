"""Events on the timeline: where in its bar something was said to have happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from halo_dash.store import Store
from halo_dash.web.trace.reading import TraceReading
from halo_dash.web.trace.row import Row

_MOST_PER_SPAN = 50
"""A stream of chunk events would paint its bar over; the detail pane lists every one."""


@dataclass(frozen=True, slots=True)
class EventMark:
    """One event at its place in percent of the window, as an SVG length."""

    x: str
    name: str
    offset_ns: int
    """Since the start of the trace."""


def event_marks(
    store: Store, reading: TraceReading, rows: Sequence[Row]
) -> Mapping[str, tuple[EventMark, ...]]:
    """Span id -> its events, for the rows of one window. Events outside the axis are left to the pane."""
    tree = reading.tree
    span_ns = max(1, tree.end_ns - tree.start_ns)
    found: dict[str, tuple[EventMark, ...]] = {}
    for row in rows:
        stored = None if row.fold else store.spans.get(reading.row.summary.trace_id, row.span_id)
        if stored is None or not stored.span.events:
            continue
        found[row.span_id] = tuple(
            EventMark(
                x=f"{(event.time_ns - tree.start_ns) * 100 / span_ns:.3f}%",
                name=event.name,
                offset_ns=event.time_ns - tree.start_ns,
            )
            for event in stored.span.events[:_MOST_PER_SPAN]
            if tree.start_ns <= event.time_ns <= tree.end_ns
        )
    return found
