"""One trace read whole: its row, its tree, its times."""

from __future__ import annotations

from dataclasses import dataclass, replace

from halo_dash.errors import NotFoundError
from halo_dash.model.page import StoredSpan
from halo_dash.model.timeline import Timeline, lay_out
from halo_dash.model.trace import Resolved, TraceRow, TraceStatus
from halo_dash.model.tree import NOT_RESOLVED, Tree, build_tree
from halo_dash.semconv import resolve
from halo_dash.store import Store
from halo_dash.web.trace.kept import Kept


@dataclass(frozen=True, slots=True)
class TraceReading:
    """A trace at one moment."""

    row: TraceRow
    status: TraceStatus
    tree: Tree
    timeline: Timeline
    now_ns: int

    def resolved(self, span_id: str) -> Resolved:
        """What the whole-trace rules gave a span."""
        row = self.tree.row(span_id)
        return row.resolved if row else NOT_RESOLVED


_kept: Kept[TraceReading] = Kept(4)


def read_trace(store: Store, trace_id: str, now_ns: int) -> TraceReading:
    """Read the structure of a trace, no bodies. Raises NotFoundError where the store has no such trace."""
    row = store.traces.get(trace_id)
    if row is None:
        raise NotFoundError(
            f"There is no trace {trace_id[:80]!r} here.",
            hint="It was deleted, or none of its spans has arrived yet. The list shows what is here.",
        )
    status = row.status(now_ns)
    key = (trace_id, row.revision)
    kept = _kept.get(store, key)
    # A trace that runs is drawn up to now, so it is never the same twice.
    if kept is not None and kept.status == status:
        # Rules judge a trace, and people say things of it, without changing it.
        return replace(kept, row=row, now_ns=now_ns)
    reading = _read(store, row, status, now_ns)
    if status != "running":
        _kept.put(store, key, reading)
    return reading


def _read(store: Store, row: TraceRow, status: TraceStatus, now_ns: int) -> TraceReading:
    readings = store.spans.outline(row.summary.trace_id)
    # The sender's clock may be hours off ours (a replay, another machine): its now is the last thing it
    # told us and the time that has passed here since.
    open_ns = row.summary.end_ns + max(0, now_ns - row.last_arrival_ns) if status == "running" else None
    tree = build_tree(readings, resolve(readings), now_ns=open_ns)
    return TraceReading(row, status, tree, lay_out(tree), now_ns)


def find_span(store: Store, trace_id: str, span_id: str) -> StoredSpan:
    """One whole span. Raises NotFoundError where the trace has no such span."""
    stored = store.spans.get(trace_id, span_id)
    if stored is None:
        raise NotFoundError(
            f"There is no span {span_id[:80]!r} in trace {trace_id[:80]!r}.",
            hint="Open the trace to see the spans it has.",
        )
    return stored
