"""Which traces answer a question, as a set of rows that is kept and brought up to date.

A set is computed once, newest traces first, in steps that end when the time is over; asked again, it goes on
where it stopped. When the index has moved on, only the traces that changed are asked about again.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass

from halo_dash.search import expression
from halo_dash.search.marks import EVERY_TRACE
from halo_dash.search.terms import And, Mark, Node, Not, Or
from halo_dash.store.bits import Bits
from halo_dash.store.index_database import LARGE_ROWS, blocks_of
from halo_dash.store.index_reader import IndexSnapshot, State, TookTooLongError

PATIENCE_S = 0.25
"""How long one question may take."""

_KEPT = 64
_FIRST_STEP = 4_096
"""Traces; later steps are four times as many."""

_LAST_STEP = 64 * _FIRST_STEP

_MOST_CHANGES = 4_000
"""More traces than this are not asked about one by one."""

_GAP = 64
"""Changed traces that are so near to one another are asked about together."""


@dataclass(frozen=True, slots=True)
class Found:
    """The traces that answer a question, as far as it was looked."""

    state: State
    single: Bits
    """Of the traces that are one document."""
    reached: int
    """Every such trace from this row on was looked at; 0 when all were."""
    large: Bits | None
    """Of the traces with several documents; None while nobody looked."""

    @property
    def traces(self) -> Bits:
        """All that was found."""
        return Bits.union([self.single, self.large]) if self.large and self.large.blocks else self.single

    @property
    def is_partial(self) -> bool:
        """Whether some traces were not looked at, because it took too long."""
        return self.reached > 0 or self.large is None


class Matching:
    """The kept sets of one process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._kept: OrderedDict[Node, Found] = OrderedDict()

    def find(self, snapshot: IndexSnapshot, node: Node, until_s: float) -> Found:
        """The traces that answer `node`; partial where that takes longer than to `until_s`."""
        with self._guard:
            kept = self._kept.get(node)
        found = None if kept is None else self._updated(snapshot, node, kept, until_s)
        if found is None:
            found = Found(snapshot.state, Bits(), snapshot.last_trace + 1, None)
        if found.is_partial:
            found = _continued(snapshot, node, found, until_s)
        with self._guard:
            self._kept[node] = found
            self._kept.move_to_end(node)
            if len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found

    @staticmethod
    def _updated(snapshot: IndexSnapshot, node: Node, kept: Found, until_s: float) -> Found | None:
        """What was found earlier, with the traces that changed since; None where it is to be begun anew."""
        state = snapshot.state
        if kept.state == state:
            return kept
        is_other = (kept.state.number, kept.state.made) != (state.number, state.made)
        if is_other or not state.forgotten <= kept.state.batch <= state.batch:
            return None
        changed = [row for row in snapshot.changed(kept.state.batch) if row >= kept.reached]
        if len(changed) > _MOST_CHANGES:
            return None
        asked = set(changed)
        again: list[int] = []
        try:
            for first, end in _ranges(changed):
                again += (row for row in _rows(snapshot, node, first, end, until_s) if row in asked)
        except TookTooLongError:
            return None
        single = Bits.union([kept.single.without(Bits.of(changed)), Bits.of(again)])
        return Found(state, single, kept.reached, None)


def _continued(snapshot: IndexSnapshot, node: Node, found: Found, until_s: float) -> Found:
    """Look at what was not looked at, until the time is over."""
    large, rows = found.large, list[int]()
    reached, step = found.reached, _FIRST_STEP
    try:
        if large is None:
            large = _large(snapshot, node, until_s) if snapshot.state.large else Bits()
        while reached > 0:
            first = max(0, reached - step)
            for row in _rows(snapshot, node, first, reached, until_s):
                rows.append(row)
            reached, step = first, min(4 * step, _LAST_STEP)
    except TookTooLongError:
        if rows and rows[-1] < reached:
            reached = rows[-1]
    return Found(snapshot.state, Bits.union([found.single, Bits.of(rows)]), reached, large)


def _rows(snapshot: IndexSnapshot, node: Node, first: int, end: int, until_s: float) -> Iterator[int]:
    """Rows of traces from `first` to before `end` that are one document and answer, the largest first."""
    if first > 0:
        # Else there is nothing beyond them that could be looked at in vain.
        blocks = blocks_of(first, end)
        node = And((Or(tuple(blocks)) if len(blocks) > 1 else blocks[0], node))
    return snapshot.rows(expression.match(node), first, end, until_s)


def _large(snapshot: IndexSnapshot, node: Node, until_s: float) -> Bits:
    """Traces with several documents: each word may stand in another one, so each is asked for by itself."""
    match node:
        case And():
            first, *others = (_large(snapshot, child, until_s) for child in node.children)
            return first.intersection(others)
        case Or():
            return Bits.union(_large(snapshot, child, until_s) for child in node.children)
        case Not():
            everything = _large(snapshot, Mark("", EVERY_TRACE), until_s)
            return everything.without(_large(snapshot, node.child, until_s))
        case _:
            rows = snapshot.rows(expression.match(node), LARGE_ROWS, 1 << 62, until_s)
            return Bits.of(row & (LARGE_ROWS - 1) for row in rows)


def _ranges(rows: list[int]) -> list[tuple[int, int]]:
    """Rows in ascending order as few ranges [first, end), joined over small gaps."""
    found: list[tuple[int, int]] = []
    for row in rows:
        if found and row - found[-1][1] <= _GAP:
            found[-1] = (found[-1][0], row + 1)
        else:
            found.append((row, row + 1))
    return found
