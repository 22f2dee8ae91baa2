"""What sets failing runs apart: the planted cause and nothing else."""

from __future__ import annotations

import random
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.detect.cohort import Trait, differences, fisher, over_represented


@pytest.mark.parametrize(
    ("table", "p"),
    [
        # R: fisher.test(matrix(c(3, 1, 1, 3), 2))$p.value and so on
        ((3, 1, 1, 3), 0.4857142857),
        ((1, 9, 11, 3), 0.0027594562),
        ((8, 2, 1, 5), 0.0349650350),
        ((0, 5, 5, 0), 0.0079365079),
        ((10, 10, 10, 10), 1.0),
        ((0, 0, 3, 4), 1.0),
    ],
)
def test_the_exact_test_agrees_with_tables(table, p):
    assert fisher(*table) == pytest.approx(p, abs=1e-9)


def test_the_exact_test_knows_no_sides():
    assert fisher(2, 8, 9, 4) == pytest.approx(fisher(9, 4, 2, 8))
    assert fisher(2, 8, 9, 4) == pytest.approx(fisher(2, 9, 8, 4))


@settings(max_examples=200, deadline=None)
@given(*[st.integers(0, 60)] * 4)
def test_the_exact_test_adds_up_every_table_as_unlikely(a, b, c, d):
    row, column, total = a + b, a + c, a + b + c + d

    def ways(k: int) -> int:
        return comb(row, k) * comb(total - row, column - k)

    possible = range(max(0, row + column - total), min(row, column) + 1)
    as_unlikely = sum(ways(k) for k in possible if ways(k) <= ways(a))
    assert fisher(a, b, c, d) == pytest.approx(as_unlikely / comb(total, column), rel=1e-6)


ATTRIBUTES = 50


def runs(seed: int, *, planted: bool, count: int = 200) -> tuple[dict[Trait, tuple[int, int]], int, int]:
    """Traits of random runs: 50 attributes of 4 values each; failure hangs on one value, or on nothing."""
    chance = random.Random(seed)  # noqa: S311 - a fixed experiment
    failing = others = 0
    counts: dict[Trait, list[int]] = {}
    for _ in range(count):
        values = [chance.randrange(4) for _ in range(ATTRIBUTES)]
        rate = (0.7 if values[17] == 2 else 0.1) if planted else 0.25
        is_failing = chance.random() < rate
        failing, others = failing + is_failing, others + (not is_failing)
        for number, value in enumerate(values):
            counts.setdefault(Trait(f"a{number}", str(value)), [0, 0])[0 if is_failing else 1] += 1
    return {trait: (with_it, without) for trait, (with_it, without) in counts.items()}, failing, others


def test_a_planted_cause_among_fifty_attributes_comes_first():
    for seed in range(20):
        found = over_represented(differences(*runs(seed, planted=True)))
        assert found[0].trait == Trait("a17", "2")
        assert found[0].lift > 3


def test_where_nothing_is_planted_nothing_is_claimed():
    false_alarms = sum(bool(differences(*runs(seed, planted=False))) for seed in range(100))
    assert false_alarms <= 5


def test_too_few_runs_say_nothing():
    certain = {Trait("a", "1"): (4, 0)}
    assert differences(certain, 4, 100) == ()
    assert differences({Trait("a", "1"): (50, 0)}, 50, 2) == ()


def test_what_every_run_has_sets_none_apart():
    assert differences({Trait("a", "1"): (50, 50)}, 50, 50) == ()


def test_shares_and_lift_are_those_of_the_runs():
    (found,) = differences({Trait("region", "eu"): (40, 10)}, 50, 150)
    assert (found.failing_share, round(found.others_share, 3)) == (0.8, 0.067)
    assert found.lift == pytest.approx((40 / 50) / (10 / 150))
