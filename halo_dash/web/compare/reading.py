"""Two traces read and compared."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from halo_dash.model.comparison import Comparison, Imprint, compare, imprint
from halo_dash.model.twin import Json
from halo_dash.model.twin.compare import comparison_json
from halo_dash.store import Store
from halo_dash.web.trace.kept import Kept
from halo_dash.web.trace.reading import TraceReading, read_trace
from halo_dash.web.trace.said import said

MOST_READ = 1_000
"""Spans of a trace of which everything they say is read; of a larger one only the structure is compared."""

_PAGE = 100
"""Whole spans in memory at a time: a prompt can be megabytes."""


@dataclass(frozen=True, slots=True)
class TracePair:
    """Two traces and what differs between them."""

    a: TraceReading
    b: TraceReading
    comparison: Comparison
    imprints: tuple[Mapping[str, Imprint], Mapping[str, Imprint]]
    """By span id; empty where what was said was not read."""


_kept: Kept[TracePair] = Kept(4)
_imprints: Kept[Mapping[str, Imprint]] = Kept(8)


def read_pair(store: Store, a: str, b: str, now_ns: int) -> TracePair:
    """Compare two traces. Raises NotFoundError where the store does not have one of them."""
    left, right = read_trace(store, a, now_ns), read_trace(store, b, now_ns)
    is_settled = "running" not in {left.status, right.status}
    key = (f"{a} {left.row.revision} {b}", right.row.revision)
    kept = _kept.get(store, key) if is_settled else None
    if kept is not None:
        return TracePair(left, right, kept.comparison, kept.imprints)
    is_read = max(len(left.tree.rows), len(right.tree.rows)) <= MOST_READ
    mine = _imprints_of(store, left) if is_read else {}
    others = _imprints_of(store, right) if is_read else {}
    found = compare(left.tree, right.tree, mine, others) if is_read else compare(left.tree, right.tree)
    pair = TracePair(left, right, found, (mine, others))
    if is_settled:
        _kept.put(store, key, pair)
    return pair


def pair_document(pair: TracePair) -> dict[str, Json]:
    """The comparison as JSON."""
    return comparison_json(pair.a.row, pair.b.row, pair.comparison, pair.imprints, pair.a.now_ns)


def _imprints_of(store: Store, reading: TraceReading) -> Mapping[str, Imprint]:
    key = (reading.row.summary.trace_id, reading.row.revision)
    kept = _imprints.get(store, key)
    if kept is not None:
        return kept
    found: dict[str, Imprint] = {}
    after: str | None = None
    while True:
        page = store.spans.page(reading.row.summary.trace_id, after, _PAGE)
        for stored, each in zip(page.items, said(store, reading, page.items), strict=True):
            found[stored.span.span_id] = imprint(each.content)
        after = page.next_after
        if after is None:
            break
    _imprints.put(store, key, found)
    return found
