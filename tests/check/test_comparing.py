"""New, grown, rare, gone: what a run has against what is recorded."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from halo_dash.check.baseline import MOST_RUNS, Baseline
from halo_dash.check.comparing import compare, record

sys.path.insert(0, str(Path(__file__).parent))
from samples import RULES, sample, seen


def recorded(*runs) -> Baseline:
    baseline = Baseline()
    for run in runs:
        baseline = record(baseline, run)
    return baseline


def states(comparison):
    return {change.template: change.state for change in comparison.changes}


def test_the_run_that_is_recorded_passes():
    run = sample(20, seen("Error: timeout", 9), seen("Error: not found", 1))
    found = compare(recorded(run), run)
    assert states(found) == {"Error: timeout": "same", "Error: not found": "same"}
    assert found.failing == ()


def test_what_broke_fails_and_what_was_always_so_does_not():
    before = recorded(sample(20, seen("Error: timeout", 9)))
    found = compare(before, sample(20, seen("Error: timeout", 11), seen("Error: no such tool", 8), run="b"))
    assert [(each.template, each.state) for each in found.failing] == [("Error: no such tool", "new")]
    assert states(found)["Error: timeout"] == "same"


def test_what_shows_far_more_often_has_grown():
    before = recorded(sample(20, seen("Error: timeout", 2)))
    (change,) = compare(before, sample(20, seen("Error: timeout", 15), run="b")).failing
    assert (change.state, change.now, change.recorded) == ("grown", (15, 20), ((2, 20),))


def test_one_rare_newcomer_may_be_chance_unless_the_check_is_strict():
    before, run = recorded(sample(20)), sample(20, seen("Error: odd", 1), run="b")
    assert states(compare(before, run)) == {"Error: odd": "rare"}
    assert compare(before, run).failing == ()
    assert len(compare(before, run, is_strict=True).failing) == 1


def test_a_newcomer_fails_where_too_little_is_recorded_to_call_it_chance():
    (change,) = compare(recorded(sample(3)), sample(3, seen("Error: odd", 1), run="b")).failing
    assert change.state == "new"


@pytest.mark.parametrize(("fail_on", "fails"), [("high", False), ("medium", True), ("low", True)])
def test_only_what_is_severe_enough_fails(fail_on, fails):
    run = sample(20, seen("Error: odd", 15, severity="medium"), run="b")
    assert bool(compare(recorded(sample(20)), run, fail_on=fail_on).failing) is fails


def test_what_went_away_is_told_and_fails_nothing():
    before = recorded(sample(20, seen("Error: timeout", 12), seen("Error: odd", 1)))
    found = compare(before, sample(20, run="b"))
    assert states(found) == {"Error: timeout": "gone", "Error: odd": "absent"}
    assert found.failing == ()


def test_a_near_wording_is_the_same_failure():
    before = recorded(sample(20, seen("Error: no user Ada found here", 9)))
    after = sample(
        20, seen("Error: no user Bob found here", 4), seen("Error: no user Eve found here", 4), run="b"
    )
    (change,) = compare(before, after).changes
    assert (change.state, change.name) == ("same", before.clusters[0].name)
    kept = record(before, after)
    assert [(each.template, each.runs) for each in kept.clusters] == [
        ("Error: no user <*> found here", (9, 4))
    ]


def test_a_new_version_of_a_rule_is_no_regression_and_counts_from_its_first_run():
    old, newer = sample(20, seen("x", 1)), {**RULES, "error-result": "2"}
    before = recorded(old)
    run = sample(20, seen("x", 18, run="b"), run="b", rules=newer)
    assert states(compare(before, run)) == {"x": "unmeasured"}
    assert compare(before, run).failing == ()
    after = record(before, run)
    again = sample(20, seen("x", 19, run="c"), run="c", rules=newer)
    (change,) = compare(after, again).changes
    assert (change.state, change.recorded) == ("same", ((18, 20),))


def test_a_run_is_recorded_once():
    run = sample(20, seen("x", 3))
    assert record(recorded(run), run) == recorded(run)


def test_old_runs_go_and_with_them_what_nobody_has_any_more():
    runs = [sample(20, seen("old", 2)), *(sample(20, run=f"{number}-") for number in range(MOST_RUNS))]
    kept = recorded(*runs)
    assert len(kept.runs) == MOST_RUNS
    assert kept.clusters == ()
    assert all(rule.since == 0 for rule in kept.rules.values())
