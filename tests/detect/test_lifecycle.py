"""The life of something that goes wrong follows from its history alone, and chance seldom deceives it."""

from __future__ import annotations

import random
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.detect.lifecycle import IMPROBABLE, LEAST_HITS, NEW_RUNS, chance_of_none, life
from halo_dash.model.clusters import ClusterHistory

histories = st.lists(st.booleans(), min_size=1, max_size=120).filter(any)


def told(runs: str, versions: str = "") -> ClusterHistory:
    """`x` has it, `.` has not; a letter of `versions` for each run."""
    return ClusterHistory(
        tuple(range(1, len(runs) + 1)), tuple(each == "x" for each in runs), tuple(versions)
    )


@pytest.mark.parametrize(("runs", "hits", "clean"), [(1, 0, 1), (5, 2, 3), (8, 3, 2), (9, 4, 5), (9, 4, 6)])
def test_the_chance_of_so_many_clean_runs_is_counted(runs, hits, clean):
    placings = list(combinations(range(runs), hits))
    free = sum(all(at < runs - clean for at in each) for each in placings)
    assert chance_of_none(runs, hits, clean) == pytest.approx(free / len(placings))


@pytest.mark.parametrize(
    ("runs", "state", "since"),
    [
        ("x..x.x", "new", 1),
        ("...x.x.x", "new", 4),
        ("x." * 15, "ongoing", 1),
        ("x." * 15 + "..", "ongoing", 1),
        ("x." * 15 + "." * 10, "fixed", 30),
        ("x." * 15 + "." * 30 + "x", "regressed", 61),
        ("x." * 15 + "." * 30 + "x" + ".", "regressed", 61),
        ("x." * 15 + "." * 30 + "xxx" + "." * 30, "fixed", 64),
        ("xx" + "." * 500, "ongoing", 1),
    ],
)
def test_a_life(runs, state, since):
    found = life(told(runs))
    assert (found.state, found.since_ns) == (state, since)


def test_a_life_says_how_many_clean_runs_are_missing():
    runs = "x." * 15
    found = life(told(runs))
    assert found.runs_to_fixed
    assert life(told(runs + "." * found.runs_to_fixed)).state == "fixed"
    assert life(told(runs + "." * (found.runs_to_fixed - 1))).state == "ongoing"
    assert life(told("xx...")).runs_to_fixed is None


def test_what_somebody_called_fixed_is_fixed_until_it_comes_back():
    assert life(told("xx.x."), fixed_ns=4).state == "fixed"
    assert life(told("xx.x."), fixed_ns=4).is_said
    back = life(told("xx.x..x."), fixed_ns=4)
    assert (back.state, back.since_ns, back.is_said) == ("regressed", 7, False)


def test_a_history_without_a_hit_has_no_life():
    with pytest.raises(ValueError, match="at least one"):
        life(told("..."))


class TestReleases:
    def test_a_release_fixes_it_although_the_old_one_still_runs(self):
        runs = "x.x.x.x.x." + "x." * 10
        versions = "aaaaaaaaaa" + "ab" * 10
        found = life(told(runs, versions))
        assert (found.state, found.version) == ("fixed", "b")
        assert [(each.version, each.share.hits, each.share.base) for each in found.releases] == [
            ("a", 15, 20),
            ("b", 0, 10),
        ]
        assert life(told(runs)).state == "ongoing"

    def test_the_newest_release_brought_it(self):
        found = life(told("." * 30 + "x." * 15, "a" * 30 + "b" * 30))
        assert (found.state, found.version, found.since_ns) == ("new", "b", 31)

    def test_an_older_release_brought_it(self):
        found = life(told("." * 30 + "x." * 15 + "xx", "a" * 30 + "b" * 30 + "cc"))
        assert (found.state, found.version) == ("ongoing", "b")

    def test_it_came_back_with_a_release(self):
        found = life(told("x." * 10 + "." * 30 + "x", "a" * 20 + "b" * 30 + "c"))
        assert (found.state, found.version) == ("regressed", "c")

    def test_too_few_runs_of_the_new_release_say_nothing(self):
        assert life(told("x..." * 10 + "..", "a" * 40 + "bb")).state == "ongoing"

    def test_a_run_that_tells_no_version_is_of_the_release_before_it(self):
        history = ClusterHistory((1, 2, 3), (True, False, True), ("", "a", "b"))
        assert [each.version for each in life(history).releases] == ["a", "b"]
        assert life(history).releases[0].share.base == 2


@settings(max_examples=150, deadline=None)
@given(runs=histories, clean=st.integers(0, 200))
def test_what_is_fixed_stays_so_while_runs_are_clean(runs, clean):
    def at(has_it):
        return life(ClusterHistory(tuple(range(len(has_it))), tuple(has_it)))

    before, after = at(runs), at([*runs, *[False] * clean])
    assert (before.state, after.state) != ("fixed", "ongoing")
    if before.state == "fixed":
        assert after.state == "fixed"
    assert after.clean_runs == before.clean_runs + clean
    assert after.chance <= before.chance + 1e-9


@settings(max_examples=100, deadline=None)
@given(runs=histories, shift=st.integers(1, 10**18), scale=st.integers(1, 10**6))
def test_only_the_order_of_runs_counts(runs, shift, scale):
    plain = life(ClusterHistory(tuple(range(len(runs))), tuple(runs)))
    moved = life(ClusterHistory(tuple(shift + scale * at for at in range(len(runs))), tuple(runs)))
    assert moved.state == plain.state
    assert moved.since_ns == shift + scale * plain.since_ns


@settings(max_examples=100, deadline=None)
@given(runs=histories)
def test_one_release_is_no_release(runs):
    starts = tuple(range(len(runs)))
    plain = life(ClusterHistory(starts, tuple(runs)))
    assert life(ClusterHistory(starts, tuple(runs), ("1.0",) * len(runs))) == plain


@pytest.mark.parametrize("rate", [0.05, 0.2, 0.5])
@pytest.mark.parametrize("runs", [2 * NEW_RUNS, 300])
def test_a_constant_rate_is_seldom_called_fixed_or_regressed(rate, runs):
    """At most 5 in 100 of either; the margin is three standard errors of the seeds."""
    states = []
    seed = 0
    while len(states) < 300:
        seed += 1
        draw = random.Random(f"{rate} {runs} {seed}")  # noqa: S311 - seeds that repeat, no secrets
        has_it = tuple(draw.random() < rate for _ in range(runs))
        if sum(has_it) >= LEAST_HITS:
            states.append(life(ClusterHistory(tuple(range(runs)), has_it)).state)
    margin = 3 * (IMPROBABLE * (1 - IMPROBABLE) / len(states)) ** 0.5
    for state in ("fixed", "regressed"):
        assert states.count(state) / len(states) <= IMPROBABLE + margin, state


def test_releases_that_run_side_by_side_deceive_no_more_often():
    states = []
    for seed in range(400):
        draw = random.Random(seed)  # noqa: S311 - seeds that repeat, no secrets
        has_it = tuple(draw.random() < 0.3 for _ in range(120))
        versions = tuple("b" if at > 40 and draw.random() < 0.5 else "a" for at in range(120))
        states.append(life(ClusterHistory(tuple(range(120)), has_it, versions)).state)
    margin = 3 * (IMPROBABLE * (1 - IMPROBABLE) / len(states)) ** 0.5
    for state in ("new", "fixed", "regressed"):
        assert states.count(state) / len(states) <= IMPROBABLE + margin, state


@pytest.mark.parametrize("rate", [0.2, 0.4, 0.8])
def test_what_ended_is_called_fixed_and_what_came_back_regressed(rate):
    """60 runs at a rate, as many clean ones as a reader would wait for, 20 more at the rate."""
    ended = returned = tried = 0
    for seed in range(100):
        draw = random.Random(f"{rate} {seed}")  # noqa: S311 - seeds that repeat, no secrets
        began = [draw.random() < rate for _ in range(60)]
        if sum(began) < LEAST_HITS:
            continue
        tried += 1
        clean = [False] * round(14 / rate)
        back = [True, *(draw.random() < rate for _ in range(19))]
        for has_it, state in (((began + clean), "fixed"), ((began + clean + back), "regressed")):
            found = life(ClusterHistory(tuple(range(len(has_it))), tuple(has_it))).state
            ended += state == "fixed" == found
            returned += state == "regressed" == found
    assert ended == tried
    assert returned >= 0.8 * tried
