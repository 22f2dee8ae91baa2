"""Two selections against each other: which numbers are compared, and what is left unsaid."""

from __future__ import annotations

from halo_dash.model.contrast import SelectionContrast, contrast
from halo_dash.model.figures import Figures, Group, Latency, Overview, Samples, Step
from halo_dash.model.observation import Kind, Usage


def overview(
    runs: int, failed: int, *groups: Group, failing: tuple[Step, ...] = (), unpriced: int = 0
) -> Overview:
    total = Figures(
        runs=runs,
        failed=failed,
        llm_calls=2 * runs,
        tool_calls=runs,
        usage=Usage(total=100 * runs),
        cost_usd=0.5,
        unpriced_calls=unpriced,
        latency=Latency(5_000, 9_000, 9_900, 5_500),
    )
    return Overview(total, (), (), {"tool": groups}, (), failing, (), (), None, None)


def took(*durations: int) -> Samples:
    return Samples(durations, tuple(each // 10 for each in durations), ())


def by_name(found: SelectionContrast) -> dict[str, tuple[float | None, float | None, str]]:
    return {
        each.name: (each.left, each.right, each.test.verdict if each.test else "") for each in found.measures
    }


def test_shares_are_judged_with_their_intervals() -> None:
    found = contrast(overview(200, 10), overview(200, 40), took(), took())
    failed = found.measures[1]
    assert (failed.name, failed.left, failed.right) == ("Failed", 0.05, 0.2)
    assert failed.test is not None
    assert (failed.test.name, failed.test.verdict) == ("fisher", "sure")
    assert failed.left_interval is not None
    assert failed.left_interval[0] < 0.05 < failed.left_interval[1]
    assert failed.difference_interval is not None
    assert 0 < failed.difference_interval[0] < 0.15 < failed.difference_interval[1]


def test_durations_and_tokens_are_judged_run_by_run() -> None:
    slow = took(*range(1_000, 1_050))
    found = by_name(contrast(overview(50, 0), overview(50, 0), took(*range(50)), slow))
    assert found["Duration, median"] == (5_000, 5_000, "sure")
    assert found["Tokens of the median run"] == (2, 102, "sure")
    assert found["Cost of the median run"] == (None, None, "")
    same = by_name(contrast(overview(50, 0), overview(50, 0), slow, slow))
    assert same["Duration, median"][2] == "chance"


def test_few_runs_allow_no_verdict_and_none_no_number() -> None:
    found = by_name(contrast(overview(9, 0), overview(500, 400), took(1), took(2, 3)))
    assert found["Failed"][2] == "too few"
    assert found["Duration, median"][2] == "too few"
    empty = by_name(contrast(overview(0, 0), overview(5, 1), took(), took()))
    assert empty["Failed"] == (None, 0.2, "")
    assert empty["Model calls a run"] == (None, 2.0, "")


def test_a_cost_without_all_prices_is_a_lower_bound() -> None:
    found = contrast(overview(9, 0), overview(9, 0, unpriced=2), took(), took())
    cost = next(each for each in found.measures if each.name == "Cost in all")
    assert cost.is_partial == (False, True)


def test_tools_are_judged_by_their_failing_calls() -> None:
    def group(calls: int) -> Group:
        return Group("search", Figures(runs=20, failed=1, tool_calls=calls, latency=Latency(7)))

    failing = Step(Kind.TOOL, "search", calls=60, errors=30, runs=20, total_ns=0, latency=Latency())
    left, right = overview(40, 0, group(60)), overview(80, 0, group(60), failing=(failing,))
    (tool,) = contrast(left, right, took(), took()).groups
    assert (tool.dimension, tool.value, tool.runs) == ("tool", "search", (20, 20))
    assert tool.runs_share == (0.5, 0.25)
    assert tool.calls_a_run == (1.5, 0.75)
    assert tool.failed_share == (0.0, 0.5)
    assert tool.test is not None
    assert tool.test.verdict == "sure"


def test_a_value_of_one_side_alone_has_nothing_to_be_judged_by() -> None:
    group = Group("search", Figures(runs=20, tool_calls=20))
    (tool,) = contrast(overview(40, 0, group), overview(40, 0), took(), took()).groups
    assert (tool.runs, tool.calls_a_run, tool.failed_share) == ((20, 0), (0.5, 0.0), (0.0, None))
    assert tool.test is None
