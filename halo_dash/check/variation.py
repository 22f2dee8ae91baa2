"""Whether a failure shows more often than the runs recorded before allow for.

One recorded run: exact tests. A failure that it has is compared by Fisher's exact test, one-sided. For one
that it has not, the question is how often chance keeps a failure out of the recorded traces and then shows it
so often, at the rate that makes this most likely (the exact unconditional test of Barnard, whose worst case
is over the unknown rate).

Several recorded runs: they also show how much a share moves between runs. The answer is the share of
predictions, of a beta-binomial model given all recorded runs, that are at least as large. Its mean has
Jeffreys' prior; its correlation within a run (0: runs differ by chance alone) the prior of `_CORRELATIONS`.

Many clusters are looked at together, so that one of twenty would fail by chance: `beyond_chance` keeps the
chance that *any* fails below `ALARM` (Bonferroni, over those that are frequent enough to fail at all: the
others cannot, so they need no correction).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

Share: TypeAlias = tuple[int, int]
"""(traces that have it, all traces) of one run."""

ALARM = 0.05
"""How often a run that is like the recorded ones may fail the check."""

FEWEST = 10
"""Recorded traces below which no variation is known: then whatever is new fails."""

_CORRELATIONS = ((0.0, 0.5), (0.01, 0.125), (0.03, 0.125), (0.1, 0.125), (0.3, 0.125))
"""(correlation of two traces of one run, its weight before anything is known)."""

_STEPS = 48
_WIDTH = 5.0
"""Standard deviations around the most likely mean that are looked at."""
_SEARCHES = 80


def surprise(recorded: Sequence[Share], now: Share) -> float:
    """Probability that chance alone shows a failure in so many traces of a run, or more; from 0 to 1.

    Raises `ValueError` where no run is recorded.
    """
    known = [run for run in recorded if run[1]]
    if not known:
        raise ValueError("there is no recorded run to compare with")
    if now[0] == 0:
        return 1.0
    hits, total = sum(run[0] for run in known), sum(run[1] for run in known)
    if len(known) > 1:
        return _predicted(known, now)
    return _unseen(total, now) if hits == 0 else _fisher((hits, total), now)


def beyond_chance(cases: Sequence[tuple[Sequence[Share], Share]]) -> list[bool]:
    """Which of these clusters, (recorded runs, the run now), show more often than chance allows for."""
    found = [surprise(*case) for case in cases]
    tests = sum(_least(*case) <= ALARM for case in cases)
    return [each <= ALARM / max(1, tests) for each in found]


def _least(recorded: Sequence[Share], now: Share) -> float:
    """The smallest surprise that as many hits in all could have come to: all of them now."""
    hits = sum(run[0] for run in recorded) + now[0]
    none = [(0, run[1]) for run in recorded]
    return surprise(none, (min(hits, now[1]), now[1])) if now[1] else 1.0


def _fisher(before: Share, now: Share) -> float:
    hits, total = before[0] + now[0], before[1] + now[1]
    highest = min(hits, now[1])
    every = _choose(total, hits)
    terms = (
        _choose(now[1], at) + _choose(before[1], hits - at) - every
        for at in range(now[0], highest + 1)
        if hits - at <= before[1]
    )
    return min(1.0, math.fsum(math.exp(term) for term in terms))


def _unseen(total: int, now: Share) -> float:
    """How likely it is at most that a failure misses `total` traces and is then in so many of a run."""

    def at(rate: float) -> float:
        return total * math.log1p(-rate) + math.log(max(_tail(now, rate, 0.0), 1e-300))

    low, high = 1e-9, now[0] / now[1] if now[0] < now[1] else 1 - 1e-9
    for _search in range(_SEARCHES):
        third = (high - low) / 3
        if at(low + third) < at(high - third):
            low += third
        else:
            high -= third
    return min(1.0, math.exp(at((low + high) / 2)))


def _predicted(recorded: Sequence[Share], now: Share) -> float:
    hits, total = sum(run[0] for run in recorded), sum(run[1] for run in recorded)
    # In even steps of the arcsine of its root, a share has Jeffreys' prior and one spread everywhere.
    middle = math.asin(math.sqrt((hits + 0.5) / (total + 1)))
    logs: list[float] = []
    tails: list[float] = []
    for correlation, weight in _CORRELATIONS:
        deff = 1 + (total / len(recorded) - 1) * correlation
        reach = _WIDTH * math.sqrt(max(1.0, deff) / (total + 1)) / 2
        low, high = max(0.0, middle - reach), min(math.pi / 2, middle + reach)
        for step in range(_STEPS):
            mean = math.sin(low + (high - low) * (step + 0.5) / _STEPS) ** 2
            seen = math.fsum(_probability(run, mean, correlation) for run in recorded)
            logs.append(seen + math.log(weight * (high - low)))
            tails.append(_tail(now, mean, correlation))
    most = max(logs)
    weights = [math.exp(each - most) for each in logs]
    likely = math.fsum(weight * tail for weight, tail in zip(weights, tails, strict=True))
    return min(1.0, likely / math.fsum(weights))


def _tail(run: Share, mean: float, correlation: float) -> float:
    """Probability of at least so many hits, summed over the shorter side."""
    hits, total = run
    is_upper = hits > mean * total
    first, last = (hits, total) if is_upper else (0, hits - 1)
    if last < first:
        return 1.0
    start, step = (first, 1) if is_upper else (last, -1)
    term = math.exp(_probability((start, total), mean, correlation))
    summed, at = term, start
    while at != (last if is_upper else first) and term > summed * 1e-12:
        term *= (
            _ratio(at, total, mean, correlation) if step > 0 else 1 / _ratio(at - 1, total, mean, correlation)
        )
        at += step
        summed += term
    return min(1.0, summed) if is_upper else max(0.0, 1.0 - summed)


def _ratio(at: int, total: int, mean: float, correlation: float) -> float:
    """P(at + 1 hits) over P(at hits)."""
    if correlation == 0:
        return (total - at) / (at + 1) * mean / (1 - mean)
    some, rest = _shape(mean, correlation)
    return (total - at) / (at + 1) * (some + at) / (rest + total - at - 1)


def _probability(run: Share, mean: float, correlation: float) -> float:
    """Logarithm of the probability of exactly so many hits."""
    hits, total = run
    if correlation == 0:
        return _choose(total, hits) + hits * math.log(mean) + (total - hits) * math.log1p(-mean)
    some, rest = _shape(mean, correlation)
    return _choose(total, hits) + _beta(some + hits, rest + total - hits) - _beta(some, rest)


def _shape(mean: float, correlation: float) -> tuple[float, float]:
    size = (1 - correlation) / correlation
    return mean * size, (1 - mean) * size


def _beta(left: float, right: float) -> float:
    return math.lgamma(left) + math.lgamma(right) - math.lgamma(left + right)


def _choose(total: int, part: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(part + 1) - math.lgamma(total - part + 1)
