"""The numbers behind charts, as a table: for who hears a page, for who works without a mouse, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from halo_dash.model.twin import iso_time
from halo_dash.web import words
from halo_dash.web.charts.chart import Chart, TimeAxis


@dataclass(frozen=True, slots=True)
class Cell:
    """One value, and the list that shows what it counts, where there is one."""

    text: str
    href: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One bucket."""

    start_ns: int
    now_ns: int
    href: str
    """Its traces; empty where it has none."""
    marks: str
    """What happened in it."""
    cells: tuple[Cell, ...]
    """One for each series of each chart, in their order."""


def table_rows(charts: Sequence[Chart], axis: TimeAxis) -> tuple[Row, ...]:
    """A row for each bucket, the first first."""
    rows = []
    for at, (start, end) in enumerate(pairwise(axis.edges_ns)):
        named = (mark.label for mark in axis.marks if start <= mark.at_ns < end)
        is_empty = not any(series.values[at] for chart in charts for series in chart.series)
        rows.append(
            Row(
                start,
                axis.now_ns,
                "" if is_empty else axis.address(start, end, ()),
                ", ".join(named),
                tuple(_cells(charts, axis, at)),
            )
        )
    return tuple(rows)


def _cells(charts: Sequence[Chart], axis: TimeAxis, at: int) -> Iterator[Cell]:
    start, end = axis.edges_ns[at], axis.edges_ns[at + 1]
    for chart in charts:
        for series in chart.series:
            value = series.values[at]
            if value is None:
                yield Cell(words.NONE)
            else:
                narrows = series.narrows if value else None
                yield Cell(chart.unit.exact(value), axis.address(start, end, narrows) if narrows else "")


def chart_table(charts: Sequence[Chart], axis: TimeAxis) -> Iterator[Sequence[object]]:
    """The same for CSV: a head, then a row for each bucket with plain numbers; durations in milliseconds."""
    columns = [(chart, series) for chart in charts for series in chart.series]
    names = (
        chart.key if len(chart.series) == 1 else f"{chart.key}_{series.key}" for chart, series in columns
    )
    yield ("from", "to", *(name + chart.unit.suffix for name, (chart, _) in zip(names, columns, strict=True)))
    for at, (start, end) in enumerate(pairwise(axis.edges_ns)):
        values = (
            None if (value := series.values[at]) is None else chart.unit.plain(value)
            for chart, series in columns
        )
        yield (iso_time(start), iso_time(end), *values)
