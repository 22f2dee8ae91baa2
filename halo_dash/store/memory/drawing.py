"""Which traces to read of a selection that is larger than the limit, so that rare failures stay in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from halo_dash.store.figures.layout import Array

_OF_A_KIND = 3
"""So many traces of each kind of failure are kept in where half of the room is enough for it."""

_GOLDEN = 0.6180339887498949
"""Multiples of it, less their whole part, fill the interval from 0 to 1 evenly however many there are."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """Places in the arrays that were given."""

    places: Array
    """Ascending."""
    missed: int
    """Kinds of which no trace is among them."""


def draw(
    spans: Array, starts: Array, failures: Sequence[Array], others: Sequence[Array], *, most: int, seed: int
) -> Drawn:
    """Draw traces that have at most `most` spans together, but one trace at least.

    Of every kind one comes first, the rarest kinds before the others; then up to three of each kind of
    failure; the rest is drawn evenly over time. `failures` and `others` are the places of each kind's traces.
    The same seed and traces give the same draw.
    """
    room = _Room(spans, most, np.random.default_rng(seed).permutation(len(spans)))
    kinds = sorted((each for each in (*failures, *others) if len(each)), key=len)
    allowance = max(1, most // (2 * max(1, len(kinds))))
    for kind in kinds:
        if not room.taken[kind].any():
            room.take_one(kind, allowance)
    for kind in sorted((each for each in failures if len(each)), key=len):
        for _ in range(min(_OF_A_KIND, len(kind)) - int(np.count_nonzero(room.taken[kind]))):
            if 2 * room.used <= most:
                room.take_one(kind, min(allowance, most // 2 - room.used))
    order = np.argsort(starts, kind="stable")
    turns = (np.arange(len(order)) * _GOLDEN + (seed % 997) / 997) % 1.0
    room.fill(order[np.argsort(turns, kind="stable")])
    if not room.taken.any() and len(spans):
        room.taken[int(np.argmin(spans))] = True
    missed = sum(not room.taken[kind].any() for kind in kinds)
    return Drawn(np.flatnonzero(room.taken), missed)


class _Room:
    """What was taken, and what there is room for."""

    def __init__(self, spans: Array, most: int, lot: Array) -> None:
        self.taken = np.zeros(len(spans), bool)
        self.used = 0
        self._spans = spans
        self._most = most
        self._lot = lot

    def take_one(self, kind: Array, allowance: int) -> None:
        """By lot among the traces of a kind that are not too large, else the smallest; if there is room."""
        free = kind[~self.taken[kind]]
        if not len(free):
            return
        small = free[self._spans[free] <= allowance]
        if len(small):
            self._take(int(small[np.argmin(self._lot[small])]))
        else:
            self._take(int(free[np.argmin(self._spans[free])]))

    def fill(self, order: Array) -> None:
        """Take in this order whatever there is room for."""
        order = order[~self.taken[order]]
        while len(order) and self.used < self._most:
            fits = self.used + np.cumsum(self._spans[order]) <= self._most
            first = int(np.argmin(fits)) if not fits.all() else len(order)
            self.taken[order[:first]] = True
            self.used += int(self._spans[order[:first]].sum())
            # One that is too large is left out, and so is whatever else is too large now.
            order = order[first + 1 :]
            order = order[self._spans[order] <= self._most - self.used]

    def _take(self, place: int) -> None:
        size = int(self._spans[place])
        if self.used + size <= self._most:
            self.taken[place] = True
            self.used += size
