"""Two selections of runs against each other: each measure on both sides, and whether it is chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.model.chance import Verdict, fisher, newcombe, rank_test, verdict, wilson
from halo_dash.model.figures import DIMENSIONS, Dimension, Figures, Overview, Samples
from halo_dash.model.observation import Kind

Unit: TypeAlias = Literal["count", "number", "share", "duration", "usd"]
"""`duration` is nanoseconds, `share` is from 0 to 1, `number` may have a fraction."""

Interval: TypeAlias = tuple[float, float]
_MOST_FAILING = 20
"""An overview names so many failing tools; of others nothing is known where there are as many."""


@dataclass(frozen=True, slots=True)
class Test:
    """How likely chance alone is to make a difference as large."""

    name: Literal["fisher", "ranks"]
    chance: float
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Contrast:
    """One measure on both sides; None where it is not known."""

    name: str
    unit: Unit
    left: float | None
    right: float | None
    left_interval: Interval | None = None
    """95 %, of shares."""
    right_interval: Interval | None = None
    difference_interval: Interval | None = None
    """95 %, of the right share less the left one."""
    test: Test | None = None
    is_partial: tuple[bool, bool] = (False, False)
    """The side is a lower bound: some price is not known."""


@dataclass(frozen=True, slots=True)
class GroupContrast:
    """One model, tool, version or environment on both sides."""

    dimension: Dimension
    value: str
    runs: tuple[int, int]
    runs_share: tuple[float, float]
    calls_a_run: tuple[float | None, float | None]
    """Of all runs of the side; None where calls are not counted by this dimension."""
    p50_ns: tuple[int | None, int | None]
    """Of its calls for models and tools, of its runs otherwise."""
    failed_share: tuple[float | None, float | None]
    """Of its calls for tools, of its runs otherwise."""
    test: Test | None


@dataclass(frozen=True, slots=True)
class SelectionContrast:
    """All of it."""

    measures: tuple[Contrast, ...]
    groups: tuple[GroupContrast, ...]


def contrast(left: Overview, right: Overview, left_took: Samples, right_took: Samples) -> SelectionContrast:
    """Put two selections side by side."""
    a, b = left.total, right.total
    durations = _ranks(left_took.durations_ns, right_took.durations_ns)
    measures = (
        Contrast("Runs", "count", a.runs, b.runs),
        _share("Failed", a.failed, b.failed, a.runs, b.runs),
        _share("Recovered", a.recovered, b.recovered, a.runs, b.runs),
        Contrast("Duration, median", "duration", a.latency.p50_ns, b.latency.p50_ns, test=durations),
        Contrast("Duration, 95 of 100", "duration", a.latency.p95_ns, b.latency.p95_ns),
        Contrast("Duration, 99 of 100", "duration", a.latency.p99_ns, b.latency.p99_ns),
        _middle("Tokens of the median run", "count", left_took.tokens, right_took.tokens),
        Contrast("Tokens in all", "count", a.usage.total, b.usage.total),
        _middle("Cost of the median run", "usd", left_took.costs_usd, right_took.costs_usd),
        Contrast(
            "Cost in all",
            "usd",
            a.cost_usd,
            b.cost_usd,
            is_partial=(a.cost_is_partial, b.cost_is_partial),
        ),
        Contrast("Model calls a run", "number", _ratio(a.llm_calls, a.runs), _ratio(b.llm_calls, b.runs)),
        Contrast("Tool calls a run", "number", _ratio(a.tool_calls, a.runs), _ratio(b.tool_calls, b.runs)),
    )
    return SelectionContrast(measures, tuple(_groups(left, right)))


def _share(name: str, left: int, right: int, left_runs: int, right_runs: int) -> Contrast:
    a, b = (left, left_runs), (right, right_runs)
    both = bool(left_runs and right_runs)
    return Contrast(
        name,
        "share",
        _ratio(*a),
        _ratio(*b),
        left_interval=wilson(*a) if left_runs else None,
        right_interval=wilson(*b) if right_runs else None,
        difference_interval=newcombe(a, b) if both else None,
        test=_shares(a, b),
    )


def _middle(name: str, unit: Unit, left: Sequence[float], right: Sequence[float]) -> Contrast:
    return Contrast(name, unit, _median(left), _median(right), test=_ranks(left, right))


def _median(values: Sequence[float]) -> float | None:
    """By nearest rank, as the percentiles of figures are."""
    return sorted(values)[(len(values) + 1) // 2 - 1] if values else None


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _shares(left: tuple[int, int], right: tuple[int, int]) -> Test | None:
    if not left[1] or not right[1]:
        return None
    chance = fisher(left, right)
    return Test("fisher", chance, verdict(chance, left[1], right[1]))


def _ranks(left: Sequence[float], right: Sequence[float]) -> Test | None:
    if not left or not right:
        return None
    chance = rank_test(left, right)
    return Test("ranks", chance, verdict(chance, len(left), len(right)))


def _groups(left: Overview, right: Overview) -> list[GroupContrast]:
    found = []
    for dimension in DIMENSIONS:
        mine = {group.value: group.figures for group in left.groups.get(dimension, ())}
        others = {group.value: group.figures for group in right.groups.get(dimension, ())}
        values = sorted(
            mine.keys() | others.keys(),
            key=lambda value: (-_runs(mine.get(value)) - _runs(others.get(value)), value),
        )
        found += [
            _group(dimension, value, (mine.get(value), others.get(value)), (left, right)) for value in values
        ]
    return found


def _runs(figures: Figures | None) -> int:
    return figures.runs if figures else 0


def _group(
    dimension: Dimension,
    value: str,
    figures: tuple[Figures | None, Figures | None],
    overviews: tuple[Overview, Overview],
) -> GroupContrast:
    bad = [_bad(dimension, value, *side) for side in zip(figures, overviews, strict=True)]
    totals = [overview.total.runs for overview in overviews]
    calls = [_calls(dimension, each) for each in figures]
    return GroupContrast(
        dimension=dimension,
        value=value,
        runs=(_runs(figures[0]), _runs(figures[1])),
        runs_share=(_ratio(_runs(figures[0]), totals[0]) or 0.0, _ratio(_runs(figures[1]), totals[1]) or 0.0),
        calls_a_run=(_a_run(calls[0], totals[0]), _a_run(calls[1], totals[1])),
        p50_ns=(_p50(figures[0]), _p50(figures[1])),
        failed_share=(_ratio(*bad[0]) if bad[0] else None, _ratio(*bad[1]) if bad[1] else None),
        test=_shares(bad[0], bad[1]) if bad[0] and bad[1] else None,
    )


def _a_run(calls: int | None, runs: int) -> float | None:
    return None if calls is None else _ratio(calls, runs)


def _p50(figures: Figures | None) -> int | None:
    return figures.latency.p50_ns if figures else None


def _calls(dimension: Dimension, figures: Figures | None) -> int | None:
    if dimension == "tool":
        return figures.tool_calls if figures else 0
    if dimension == "model":
        return figures.llm_calls if figures else 0
    return None


def _bad(
    dimension: Dimension, value: str, figures: Figures | None, overview: Overview
) -> tuple[int, int] | None:
    """(failed, of how many); None where that is not known."""
    if figures is None:
        return None
    if dimension != "tool":
        return figures.failed, figures.runs
    step = next(
        (step for step in overview.failing_tools if step.kind == Kind.TOOL and step.label == value), None
    )
    if step is not None:
        return step.errors, step.calls
    return None if len(overview.failing_tools) >= _MOST_FAILING else (0, figures.tool_calls)
