"""What sets failing runs apart from the others: shares compared by an exact test, corrected for many tests.

Pure counting. Nothing is said unless it holds: a difference that chance explains is none.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from math import exp, lgamma
from typing import Final

SIGNIFICANT: Final = 0.01
"""Chance, over all values looked at together, that something is claimed although nothing is there."""

LEAST_RUNS: Final = 5
"""Failing runs below which nothing is claimed."""

LEAST_REFERENCES: Final = 3
"""Other runs below which nothing is claimed: there is nothing to compare with."""

LEAST_LIFT: Final = 1.2
"""How much more frequent a value must be among failing runs to be worth a line."""


@dataclass(frozen=True, slots=True)
class Trait:
    """Something runs have: the value of an attribute, or a step."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A trait that failing runs have more (or less) often than the others."""

    trait: Trait
    failing_with: int
    failing: int
    others_with: int
    others: int
    p_value: float
    """Of Fisher's exact test, two-sided, after Holm's correction for all traits that were looked at."""

    @property
    def failing_share(self) -> float:
        """Share of the failing runs that have it."""
        return self.failing_with / self.failing

    @property
    def others_share(self) -> float:
        """Share of the other runs that have it."""
        return self.others_with / self.others

    @property
    def lift(self) -> float:
        """How many times as often a run fails with it as without it; infinite where none fails without."""
        without = self.failing - self.failing_with
        total_with = self.failing_with + self.others_with
        total_without = without + self.others - self.others_with
        rate_with = self.failing_with / total_with if total_with else 0.0
        rate_without = without / total_without if total_without else 0.0
        if not rate_without:
            return float("inf") if rate_with else 1.0
        return rate_with / rate_without


_ALL_ALIKE: Final[Mapping[Trait, tuple[int, int]]] = {}


def differences(
    counts: Mapping[Trait, tuple[int, int]],
    failing: int,
    others: int,
    looked_at: Mapping[Trait, tuple[int, int]] = _ALL_ALIKE,
) -> tuple[Difference, ...]:
    """The traits in which failing runs differ from the others, the surest first.

    `counts` gives for each trait (failing runs that have it, other runs that have it); `looked_at` how many
    of both were looked at for it, where these were not all. Empty where there are too few runs of either.
    """
    if failing < LEAST_RUNS or others < LEAST_REFERENCES:
        return ()
    tested: list[tuple[float, Trait, int, int]] = []
    for trait, (with_it, others_with) in counts.items():
        mine, theirs = looked_at.get(trait, (failing, others))
        is_everywhere = with_it == mine and others_with == theirs
        if not is_everywhere and with_it + others_with:
            p = fisher(with_it, mine - with_it, others_with, theirs - others_with)
            tested.append((p, trait, with_it, others_with))
    tested.sort(key=lambda each: (each[0], each[1].name, each[1].value))
    found: list[Difference] = []
    worst = 0.0
    for rank, (p, trait, with_it, others_with) in enumerate(tested):
        # Holm: the k-th smallest is multiplied by how many are left, and none may be below the one before.
        worst = max(worst, min(1.0, p * (len(tested) - rank)))
        if worst > SIGNIFICANT:
            break
        mine, theirs = looked_at.get(trait, (failing, others))
        one = Difference(trait, with_it, mine, others_with, theirs, worst)
        if one.lift >= LEAST_LIFT or one.lift <= 1 / LEAST_LIFT:
            found.append(one)
    return tuple(found)


def over_represented(found: Iterable[Difference]) -> tuple[Difference, ...]:
    """Those that failing runs have more often."""
    return tuple(each for each in found if each.failing_share > each.others_share)


@lru_cache(maxsize=8_192)
def fisher(a: int, b: int, c: int, d: int) -> float:
    """The two-sided p-value of Fisher's exact test for the table [[a, b], [c, d]]."""
    row, column, total = a + b, a + c, a + b + c + d
    low, high = max(0, row + column - total), min(row, column)
    # Tables as unlikely as the one that was seen count; the tolerance is for rounding of equal ones.
    most = _log_chance(a, row, column, total) + 1e-7

    def is_counted(k: int) -> bool:
        return _log_chance(k, row, column, total) <= most

    # Chances rise up to the mode and fall after it: what counts are two tails.
    mode = max(low, min(high, (row + 1) * (column + 1) // (total + 2)))
    left = bisect_left(range(low, mode + 1), 1, key=lambda k: not is_counted(k))
    right = bisect_left(range(mode + 1, high + 1), 1, key=is_counted)
    tails = (range(low + left - 1, low - 1, -1), range(mode + 1 + right, high + 1))
    return min(1.0, sum(_tail(tail, row, column, total) for tail in tails))


def _tail(outward: range, row: int, column: int, total: int) -> float:
    """The sum of chances that fall: what comes after one too small to be seen in the sum is smaller still."""
    found = 0.0
    for k in outward:
        chance = exp(_log_chance(k, row, column, total))
        found += chance
        if chance < found * 1e-18:
            break
    return found


def _log_chance(k: int, row: int, column: int, total: int) -> float:
    """Logarithm of the hypergeometric probability."""
    return _log_choose(row, k) + _log_choose(total - row, column - k) - _log_choose(total, column)


@lru_cache(maxsize=65_536)
def _log_choose(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)
