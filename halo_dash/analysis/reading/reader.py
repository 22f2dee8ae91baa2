"""The traces of a selection, read one at a time: everything the engine sees passes here."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.selection import Selection
from halo_dash.errors import NotFoundError
from halo_dash.model.filter import Filter
from halo_dash.model.page import StoredSpan
from halo_dash.model.trace import SpanReading, TraceRow
from halo_dash.store import Store

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads nothing that is not in the selection. Thread-safe."""

    store: Store
    selection: Selection

    @property
    def base(self) -> int:
        """How many traces there are to read."""
        return self.selection.size.read_traces

    def contains(self, trace_id: str) -> bool:
        """Whether this trace may be read."""
        return self.selection.contains(trace_id)

    def count(self, chosen: Filter) -> int:
        """How many of the traces that are read a filter selects. Raises UsageError."""
        return self.store.traces.totals(self.selection.within(chosen), self.selection.now_ns).traces

    def fields(self, trace_id: str, span_id: str) -> Mapping[str, str] | None:
        """The texts of a span by name; None where there is no such span in the selection."""
        if not self.contains(trace_id):
            return None
        stored = self.store.spans.get(trace_id, span_id)
        return None if stored is None else field_texts(stored)

    def spans(self, trace_id: str) -> Iterator[tuple[str, Mapping[str, str]]]:
        """(span id, its texts) of a trace, in order of start."""
        return ((each.span.span_id, field_texts(each)) for each in self.stored(trace_id))

    def row(self, trace_id: str) -> TraceRow:
        """A trace as the list shows it. Raises NotFoundError where it is not in the selection."""
        row = self.store.traces.get(trace_id) if self.contains(trace_id) else None
        if row is None:
            raise _outside(trace_id)
        return row

    def outline(self, trace_id: str) -> Sequence[SpanReading]:
        """The spans of a trace without their texts, in order of start. Raises NotFoundError."""
        if not self.contains(trace_id):
            raise _outside(trace_id)
        return sorted(self.store.spans.outline(trace_id), key=lambda each: (each.start_ns, each.sequence))

    def span(self, trace_id: str, span_id: str) -> StoredSpan:
        """One whole span. Raises NotFoundError."""
        if not self.contains(trace_id):
            raise _outside(trace_id)
        stored = self.store.spans.get(trace_id, span_id)
        if stored is None:
            raise NotFoundError(
                f"There is no span {span_id[:64]!r} in trace {trace_id}.", hint="view_trace lists its spans."
            )
        return stored

    def stored(self, trace_id: str) -> Iterator[StoredSpan]:
        """The whole spans of a trace in order of start. Raises NotFoundError."""
        if not self.contains(trace_id):
            raise _outside(trace_id)
        cursor: str | None = None
        while True:
            page = self.store.spans.page(trace_id, cursor, _PAGE)
            yield from page.items
            if page.next_after is None:
                return
            cursor = page.next_after


def _outside(trace_id: str) -> NotFoundError:
    return NotFoundError(
        f"Trace {trace_id[:64]!r} is not in this selection.",
        hint="Give a whole id as query_traces and search list them.",
    )
