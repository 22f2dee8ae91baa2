"""Charts as paths and positions: percent and whole numbers of a drawing, no style, no colour."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from halo_dash.web.charts.chart import Chart, Mark, Series, TimeAxis
from halo_dash.web.charts.table import Row, table_rows
from halo_dash.web.charts.time_axis import TimeTick, time_ticks
from halo_dash.web.charts.units import ticks

HEIGHT = 1000
"""Of a drawing, in its own units."""
STEP = 10
"""Width of a bucket, in the drawing's own units."""
_GAP = 2
"""Between two bars."""
_LEAST = 12
"""What is not nothing is at least so high that it can be seen."""
_LABEL_ROOM = 14.0
"""Percent of the width that the name of a mark needs."""


@dataclass(frozen=True, slots=True)
class Shape:
    """One series, drawn."""

    key: str
    label: str
    total: str
    path: str
    """Of whole buckets."""
    cut_path: str
    """Of buckets that the period cuts, or that are not over yet."""


@dataclass(frozen=True, slots=True)
class YTick:
    """A line of the axis: percent from the top, and its word."""

    y: float
    label: str


@dataclass(frozen=True, slots=True)
class Link:
    """The place of a bucket, or of a part of its bar, that leads to its traces."""

    x: int
    y: int
    height: int
    href: str


@dataclass(frozen=True, slots=True)
class DrawnMark:
    """Something that happened, at its place."""

    x: float
    label: str
    is_named: bool
    """There is room for its name."""
    anchor: str


@dataclass(frozen=True, slots=True)
class DrawnChart:
    """One chart, ready for its template."""

    key: str
    title: str
    form: str
    note: str
    shapes: tuple[Shape, ...]
    y_ticks: tuple[YTick, ...]
    links: tuple[Link, ...]
    """Whole columns first, so that the parts of bars that lead elsewhere lie above them."""


@dataclass(frozen=True, slots=True)
class ChartSet:
    """Charts over the same buckets, with one table behind them."""

    charts: tuple[DrawnChart, ...]
    x_ticks: tuple[TimeTick, ...]
    marks: tuple[DrawnMark, ...]
    width: int
    """Of a drawing, in its own units."""
    edges: str
    """Ends of the buckets in nanoseconds, for the script."""
    rows: tuple[Row, ...]
    """The latest first, as everywhere."""
    heads: tuple[Chart, ...]


def draw(charts: Sequence[Chart], axis: TimeAxis) -> ChartSet:
    """Everything the template of a set needs. Raises ValueError where a series has not one value a bucket."""
    for series in (series for chart in charts for series in chart.series):
        if len(series.values) != axis.count:
            raise ValueError(f"{series.label}: {len(series.values)} values for {axis.count} buckets")
    return ChartSet(
        charts=tuple(_drawn(chart, axis) for chart in charts),
        x_ticks=time_ticks(axis.edges_ns),
        marks=_marks(axis),
        width=axis.count * STEP,
        edges=" ".join(map(str, axis.edges_ns)),
        rows=tuple(reversed(table_rows(charts, axis))),
        heads=tuple(charts),
    )


def _drawn(chart: Chart, axis: TimeAxis) -> DrawnChart:
    values = _stacked(chart.series) if chart.form == "bars" else _known(chart.series)
    lines = ticks(chart.unit, [min(value, chart.ceiling) for value in values])
    top = lines[-1]
    # Without a single number there is nothing that an axis could measure.
    lines = lines if (any(values) if chart.form == "bars" else values) else (0.0,)
    cut = _cut(axis)
    parts: dict[tuple[str, int], tuple[int, int]] = {}
    if chart.form == "bars":
        shapes, parts = _bars(chart.series, top, cut)
    else:
        shapes = tuple(_line(series, top) for series in chart.series)
    return DrawnChart(
        key=chart.key,
        title=chart.title,
        form=chart.form,
        note=chart.note,
        shapes=shapes,
        y_ticks=tuple(
            YTick(round(100 - 100 * line / top, 2), chart.unit.short(line) if line else "0") for line in lines
        ),
        links=_links(chart, axis, parts),
    )


def _known(all_series: Sequence[Series]) -> list[float]:
    return [value for series in all_series for value in series.values if value is not None]


def _stacked(all_series: Sequence[Series]) -> list[float]:
    columns = zip(*(series.values for series in all_series), strict=True)
    return [sum(value or 0 for value in column) for column in columns]


def _cut(axis: TimeAxis) -> frozenset[int]:
    """The first and last bucket where they are shorter than those between, and one that is not over."""
    lengths = [end - start for start, end in pairwise(axis.edges_ns)]
    if len(lengths) < 3:
        return frozenset()
    # Days of a change of the clock are shorter as well: only what lacks more than that is called cut.
    whole = sorted(lengths[1:-1])[(len(lengths) - 2) // 2]
    found = {at for at in (0, len(lengths) - 1) if lengths[at] < whole * 0.95}
    if axis.edges_ns[-2] <= axis.now_ns < axis.edges_ns[-1]:
        found.add(len(lengths) - 1)
    return frozenset(found)


def _bars(
    all_series: Sequence[Series], top: float, cut: frozenset[int]
) -> tuple[tuple[Shape, ...], dict[tuple[str, int], tuple[int, int]]]:
    """The shapes, and (series, bucket) -> (y, height) of each part of a bar."""
    parts: dict[tuple[str, int], tuple[int, int]] = {}
    floors = [HEIGHT] * len(all_series[0].values)
    for series in all_series:
        for at, value in enumerate(series.values):
            if not value:
                continue
            height = min(max(round(HEIGHT * value / top), _LEAST), floors[at])
            floors[at] -= height
            parts[series.key, at] = (floors[at], height)
    return tuple(_bar_shape(series, parts, cut) for series in all_series), parts


def _bar_shape(series: Series, parts: dict[tuple[str, int], tuple[int, int]], cut: frozenset[int]) -> Shape:
    paths = {False: "", True: ""}
    for at in range(len(series.values)):
        if part := parts.get((series.key, at)):
            y, height = part
            paths[at in cut] += (
                f"M{at * STEP + _GAP // 2} {y}h{STEP - _GAP}v{height}H{at * STEP + _GAP // 2}z"
            )
    return Shape(series.key, series.label, series.total, paths[False], paths[True])


def _line(series: Series, top: float) -> Shape:
    """A line through the middles of the buckets; a gap where there is no value, a dash for one alone."""
    path = ""
    values = (None, *series.values, None)
    for at, (before, value, after) in enumerate(zip(values, values[1:], values[2:], strict=False)):
        if value is not None:
            x, y = at * STEP + STEP // 2, round(HEIGHT - HEIGHT * min(value / top, 1))
            is_alone = before is None and after is None
            path += f"M{x - 4} {y}h8" if is_alone else f"M{x} {y}" if before is None else f"L{x} {y}"
    return Shape(series.key, series.label, series.total, path, "")


def _links(chart: Chart, axis: TimeAxis, parts: dict[tuple[str, int], tuple[int, int]]) -> tuple[Link, ...]:
    if not chart.has_links:
        return ()
    spans = list(pairwise(axis.edges_ns))
    found = [
        Link(at * STEP, 0, HEIGHT, axis.address(start, end, ()))
        for at, (start, end) in enumerate(spans)
        if any(series.values[at] for series in chart.series)
    ]
    for series in chart.series:
        if series.narrows:
            found += (
                Link(at * STEP, *parts[series.key, at], axis.address(*spans[at], series.narrows))
                for at in range(axis.count)
                if (series.key, at) in parts
            )
    return tuple(found)


def _marks(axis: TimeAxis) -> tuple[DrawnMark, ...]:
    out: list[DrawnMark] = []
    room_from = 0.0
    for mark in axis.marks:
        if axis.edges_ns[0] <= mark.at_ns < axis.edges_ns[-1]:
            x = _place(mark, axis)
            is_named = x >= room_from
            room_from = x + _LABEL_ROOM if is_named else room_from
            # Near the right edge the name stands before its line.
            out.append(DrawnMark(x, mark.label, is_named, "end" if x > 100 - _LABEL_ROOM else "start"))
    return tuple(out)


def _place(mark: Mark, axis: TimeAxis) -> float:
    """Percent of the width: buckets are equally wide, however long they are."""
    at = bisect_right(axis.edges_ns, mark.at_ns) - 1
    start, end = axis.edges_ns[at : at + 2]
    return round(100 * (at + (mark.at_ns - start) / (end - start)) / axis.count, 2)
