"""Failures that are nothing but chance each, and together are not."""

from __future__ import annotations

import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from halo_dash.check.baseline import Baseline
from halo_dash.check.comparing import Comparison, compare, record
from halo_dash.check.junit import junit
from halo_dash.check.markdown import markdown
from halo_dash.check.sarif import sarif
from halo_dash.check.together import TOGETHER
from halo_dash.check.variation import ALARM
from halo_dash.check.words import verdict

sys.path.insert(0, str(Path(__file__).parent))
from samples import RULES, sample, seen

WORDS = ("alpha", "bravo", "charlie", "delta", "echo", "foxtrot", "golf", "hotel", "india", "juliet")


def recorded(*runs) -> Baseline:
    baseline = Baseline()
    for run in runs:
        baseline = record(baseline, run)
    return baseline


def single(word: str, trace: str, *, rule: str = "error-result"):
    """A failure of its own, in one trace."""
    return replace(seen(f"{word} {word} {word}", 1, rule=rule), traces=frozenset([trace]))


def singles(count: int, run: str = "", *, rule: str = "error-result"):
    return [single(f"{run}{WORDS[at]}", f"{run}{at}", rule=rule) for at in range(count)]


def together(found: Comparison):
    return {each.name: each.now for each in found.failing if each.rule == TOGETHER}


def test_many_different_new_failures_fail_together():
    before = recorded(sample(20))
    found = compare(before, sample(20, *singles(8, "b"), run="b"))
    assert together(found) == {"taken-together-new": (8, 20)}
    assert [each.state for each in found.changes if each.rule != TOGETHER] == ["rare"] * 8
    assert verdict(found) == ("Failed: different new failures in 8 of 20 traces, before 0 of 20.")


@pytest.mark.parametrize("runs", [1, 4])
def test_an_agent_that_always_fails_in_new_ways_passes(runs):
    before = recorded(*(sample(20, *singles(8, f"{at}-"), run=f"{at}-") for at in range(runs)))
    assert compare(before, sample(20, *singles(8, "b"), run="b")).failing == ()


def test_many_new_failures_of_one_rule_fail_although_another_rule_always_has_some():
    def run(name: str, loops: int):
        often = [single(f"{name}x{word}", f"{name}{at}") for at, word in enumerate(WORDS)]
        return sample(40, *often, *singles(loops, name, rule="retry-loop"), run=name)

    before = recorded(*(run(f"{at}-", 0) for at in range(3)))
    found = compare(before, run("b", 10))
    assert "taken-together-new-retry-loop" in together(found)
    assert compare(before, run("b", 0)).failing == ()


def test_more_runs_that_fail_at_all_fail_the_check():
    before = recorded(replace(sample(40), failed=2))
    worse = replace(sample(40, run="b"), failed=20)
    assert together(compare(before, worse)) == {"taken-together-failed": (20, 40)}
    assert compare(before, replace(worse, failed=5)).failing == ()
    assert compare(before, worse, fail_on="high").failing == (), "a failed run may be of medium severity"
    other = replace(worse, rules={**RULES, "error-result": "2"})
    assert compare(before, other).failing == (), "other rules call other runs failed"


def test_failures_of_one_run_are_told_with_the_number_of_runs():
    before = recorded(sample(20))
    one = [replace(each, traces=frozenset({"b0"})) for each in singles(3, "b")]
    assert " 3 new failures of severity medium or worse, in 1 trace," in verdict(
        compare(before, sample(20, *one, run="b"))
    )


def test_what_nobody_can_tell_from_chance_is_no_plain_pass():
    before = recorded(sample(20))
    found = compare(before, sample(20, *singles(1, "b"), run="b"))
    assert found.failing == ()
    assert verdict(found).startswith(
        "Passed, but with 1 new failure of severity medium or worse, in 1 trace, that may"
    )
    assert markdown(found).startswith("### ⚠️ halo check")
    assert "**To look at: 1" in markdown(found)
    root = ET.fromstring(junit(found))  # noqa: S314 - our own
    assert (root.get("failures"), root.get("skipped")) == ("0", "1")
    assert root.find(".//testcase/skipped") is not None
    run = json.loads(sarif(found, ()))["runs"][0]
    assert run["properties"]["verdict"] == verdict(found)
    assert run["results"][0]["baselineState"] == "new"
    assert len(compare(before, found.sample, is_strict=True).failing) == 1


def test_what_is_less_severe_than_asked_for_is_no_reserve():
    low = replace(single("alpha", "b0"), severity="low")
    found = compare(recorded(sample(20)), sample(20, low, run="b"))
    assert verdict(found).startswith("Passed: ")
    assert markdown(found).startswith("### ✅ halo check")


def test_reports_have_what_fails_together():
    found = compare(recorded(sample(20)), sample(20, *singles(8, "b"), run="b"))
    assert "Different new failures" in markdown(found)
    root = ET.fromstring(junit(found))  # noqa: S314 - our own
    assert root.get("failures") == "1"
    results = json.loads(sarif(found, ()))["runs"][0]["results"]
    failing = [each for each in results if each["properties"]["isFailing"]]
    assert [each["ruleId"] for each in failing] == [TOGETHER]
    assert failing[0]["locations"]


@pytest.mark.parametrize("recorded_runs", [1, 3])
def test_runs_of_one_distribution_seldom_fail_however_long_their_tail_is(recorded_runs):
    """A few frequent failures, and many that few runs have: at most `ALARM` of the seeds."""
    rates = [0.3, 0.1, *[0.02] * 30]
    seeds, traces, failed = (100 if recorded_runs == 1 else 40), 20, 0
    for seed in range(seeds):
        rng = random.Random(seed)  # noqa: S311 - no secret
        runs = [planted(rng, rates, traces, f"{at}-") for at in range(recorded_runs + 1)]
        failed += bool(compare(recorded(*runs[:-1]), runs[-1]).failing)
    assert failed / seeds <= ALARM


def planted(rng: random.Random, rates: list[float], traces: int, run: str):
    having = {
        at: frozenset(f"{run}{trace}" for trace in range(traces) if rng.random() < rate)
        for at, rate in enumerate(rates)
    }
    clusters = [replace(seen(f"w{at} x{at} y{at}", 0), traces=names) for at, names in having.items() if names]
    failed = len(frozenset().union(*having.values()))
    return replace(sample(traces, *clusters, run=run), failed=failed)
