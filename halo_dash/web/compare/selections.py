"""Two lists against each other, as a page shows them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from halo_dash.model.chance import Verdict
from halo_dash.model.contrast import Contrast, GroupContrast, SelectionContrast, Test, Unit
from halo_dash.model.figures import DIMENSIONS, Dimension
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FIELD
from halo_dash.web import words
from halo_dash.web.compare.figures import apart, written_count, written_duration
from halo_dash.web.compare.sides import selections_url
from halo_dash.web.selection import address, chips
from halo_dash.web.states import ERROR_INSIDE

_TITLES: dict[Dimension, str] = {
    "model": "Models",
    "tool": "Tools",
    "version": "Versions",
    "environment": "Environments",
}
_VERDICTS: dict[Verdict, str] = {
    "too few": "too few to tell",
    "chance": "may be chance",
    "likely": "likely more than chance",
    "sure": "more than chance",
}
_NAMES = {"Recovered": ERROR_INSIDE.capitalize()}
"""Measures that pages call otherwise than JSON does."""
_TESTS = {"fisher": "Fisher's exact test", "ranks": "Mann-Whitney rank test"}
_MOST_VALUES = 12
"""Rows of one table by model, tool and so on."""


@dataclass(frozen=True, slots=True)
class SideView:
    """One of the two selections."""

    href: str
    """Its list."""
    chips: tuple[str, ...]
    """Its filters in words; empty for all traces."""


@dataclass(frozen=True, slots=True)
class MeasureView:
    """One measure."""

    name: str
    left: str
    right: str
    left_note: str
    """The interval of a share."""
    right_note: str
    difference: str
    difference_note: str
    verdict: str
    """Empty where nothing is tested."""
    tone: str
    """`sure` where the difference is more than chance."""
    title: str
    """The test and its probability."""


@dataclass(frozen=True, slots=True)
class GroupView:
    """One value of a dimension."""

    value: str
    runs: tuple[str, str]
    calls: tuple[str, str]
    p50: tuple[str, str]
    failed: tuple[str, str]
    verdict: str
    tone: str
    title: str
    hrefs: tuple[str, str]
    """The runs of each side that have it; empty where no filter selects them."""


@dataclass(frozen=True, slots=True)
class GroupTable:
    """One dimension."""

    title: str
    of_calls: bool
    failed_is_of_calls: bool
    """Shares that failed are those of calls, as only tools have them; else those of runs."""
    rows: tuple[GroupView, ...]
    more: int


@dataclass(frozen=True, slots=True)
class SelectionsView:
    """Both sides, and everything that is compared."""

    left: SideView
    right: SideView
    swapped: str
    json: str
    measures: tuple[MeasureView, ...]
    tables: tuple[GroupTable, ...]
    is_same: bool
    """Both are one selection."""


def selections_view(found: SelectionContrast, left: Filter, right: Filter) -> SelectionsView:
    """Write it out."""
    return SelectionsView(
        left=_side(left),
        right=_side(right),
        swapped=selections_url(right, left),
        json=selections_url(left, right, suffix=".json"),
        measures=tuple(_measure(each) for each in found.measures),
        tables=tuple(_tables(found, left, right)),
        is_same=left == right,
    )


def _side(chosen: Filter) -> SideView:
    query = ListQuery(chosen)
    return SideView(address(query), tuple(chip.label for chip in chips(query)))


def _number(value: float) -> str:
    return f"{value:,.1f}"


def _share(value: float) -> str:
    return f"{value * 100:.1f}\N{NO-BREAK SPACE}%"


_WRITE: dict[Unit, Callable[[float], str]] = {
    "count": written_count,
    "number": _number,
    "share": _share,
    "duration": written_duration,
    "usd": words.usd,
}


def _measure(each: Contrast) -> MeasureView:
    write = _WRITE[each.unit]
    prefixes = ["\N{GREATER-THAN OR EQUAL TO}" if partial else "" for partial in each.is_partial]
    sides = [
        words.NONE if value is None else prefix + write(value)
        for value, prefix in zip((each.left, each.right), prefixes, strict=True)
    ]
    difference = note = ""
    if each.left is not None and each.right is not None and not any(each.is_partial):
        if each.unit == "share":
            difference = _points(each.right - each.left)
            low, high = each.difference_interval or (0.0, 0.0)
            note = f"{_signed(low)} to {_signed(high)}"
        else:
            difference = apart(each.left, each.right, write)
    return MeasureView(
        _NAMES.get(each.name, each.name),
        sides[0],
        sides[1],
        _interval(each.left_interval),
        _interval(each.right_interval),
        difference,
        note,
        *_said(each.test),
    )


def _interval(found: tuple[float, float] | None) -> str:
    return f"{_share(found[0])} to {_share(found[1])}" if found else ""


def _points(value: float) -> str:
    return f"{_signed(value)} points" if round(value, 3) else "="


def _signed(value: float) -> str:
    return f"{value * 100:+.1f}".replace("-", "\N{MINUS SIGN}")


def _said(test: Test | None) -> tuple[str, str, str]:
    """(verdict, tone, title)."""
    if test is None:
        return "", "", ""
    chance = "p < 0.001" if test.chance < 0.001 else f"p = {test.chance:.3f}"
    return _VERDICTS[test.verdict], test.verdict.replace(" ", "-"), f"{_TESTS[test.name]}, {chance}"


def _tables(found: SelectionContrast, left: Filter, right: Filter) -> list[GroupTable]:
    tables = []
    for dimension in DIMENSIONS:
        rows = [each for each in found.groups if each.dimension == dimension]
        if rows:
            shown = tuple(_group(each, left, right) for each in rows[:_MOST_VALUES])
            of_calls = dimension in {"model", "tool"}
            more = max(0, len(rows) - _MOST_VALUES)
            tables.append(GroupTable(_TITLES[dimension], of_calls, dimension == "tool", shown, more))
    return tables


def _group(each: GroupContrast, left: Filter, right: Filter) -> GroupView:
    return GroupView(
        each.value,
        (_runs(each, 0), _runs(each, 1)),
        (_written(each.calls_a_run[0], _number), _written(each.calls_a_run[1], _number)),
        (words.duration(each.p50_ns[0]), words.duration(each.p50_ns[1])),
        (_written(each.failed_share[0], _share), _written(each.failed_share[1], _share)),
        *_said(each.test),
        hrefs=(_href(each, left, 0), _href(each, right, 1)),
    )


def _runs(each: GroupContrast, side: int) -> str:
    return f"{each.runs[side]:,} ({each.runs_share[side] * 100:.0f}\N{NO-BREAK SPACE}%)"


def _written(value: float | None, write: Callable[[float], str]) -> str:
    return words.NONE if value is None else write(value)


def _href(each: GroupContrast, chosen: Filter, side: int) -> str:
    if not each.runs[side] or each.dimension not in FIELD:
        return ""
    kept = [pair for pair in chosen.pairs() if pair[0] != each.dimension]
    return address(ListQuery(Filter.parse([*kept, (each.dimension, each.value)])))
