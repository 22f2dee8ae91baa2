"""Exact sums and percentiles by group, whatever the order of the rows.

Floating-point sums depend on the order in which they are made. Whole numbers do not, as long as every sum
stays below 2**53: `bincount` adds floats, and is many times quicker than anything that adds integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from halo_dash.store.figures.layout import Array

_EXACT: Final = 2**53
_LONGEST: Final = 2**63
_LIMB_BITS: Final = 32
_LIMB: Final = (1 << _LIMB_BITS) - 1
_FIRST_BITS: Final = 14
_LIMBS: Final = 3
_UNIT_BITS: Final = _FIRST_BITS + _LIMB_BITS * (_LIMBS - 1)
"""Money is added in whole parts of a dollar, 2**78 to one."""


def count(groups: Array, size: int) -> Array:
    """How many rows each group has."""
    return np.bincount(groups, minlength=size)


def add(groups: Array, values: Array, size: int) -> Array:
    """The sum of whole numbers from 0 of each group; Python's integers where 64 bits could be too few."""
    most = int(values.max(initial=0))
    if most * len(values) < _EXACT:
        return np.bincount(groups, values, size).astype("i8")
    total: Array = np.zeros(size, "i8" if most * len(values) < _LONGEST else object)
    np.add.at(total, groups, values if total.dtype != object else values.astype(object))
    return total


def add_said(groups: Array, values: Array, size: int) -> Array:
    """The same of values that may be -1, which is unknown; -1 where none of a group is known."""
    is_said = values >= 0
    if is_said.all():
        total = add(groups, values, size)
        known = count(groups, size)
    elif is_said.any():
        groups = groups[is_said]
        total = add(groups, values[is_said], size)
        known = count(groups, size)
    else:
        return np.full(size, -1, "i8")
    total[known == 0] = -1
    return total


def covered(groups: Array, starts: Array, lengths: Array, size: int) -> Array:
    """How much time the intervals of each group cover; what runs side by side counts once."""
    order = np.lexsort((starts, groups))
    groups, starts, lengths = groups[order], starts[order], lengths[order]
    ends = starts + lengths
    is_same = groups[1:] == groups[:-1]
    if (is_same & (ends[:-1] > starts[1:])).any():
        # The latest end so far of each group: its number among all ends, which the group goes before.
        known, numbers = np.unique(ends, return_inverse=True)
        latest = np.maximum.accumulate(groups.astype("i8") * len(known) + numbers)
        reached = np.where(is_same, known[latest[:-1] % len(known)], starts[1:])
        lengths[1:] = np.maximum(ends[1:] - np.maximum(starts[1:], reached), 0)
    return add(groups, lengths, size)


def sum_of(values: Array) -> int:
    """The sum of whole numbers from 0, however large."""
    return int(add_between(values, np.array([0, len(values)]))[0])


class Counts:
    """A column of whole numbers that is added up by one grouping after another; -1 is unknown."""

    def __init__(self, values: Array) -> None:
        self._values = values
        is_said = values >= 0
        self._has_any = bool(is_said.any())
        self._is_said = None if is_said.all() else is_said
        is_exact = int(values.max(initial=0)) * len(values) < _EXACT
        # Made floats once: `bincount` would make them of every column every time.
        self._floats = np.where(is_said, values, 0).astype("f8") if is_exact else None

    def by(self, groups: Array, size: int, sizes: Array) -> Array:
        """The sum of each group, -1 where none of it is known; `sizes`: how many rows each has."""
        if not self._has_any:
            return np.full(size, -1, "i8")
        if self._floats is None:
            return add_said(groups, self._values, size)
        total = np.bincount(groups, self._floats, size).astype("i8")
        known = sizes if self._is_said is None else np.bincount(groups, self._is_said, size)
        total[known == 0] = -1
        return total


def add_between(values: Array, bounds: Array) -> Array:
    """The sum of whole numbers, or how many are true, between the bounds of each group."""
    kind: Any = object if _may_overflow(values) else np.int64
    total: Array = np.zeros(len(bounds) - 1, kind)
    has_any = bounds[:-1] < bounds[1:]
    if has_any.any():
        some = values.astype(object) if kind is object else values
        total[has_any] = np.add.reduceat(some, bounds[:-1][has_any], dtype=kind)
    return total


def _may_overflow(values: Array) -> bool:
    return values.dtype.itemsize == 8 and int(values.max(initial=0)) * len(values) >= _LONGEST


class Dollars:
    """A column of dollars that is added up by one grouping after another; not-a-number is unknown."""

    def __init__(self, dollars: Array) -> None:
        self.is_known = ~np.isnan(dollars)
        self.known = dollars if self.is_known.all() else np.where(self.is_known, dollars, 0.0)
        self.limbs: list[Array] | None = None
        most = float(self.known.max(initial=0.0))
        if len(dollars) < _EXACT >> _LIMB_BITS and most * len(dollars) < _EXACT >> _FIRST_BITS:
            self.limbs = []
            rest = self.known * 2.0**_FIRST_BITS
            for _limb in range(_LIMBS):
                whole = np.floor(rest)
                self.limbs.append(whole)
                rest = (rest - whole) * 2.0**_LIMB_BITS


class Money:
    """Sums of dollars by group, the same in any order; unknown where nothing of a group is known."""

    def __init__(self, groups: Array, dollars: Dollars, size: int) -> None:
        self._known = np.bincount(groups, dollars.is_known, size)
        self._whole: dict[int, int] | None = None
        if dollars.limbs is None:
            self._whole = _add_one_by_one(groups, dollars.known)
        else:
            self._limbs = [np.bincount(groups, limb, size) for limb in dollars.limbs]

    @property
    def values(self) -> Array:
        """The sums of all groups, to sort by; -1 where unknown."""
        if self._whole is not None:
            total = np.array([_dollars(self._parts(group)) for group in range(len(self._known))])
        else:
            first, second, third = (limb.astype("i8") for limb in self._limbs)
            second += third >> _LIMB_BITS
            first += second >> _LIMB_BITS
            rest = (second & _LIMB) * 2.0**-_LIMB_BITS + (third & _LIMB) * 2.0 ** (-2 * _LIMB_BITS)
            total = (first + rest) * 2.0**-_FIRST_BITS
        total[self._known == 0] = -1.0
        return total

    def of(self, group: int) -> float | None:
        """The sum of one group."""
        return self.of_all([group])

    def of_all(self, groups: list[int]) -> float | None:
        """The sum of some groups."""
        if not any(self._known[group] for group in groups):
            return None
        return _dollars(sum(self._parts(group) for group in groups))

    def _parts(self, group: int) -> int:
        if self._whole is not None:
            return self._whole.get(group, 0)
        parts = 0
        for limb in self._limbs:
            parts = (parts << _LIMB_BITS) + int(limb[group])
        return parts


def _dollars(parts: int) -> float:
    """Whole parts of a dollar as dollars."""
    try:
        return float(parts / 2**_UNIT_BITS)
    except OverflowError:  # of absurd costs that senders state
        return float("inf")


def _add_one_by_one(groups: Array, dollars: Array) -> dict[int, int]:
    """Absurd sums, exactly."""
    total: dict[int, int] = {}
    for group, each in zip(groups.tolist(), dollars.tolist(), strict=True):
        numerator, denominator = each.as_integer_ratio()
        total[group] = total.get(group, 0) + (numerator << _UNIT_BITS) // denominator
    return total


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations by group, ascending in each."""

    counts: Array
    ends: Array
    """Where each group ends in `values`."""
    values: Array
    totals: Array

    def of(self, group: int) -> Array:
        """Those of one group."""
        end = int(self.ends[group])
        return self.values[end - int(self.counts[group]) : end]


def spread(groups: Array, ascending: Array, size: int) -> Spread:
    """By group what is given in ascending order (whole numbers from 0), with the group of each."""
    # A stable sort of numbers this small takes no comparisons.
    order = np.argsort(groups.astype("u2") if size <= 2**16 else groups, kind="stable")
    counts = count(groups, size)
    return Spread(counts, np.cumsum(counts), ascending[order], add(groups, ascending, size))


def rank(ascending: Array, percent: int) -> int:
    """The percentile by nearest rank: the least value that so many of all are not above."""
    return int(ascending[(len(ascending) * percent + 99) // 100 - 1])
