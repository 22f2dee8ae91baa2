"""Whether two groups of runs differ by more than chance: intervals and tests that hold for few runs too.

Sources: Wilson's score interval (1927) for one share; Newcombe's hybrid score interval (1998, method 10) for
a difference of shares; Fisher's exact test (two-sided: all tables no more likely) for two shares; the
Mann-Whitney rank test (normal approximation, corrected for ties and continuity) for two samples.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import Literal, TypeAlias

Verdict: TypeAlias = Literal["too few", "chance", "likely", "sure"]

FEWEST_RUNS = 10
"""Below this on either side nothing is said: the verdict would be about these runs, not about their cause."""

_Z95 = 1.959963984540054
"""Normal quantile for 95 %."""
_LIKELY, _SURE = 0.05, 0.01
_ROUNDING = 1 + 1e-9
"""Tables of equal probability stay equal although their floating-point probabilities may not."""


def wilson(hits: int, total: int) -> tuple[float, float]:
    """95 % interval of a share, each end from 0 to 1. Raises ValueError where there is nothing to share."""
    if total <= 0 or not 0 <= hits <= total:
        raise ValueError(f"a share needs a part and a whole, not {hits} of {total}")
    share, square = hits / total, _Z95 * _Z95
    middle = share + square / (2 * total)
    reach = _Z95 * math.sqrt(share * (1 - share) / total + square / (4 * total * total))
    whole = 1 + square / total
    low = 0.0 if hits == 0 else max(0.0, (middle - reach) / whole)
    high = 1.0 if hits == total else min(1.0, (middle + reach) / whole)
    return low, high


def newcombe(left: tuple[int, int], right: tuple[int, int]) -> tuple[float, float]:
    """95 % interval of the right share less the left one; each is (hits, total)."""
    a, b = left[0] / left[1], right[0] / right[1]
    (a_low, a_high), (b_low, b_high) = wilson(*left), wilson(*right)
    low = b - a - math.hypot(b - b_low, a_high - a)
    high = b - a + math.hypot(b_high - b, a - a_low)
    return max(-1.0, low), min(1.0, high)


def fisher(left: tuple[int, int], right: tuple[int, int]) -> float:
    """Probability that chance alone parts two shares at least so far; each is (hits, total)."""
    hits, total = left[0] + right[0], left[1] + right[1]
    lowest, highest = max(0, hits - right[1]), min(hits, left[1])

    def logarithm(at: int) -> float:
        return _choose(left[1], at) + _choose(right[1], hits - at) - _choose(total, hits)

    seen = logarithm(left[0]) + math.log(_ROUNDING)
    found = (logarithm(at) for at in range(lowest, highest + 1))
    return min(1.0, math.fsum(math.exp(each) for each in found if each <= seen))


def _choose(total: int, part: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(part + 1) - math.lgamma(total - part + 1)


def rank_test(left: Sequence[float], right: Sequence[float]) -> float:
    """Probability that chance alone makes one sample rank above the other at least so much (two-sided)."""
    if not left or not right:
        return 1.0
    ordered = sorted(right)
    below = sum(bisect_left(ordered, value) + bisect_right(ordered, value) for value in left) / 2
    count, pairs = len(left) + len(right), len(left) * len(right)
    ties = sum(size**3 - size for size in Counter((*left, *right)).values())
    spread = pairs / 12 * (count + 1 - ties / (count * (count - 1)))
    if spread <= 0:
        return 1.0
    distance = max(0.0, abs(below - pairs / 2) - 0.5) / math.sqrt(spread)
    return math.erfc(distance / math.sqrt(2))


def verdict(chance: float, left_runs: int, right_runs: int) -> Verdict:
    """What a probability means for people."""
    if min(left_runs, right_runs) < FEWEST_RUNS:
        return "too few"
    return "sure" if chance < _SURE else "likely" if chance < _LIKELY else "chance"
