"""Whether a difference is more than chance: against published values and against counting every case."""

from __future__ import annotations

import math
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.chance import fisher, newcombe, rank_test, verdict, wilson


@pytest.mark.parametrize(
    ("hits", "total", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_published_intervals(hits: int, total: int, low: float, high: float) -> None:
    """Newcombe 1998, Statistics in Medicine 17:857, table I, method 3."""
    assert wilson(hits, total) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize(
    ("left", "right", "low", "high"),
    [
        ((48, 80), (56, 70), -0.3339, -0.0524),
        ((3, 10), (9, 10), -0.8090, -0.1705),
        ((0, 29), (5, 56), -0.1926, 0.0381),
        ((0, 10), (10, 10), -1.0, -0.6075),
    ],
)
def test_newcombe_gives_the_published_intervals(
    left: tuple[int, int], right: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe 1998, Statistics in Medicine 17:873, table II, method 10 (the first is 48/80 less 56/70)."""
    found = newcombe(right, left)
    assert found == pytest.approx((low, high), abs=5e-5)


def test_the_tea_lady_and_other_known_tables() -> None:
    assert fisher((3, 4), (1, 4)) == pytest.approx(34 / 70)
    assert fisher((1, 10), (11, 14)) == pytest.approx(0.00276, abs=5e-6)
    assert fisher((5, 5), (0, 5)) == pytest.approx(2 / 252)
    assert fisher((0, 50_000), (0, 70_000)) == pytest.approx(1)


small = st.tuples(st.integers(0, 8), st.integers(1, 8)).filter(lambda share: share[0] <= share[1])


@given(small, small)
def test_fisher_counts_every_table_that_is_no_more_likely(
    left: tuple[int, int], right: tuple[int, int]
) -> None:
    hits, total = left[0] + right[0], left[1] + right[1]
    likely = {
        at: Fraction(math.comb(left[1], at) * math.comb(right[1], hits - at), math.comb(total, hits))
        for at in range(max(0, hits - right[1]), min(hits, left[1]) + 1)
    }
    exact = sum(each for each in likely.values() if each <= likely[left[0]])
    assert fisher(left, right) == pytest.approx(float(exact))
    assert fisher(right, left) == pytest.approx(float(exact))


@given(small, small)
def test_intervals_hold_the_share_and_turn_with_the_sides(
    left: tuple[int, int], right: tuple[int, int]
) -> None:
    low, high = wilson(*left)
    assert 0 <= low <= left[0] / left[1] <= high <= 1
    low, high = newcombe(left, right)
    assert low <= right[0] / right[1] - left[0] / left[1] <= high
    assert newcombe(right, left) == pytest.approx((-high, -low))


def test_a_share_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="0 of 0"):
        wilson(0, 0)


def test_the_rank_test_is_near_the_exact_one() -> None:
    left, right = [1.0, 2.0, 3.5, 4.0, 7.0, 8.5, 9.0], [3.0, 5.0, 6.0, 7.5, 10.0, 11.0, 12.0, 13.0]
    pooled = left + right

    def above(mine: list[float], others: list[float]) -> float:
        return sum(a > b for a in mine for b in others)

    middle = len(left) * len(right) / 2
    seen = abs(above(left, right) - middle)
    cases = [
        abs(
            above([pooled[at] for at in chosen], [pooled[at] for at in range(15) if at not in chosen])
            - middle
        )
        for chosen in map(set, combinations(range(15), 7))
        for chosen in [sorted(chosen)]
    ]
    exact = sum(case >= seen for case in cases) / len(cases)
    assert rank_test(left, right) == pytest.approx(exact, abs=0.01)
    assert rank_test(right, left) == rank_test(left, right)


samples = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=20)


@given(samples, samples)
def test_ties_and_sizes_keep_it_a_probability(left: list[float], right: list[float]) -> None:
    found = rank_test(left, right)
    assert 0 <= found <= 1
    assert rank_test(right, left) == pytest.approx(found)
    assert rank_test(left, left) == 1
    assert rank_test([1.0] * len(left), [1.0] * len(right)) == 1


def test_samples_far_apart_are_no_chance() -> None:
    assert rank_test([float(at) for at in range(50)], [float(at) + 40 for at in range(50)]) < 1e-6
    assert rank_test([], [1.0]) == 1


def test_few_runs_allow_no_verdict() -> None:
    assert verdict(0.0001, 9, 500) == "too few"
    assert [verdict(p, 10, 10) for p in (0.2, 0.05, 0.03, 0.01, 0.001)] == [
        "chance",
        "chance",
        "likely",
        "likely",
        "sure",
    ]
