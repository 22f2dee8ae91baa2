"""The tables of an overview: by model, tool, version and environment; slowest, failing and most expensive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import quote

from halo_dash.model.figures import DIMENSIONS, DearCall, Dimension, Group, Overview, Step
from halo_dash.model.filter import Filter
from halo_dash.model.filter_fields import FIELD
from halo_dash.model.observation import Kind
from halo_dash.web import words
from halo_dash.web.agents.place import Lists, span_address
from halo_dash.web.agents.sums import cost_text, cost_title, failed_title, share
from halo_dash.web.compare.sides import selections_url
from halo_dash.web.raw_path import with_query

Listed: TypeAlias = Callable[[Filter], int]
"""How many traces the list has for a filter."""

SHOWN = 6
"""Rows of a table; a link leads to all."""

_STEP_FIELDS = {Kind.LLM: "model", Kind.EMBEDDING: "model", Kind.TOOL: "tool"}
_TITLES: Mapping[Dimension, str] = {
    "model": "Models",
    "tool": "Tools",
    "version": "Versions",
    "environment": "Environments",
}


@dataclass(frozen=True, slots=True)
class GroupLine:
    """One value of a dimension."""

    value: str
    href: str
    """Empty where no list has just its runs: in some of their traces only another agent has this value."""
    runs: int
    part: float
    """Percent of all runs."""
    error_rate: str
    failed_href: str
    """Its failed runs; empty where there are none, or where no list has just these."""
    error_title: str
    p95_ns: int | None
    tokens: int | None
    cost: str
    cost_title: str


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One dimension."""

    name: Dimension
    title: str
    of_calls: bool
    """Durations are those of calls, not of runs."""
    lines: tuple[GroupLine, ...]
    more: int
    """How many values are not shown."""
    href: str
    """All of them."""
    compare: str
    """The last two versions side by side."""


@dataclass(frozen=True, slots=True)
class StepLine:
    """One model, tool or part of a chain."""

    kind: str
    label: str
    href: str
    calls: int
    errors: int
    error_rate: str
    total_ns: int
    p50_ns: int | None
    p95_ns: int | None
    slowest: str
    """The call that took longest."""


@dataclass(frozen=True, slots=True)
class CallLine:
    """One expensive call."""

    href: str
    question: str
    model: str
    tokens: int | None
    tokens_title: str
    cost: str
    start_ns: int


def group_tables(overview: Overview, lists: Lists, listed: Listed) -> tuple[GroupTable, ...]:
    """A table for each dimension that has values."""
    return tuple(
        _group_table(name, overview, lists, listed) for name in DIMENSIONS if overview.groups.get(name)
    )


def step_lines(steps: tuple[Step, ...], lists: Lists) -> tuple[StepLine, ...]:
    """Rows for steps, as many as are shown."""
    return tuple(_step_line(step, lists) for step in steps[:SHOWN])


def call_lines(calls: tuple[DearCall, ...]) -> tuple[CallLine, ...]:
    """Rows for expensive calls, as many as are shown."""
    return tuple(_call_line(call) for call in calls[:SHOWN])


def _group_table(name: Dimension, overview: Overview, lists: Lists, listed: Listed) -> GroupTable:
    groups = overview.groups[name]
    most = max(1, overview.total.runs)
    pairs = [pair for pair in lists.filter.pairs() if pair[0] != name]
    return GroupTable(
        name=name,
        title=_TITLES[name],
        of_calls=name in {"model", "tool"},
        lines=tuple(_group_line(name, group, most, lists, listed) for group in groups[:SHOWN]),
        more=max(0, len(groups) - SHOWN),
        href=with_query(f"/facets/{quote(name)}", pairs) if name in FIELD else "",
        compare=_last_two(overview, pairs) if name == "version" and name in FIELD else "",
    )


def _last_two(overview: Overview, pairs: list[tuple[str, str]]) -> str:
    """The version that appeared last, beside the one before it."""
    if len(overview.versions) < 2:
        return ""
    last = [Filter.parse([*pairs, ("version", mark.version)]) for mark in overview.versions[-2:]]
    return selections_url(*last)


def _group_line(name: Dimension, group: Group, most: int, lists: Lists, listed: Listed) -> GroupLine:
    figures = group.figures
    # All of its runs are in the list, so as many are the same.
    is_listed = name in FIELD and listed(lists.narrowed((name, group.value))) == figures.runs
    return GroupLine(
        value=group.value,
        href=lists.all((name, group.value)) if is_listed else "",
        runs=figures.runs,
        part=round(100 * figures.runs / most, 1),
        error_rate=share(figures.error_rate or 0),
        failed_href=lists.all((name, group.value), ("status", "error"))
        if is_listed and figures.failed and not figures.apart
        else "",
        error_title=failed_title(figures),
        p95_ns=figures.latency.p95_ns,
        tokens=figures.usage.total,
        cost=cost_text(figures.cost_usd, is_partial=figures.cost_is_partial),
        cost_title=cost_title(figures),
    )


def _step_line(step: Step, lists: Lists) -> StepLine:
    field = _STEP_FIELDS.get(step.kind, "name")
    return StepLine(
        kind=step.kind.value,
        label=step.label or "(no name)",
        href=lists.all((field, step.label)) if step.label else lists.all(("kind", step.kind.value)),
        calls=step.calls,
        errors=step.errors,
        error_rate=share(step.errors / step.calls) if step.calls else words.NONE,
        total_ns=step.total_ns,
        p50_ns=step.latency.p50_ns,
        p95_ns=step.latency.p95_ns,
        slowest=span_address(step.slowest) if step.slowest else "",
    )


def _call_line(call: DearCall) -> CallLine:
    named = (("in", call.usage.input), ("out", call.usage.output))
    return CallLine(
        href=span_address(call.ref),
        question=call.question or "",
        model=call.model or "",
        tokens=call.usage.total,
        tokens_title=", ".join(f"{value:,} {name}" for name, value in named if value is not None),
        cost=words.usd(call.cost_usd),
        start_ns=call.start_ns,
    )
