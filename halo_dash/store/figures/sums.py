"""Exact sums and percentiles by group, whatever the order of the rows.

Floating-point sums depend on the order in which they are made. Whole numbers do not, as long as every sum
stays below 2**53: `bincount` adds floats, and is many times quicker than anything that adds integers.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from halo_dash.store.figures.layout import Array

_EXACT: Final = 2**53
_LONGEST: Final = 2**63
_LIMB_BITS: Final = 32
_FIRST_BITS: Final = 14
_LIMBS: Final = 3
_UNITS: Final = 2.0 ** (_FIRST_BITS + _LIMB_BITS * (_LIMBS - 1))
"""Money is added in whole parts of a dollar, 2**78 to one."""


def count(groups: Array, size: int) -> Array:
    """How many rows each group has."""
    return np.bincount(groups, minlength=size)


def add(groups: Array, values: Array, size: int) -> Array:
    """The sum of whole numbers from 0 of each group; Python's integers where 64 bits could be too few."""
    most = int(values.max(initial=0))
    if most * len(values) < _EXACT:
        return np.bincount(groups, values, size).astype("i8")
    total = np.zeros(size, "i8" if most * len(values) < _LONGEST else object)
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


class Money:
    """Sums of dollars by group, the same in any order; unknown where nothing of a group is known."""

    def __init__(self, groups: Array, dollars: Array, size: int) -> None:
        is_known = ~np.isnan(dollars)
        groups, dollars = groups[is_known], dollars[is_known]
        self._known = count(groups, size)
        self._limbs: list[Array] = []
        self._whole: dict[int, int] | None = None
        most = float(dollars.max(initial=0.0))
        if len(dollars) >= _EXACT >> _LIMB_BITS or not most * len(dollars) < _EXACT >> _FIRST_BITS:
            self._whole = _add_one_by_one(groups, dollars)
            return
        rest = dollars * 2.0**_FIRST_BITS
        for _limb in range(_LIMBS):
            whole = np.floor(rest)
            self._limbs.append(np.bincount(groups, whole, size))
            rest = (rest - whole) * 2.0**_LIMB_BITS

    @property
    def approximate(self) -> Array:
        """The sums to sort by, -1 where unknown: equal sums are equal here."""
        if self._whole is not None:
            return np.array(
                [-1.0 if each is None else each for each in map(self.of, range(len(self._known)))]
            )
        total = np.zeros(len(self._known))
        for number, limb in reversed(list(enumerate(self._limbs))):
            total += limb * 2.0 ** -(_FIRST_BITS + number * _LIMB_BITS)
        total[self._known == 0] = -1.0
        return total

    def of(self, group: int) -> float | None:
        """The sum of one group."""
        if not self._known[group]:
            return None
        if self._whole is not None:
            parts = self._whole[group]
        else:
            parts = 0
            for limb in self._limbs:
                parts = (parts << _LIMB_BITS) + int(limb[group])
        try:
            return parts / int(_UNITS)
        except OverflowError:  # of absurd costs that senders state
            return float("inf")


def _add_one_by_one(groups: Array, dollars: Array) -> dict[int, int]:
    """Absurd sums, exactly."""
    units = int(_UNITS)
    total: dict[int, int] = {}
    for group, each in zip(groups.tolist(), dollars.tolist(), strict=True):
        numerator, denominator = each.as_integer_ratio()
        total[group] = total.get(group, 0) + numerator * units // denominator
    return total


@dataclass(frozen=True, slots=True)
class Spread:
    """Durations by group, sorted."""

    counts: Array
    _ends: Array
    _values: Array
    totals: Array

    def rank(self, percent: int) -> Array:
        """The percentile of each group by nearest rank: the least that so many are not above; -1 of none."""
        at = self._ends - self.counts + (self.counts * percent + 99) // 100 - 1
        found = np.full(len(self.counts), -1, "i8")
        has_any = self.counts > 0
        found[has_any] = self._values[at[has_any]]
        return found

    def at(self, group: int, percent: int) -> int:
        """The same of one group that has any."""
        number = int(self.counts[group])
        return int(self._values[int(self._ends[group]) - number + (number * percent + 99) // 100 - 1])


def spread(groups: Array, values: Array, size: int) -> Spread:
    """Sort values (whole numbers from 0) within their groups."""
    bits = int(values.max(initial=0)).bit_length()
    if bits + size.bit_length() < 63:
        # One number of both sorts several times faster than two columns.
        keys = groups.astype("i8") << bits | values
        keys.sort()
        ordered, by_group = keys & ((1 << bits) - 1), keys >> bits
    else:
        order = np.lexsort((values, groups))
        ordered, by_group = values[order], groups[order]
    counts = count(groups, size)
    return Spread(counts, np.cumsum(counts), ordered, add(by_group, ordered, size))
