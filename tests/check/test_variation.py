"""Chance is told from change: by brute force for small runs, and by how often equal runs would fail."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import pairwise
from math import comb

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.check.variation import ALARM, beyond_chance, surprise

SHARES = st.integers(1, 30).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total)))


@given(SHARES.filter(lambda run: run[0] > 0), SHARES.filter(lambda run: run[0] > 0))
def test_one_recorded_run_is_compared_by_counting_all_tables(before, now):
    hits, total = before[0] + now[0], before[1] + now[1]
    tables = (comb(now[1], at) * comb(before[1], hits - at) for at in range(now[0], min(hits, now[1]) + 1))
    assert surprise([before], now) == pytest.approx(float(Fraction(sum(tables), comb(total, hits))))


@pytest.mark.parametrize(("before", "now"), [(10, (1, 10)), (10, (3, 10)), (40, (2, 20)), (3, (5, 5))])
def test_what_no_run_has_is_judged_at_the_rate_that_explains_it_best(before, now):
    def explained(rate: float) -> float:
        tail = sum(comb(now[1], n) * rate**n * (1 - rate) ** (now[1] - n) for n in range(now[0], now[1] + 1))
        return (1 - rate) ** before * tail

    best = max(explained(step / 5000) for step in range(5001))
    assert surprise([(0, before)], now) == pytest.approx(best, rel=1e-4)


@settings(max_examples=25)
@given(st.lists(SHARES, min_size=1, max_size=4), SHARES)
def test_more_hits_are_never_less_surprising(recorded, now):
    found = [surprise(recorded, (hits, now[1])) for hits in range(now[1] + 1)]
    assert all(0 <= each <= 1 for each in found)
    assert all(more <= less + 1e-6 for less, more in pairwise(found))


def test_runs_that_differ_from_each_other_allow_for_more():
    steady, moving = [(8, 20), (7, 20), (8, 20)], [(8, 20), (1, 20), (14, 20)]
    assert surprise(steady, (15, 20)) < 0.02
    assert surprise(moving, (15, 20)) > 0.05


def test_a_tool_that_broke_is_no_chance_whatever_is_recorded():
    for runs in ([(0, 10)], [(0, 10), (0, 10)], [(0, 20)] * 5):
        others = [(runs, (number % 3, 10)) for number in range(20)]
        assert beyond_chance([(runs, (10, 10)), *others])[0]


MODES = {"common": [0.5, 0.3], "mixed": [0.5, 0.3, 0.2, 0.1, 0.05, 0.02, 0.02, 0.01], "rare": [0.05] * 12}


@pytest.mark.parametrize("modes", MODES.values(), ids=MODES)
@pytest.mark.parametrize(("recorded", "correlation"), [(1, 0.0), (3, 0.03)])
def test_runs_of_one_distribution_seldom_fail(modes, recorded, correlation):
    """At most `ALARM` of the seeds; also where shares move between runs, once several are recorded."""
    seeds, traces, failed = (100 if recorded == 1 else 40), 20, 0
    for seed in range(seeds):
        rng = random.Random(seed)  # noqa: S311 - no secret
        runs = [[_hits(rng, rate, traces, correlation) for rate in modes] for _run in range(recorded + 1)]
        cases = [
            ([(run[at], traces) for run in runs[:-1]], (runs[-1][at], traces))
            for at in range(len(modes))
            if any(run[at] for run in runs)
        ]
        failed += any(beyond_chance(cases))
    assert failed / seeds <= ALARM


def _hits(rng: random.Random, rate: float, traces: int, correlation: float) -> int:
    if correlation:
        size = (1 - correlation) / correlation
        rate = rng.betavariate(rate * size, (1 - rate) * size)
    return sum(rng.random() < rate for _trace in range(traces))
