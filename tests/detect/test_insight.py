"""Clusters become insights only where they are a habit, and rank by their impact."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.detect import RULES
from halo_dash.detect.hypotheses import hypothesis
from halo_dash.detect.insight import WEIGHTS, candidates, impact, insights, is_systemic, name_of
from halo_dash.model.chance import wilson
from halo_dash.model.clusters import ClusterHistory, ClusterRow
from halo_dash.model.finding import SEVERITIES, Waste
from halo_dash.model.insight import Share
from halo_dash.model.judged import ClusterIdentity


def row(rule="retry-loop", subject="web_search", runs=5, name="a", *, cause="", severity="medium", tokens=0):
    identity = ClusterIdentity(name, rule, subject, cause, "", f"{subject} {rule}")
    return ClusterRow(identity, runs, 0, 0, 10, 20, Waste(tokens), (), severity)


def history(hits: int, runs: int, tokens: int = 0) -> ClusterHistory:
    has_it = tuple(at < hits for at in range(runs))
    return ClusterHistory(tuple(range(1, runs + 1)), has_it, (), ("helper",), Waste(tokens))


def found(rows, histories, judged=20, fixed_ns=None):
    return insights(
        rows,
        judged,
        lambda groups: [histories[names] for names in groups],
        lambda each: (each.identity.title, each.identity.subject),
        lambda _candidate: fixed_ns,
    )


def test_clusters_of_one_rule_and_subject_are_one_insight():
    rows = [row(name="a", runs=2, tokens=40), row(name="b", runs=4, cause="nothing found", tokens=20)]
    (one,) = found([*rows, row("cycle", runs=2, name="c")], {("b", "a"): history(5, 20, tokens=100)})
    assert one.clusters == ("b", "a")
    assert (one.share, one.agent_share) == (Share(5, 20), Share(5, 20))
    assert one.cause == "nothing found"
    assert "the query is not reformulated after an empty result" in one.hypothesis
    assert one.waste.tokens == 60
    assert one.impact.waste_share == 0.6
    assert one.impact.value == pytest.approx(0.25 * 0.6 * 1.6)
    assert one.name == name_of("retry-loop", "web_search")


@pytest.mark.parametrize(
    ("hits", "runs", "expected"),
    [(2, 3, False), (3, 3, True), (3, 20, True), (3, 25, False), (30, 400, True)],
)
def test_a_few_bad_runs_among_many_are_no_habit(hits, runs, expected):
    assert is_systemic(history(hits, runs)) == expected
    if hits >= 3:
        assert (wilson(hits, runs)[0] > 0.05) == expected


def test_the_share_of_a_habit_is_of_its_own_agents_and_its_impact_of_all_runs():
    (one,) = found([row(runs=10)], {("a",): history(10, 12)}, judged=200)
    assert (one.share, one.agent_share) == (Share(10, 200), Share(10, 12))
    assert one.impact.share == 0.05


def test_insights_are_ranked_by_impact_and_fixed_ones_come_last():
    rows = [
        row("error-status", "a", 9, "x", severity="high"),
        row("empty-result", "b", 12, "y", severity="low"),
        row("retry-loop", "c", 12, "z"),
    ]
    histories = {("x",): history(9, 20), ("y",): history(12, 20), ("z",): history(12, 20)}
    order = [(each.rule, each.life.state) for each in found(rows, histories)]
    # All of them were only in the first runs, so that enough clean ones follow.
    assert order == [("error-status", "fixed"), ("retry-loop", "fixed"), ("empty-result", "fixed")]
    histories["x",] = history(9, 9)
    histories["y",] = history(12, 12)
    assert [each.rule for each in found(rows, histories)] == ["error-status", "empty-result", "retry-loop"]


def test_what_is_wasted_is_of_tokens_else_of_time():
    share = Share(1, 2)
    assert impact(share, "low", Waste(50), Waste(100)).waste_share == 0.5
    timed = impact(share, "low", Waste(duration_ns=5), Waste(duration_ns=10))
    assert (timed.waste_share, timed.waste_of) == (0.5, "time")
    assert impact(share, "low", Waste(), Waste()).waste_share == 0


@given(
    hits=st.integers(1, 100),
    more=st.integers(0, 100),
    severity=st.sampled_from(SEVERITIES),
    waste=st.integers(0, 1000),
    spent=st.integers(0, 1000),
)
def test_impact_is_between_nothing_and_twice_the_weight(hits, more, severity, waste, spent):
    found = impact(Share(hits, hits + more), severity, Waste(waste), Waste(spent))
    assert 0 < found.value <= 2 * WEIGHTS[severity]
    assert found.value == pytest.approx(found.share * found.weight * (1 + found.waste_share))


def test_fewer_runs_than_three_are_no_candidate():
    assert not candidates([row(runs=2)])
    assert [each.clusters for each in candidates([row(runs=2), row(runs=1, name="b")])] == [("a", "b")]


@pytest.mark.parametrize("rule", [each.name for each in RULES])
def test_every_rule_has_a_hypothesis_and_a_direction(rule):
    words = hypothesis(rule, "", "web_search")
    assert words
    for text in (words.why, words.direction):
        assert "{}" not in text
        assert re.fullmatch(r"[A-Za-z].*\.", text)


def test_a_rule_of_ones_own_speaks_for_itself():
    assert hypothesis("house-style", "", "x") is None
    (one,) = found([row("house-style")], {("a",): history(5, 20)})
    assert (one.hypothesis, one.direction) == ("web_search house-style.", "")


def test_what_a_subject_is_called_is_never_read_as_a_pattern():
    words = hypothesis("retry-loop", "", "{} {0.__class__} \\1")
    assert words.why.startswith("{} {0.__class__} \\1 does not help")


def test_marked_as_fixed_it_is_until_it_comes_back():
    (one,) = found([row()], {("a",): history(5, 20)}, fixed_ns=5)
    assert one.life.is_said
    (one,) = found([row()], {("a",): history(5, 20)}, fixed_ns=4)
    assert (one.life.state, one.life.since_ns) == ("fixed", 6)


@pytest.mark.parametrize(
    ("both", "rule", "expected"),
    [
        (5, "empty-result", ["retry-loop"]),
        (3, "empty-result", ["retry-loop"]),
        (2, "empty-result", ["empty-result", "retry-loop"]),
        (5, "error-result", ["error-result", "retry-loop"]),
    ],
)
def test_a_problem_is_told_by_its_cause_where_most_runs_have_both(both, rule, expected):
    rows = [row(rule, name="a"), row("retry-loop", name="b")]
    has_both = tuple(at < 5 for at in range(20)), tuple(5 - both <= at < 10 - both for at in range(20))
    starts = tuple(range(20))
    histories = {("a",): ClusterHistory(starts, has_both[0]), ("b",): ClusterHistory(starts, has_both[1])}
    assert sorted(each.rule for each in found(rows, histories)) == expected
    elsewhere = [row(rule, name="a"), row("retry-loop", "get_user", name="b")]
    assert len(found(elsewhere, histories)) == 2
