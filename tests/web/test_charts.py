"""Charts: what is drawn is what was counted, axes have round numbers, and the table says the same."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.buckets import bucket_edges
from halo_dash.model.filter_fields import PRESETS_NS
from halo_dash.web.charts import (
    COUNT,
    DURATION,
    SHARE,
    USD,
    Chart,
    Mark,
    Series,
    TimeAxis,
    chart_table,
    draw,
    spark,
)
from halo_dash.web.charts.chart import Pairs
from halo_dash.web.charts.time_axis import MOST, time_ticks
from halo_dash.web.charts.units import MOST_TICKS, Unit, ticks

from .conftest import Dashboard

S = 1_000_000_000
NOW = 1_795_171_995 * S


def address(start: int, end: int, more: Pairs) -> str:
    return f"/traces?from={start}&to={end}" + "".join(f"&{name}={value}" for name, value in more)


def axis(count: int, marks: tuple[Mark, ...] = (), now: int = 0) -> TimeAxis:
    return TimeAxis(tuple(range(0, (count + 1) * 60 * S, 60 * S)), now, address, marks)


def bars(*series: Series) -> Chart:
    return Chart("runs", "Runs", "bars", COUNT, series)


def boxes(path: str) -> list[tuple[int, int, int]]:
    """(x, y, height) of each bar of a path."""
    found = re.findall(r"M(\d+) (\d+)h\d+v(\d+)H\d+z", path)
    assert "".join(f"M{x} {y}h8v{height}H{x}z" for x, y, height in found) == path
    return [(int(x), int(y), int(height)) for x, y, height in found]


@pytest.mark.parametrize(
    ("unit", "most", "words"),
    [
        (COUNT, 1, ["0", "1"]),
        (COUNT, 7, ["0", "2", "4", "6", "8"]),
        (COUNT, 1234, ["0", "500", "1k", "1.5k"]),
        (DURATION, 400, ["0", "500 µs", "1 ms"]),
        (DURATION, 12.9 * S, ["0", "5 s", "10 s", "15 s"]),
        (DURATION, 100 * S, ["0", "30 s", "1m", "1m 30s", "2m"]),
        (DURATION, 4000 * S, ["0", "30m", "1h", "1h 30m"]),
        (DURATION, 500_000 * S, ["0", "48h", "96h", "144h"]),
        (USD, 0.31, ["$0", "$0.1", "$0.2", "$0.3", "$0.4"]),
        (USD, 0.00003, ["$0", "$0.00001", "$0.00002", "$0.00003"]),
        (USD, 1204.5, ["$0", "$500", "$1k", "$1.5k"]),
        (SHARE, 0.07, ["0%", "2%", "4%", "6%", "8%"]),
        (SHARE, 1, ["0%", "50%", "100%"]),
    ],
)
def test_axes_have_round_numbers_that_people_read(unit: Unit, most: float, words: list[str]) -> None:
    assert [unit.short(value) if value else words[0] for value in ticks(unit, [most])] == words


@given(st.sampled_from([COUNT, DURATION, USD, SHARE]), st.floats(0, 1e17))
def test_an_axis_reaches_over_every_value_and_not_far(unit: Unit, most: float) -> None:
    lines = ticks(unit, [most, 0])
    assert lines[0] == 0
    assert 2 <= len(lines) <= MOST_TICKS + 1
    assert lines[-1] >= max(most, unit.least) * (1 - 1e-8)
    assert lines[-2] < max(most, unit.least)
    steps = [second - first for first, second in pairwise(lines)]
    assert all(math.isclose(step, steps[0]) for step in steps)


@pytest.mark.parametrize(
    ("unit", "value", "text"),
    [
        (COUNT, 12345, "12,345"),
        (USD, 0.3124, "$0.3124"),
        (USD, 0.31, "$0.31"),
        (USD, 12, "$12.00"),
        (USD, 0.0000312, "$0.0000312"),
        (SHARE, 1 / 3, "33.33%"),
        (SHARE, 1, "100%"),
        (DURATION, 86e6, "86 ms"),
    ],
)
def test_the_table_and_the_tooltip_are_exact(unit: Unit, value: float, text: str) -> None:
    assert unit.exact(value) == text


counts = st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 10_000)), min_size=1, max_size=40)


@given(counts)
def test_stacked_bars_stand_on_each_other_and_are_as_high_as_their_numbers(
    values: list[tuple[int, int]],
) -> None:
    low, high = ([pair[at] for pair in values] for at in (0, 1))
    chart = bars(Series("failed", "failed", tuple(low)), Series("ok", "ok", tuple(high)))
    drawn = draw([chart], axis(len(values))).charts[0]
    top = ticks(COUNT, [one + other for one, other in values])[-1]
    found = [{x // 10: (y, height) for x, y, height in boxes(shape.path)} for shape in drawn.shapes]
    for at, pair in enumerate(values):
        floor = 1000
        for boxes_of, value in zip(found, pair, strict=True):
            assert (at in boxes_of) == (value > 0)
            if value:
                y, height = boxes_of[at]
                assert y + height == floor
                assert abs(height - 1000 * value / top) <= 13  # rounded, and never too low to be seen
                floor = y
        assert floor >= 0


def test_what_is_unknown_is_a_gap_in_a_line_and_what_stands_alone_is_seen() -> None:
    series = Series("p50", "p50", (None, 1 * S, 2 * S, None, None, 4 * S, None, 0))
    drawn = draw([Chart("d", "D", "lines", DURATION, (series,))], axis(8)).charts[0]
    assert drawn.shapes[0].path == "M15 750L25 500M51 0h8M71 1000h8"


def test_without_a_number_there_is_no_scale() -> None:
    empty = Chart("cost", "Cost", "bars", USD, (Series("cost", "cost", (None, None)),))
    drawn = draw([empty], axis(2)).charts[0]
    assert [tick.label for tick in drawn.y_ticks] == ["0"]
    assert (drawn.shapes[0].path, drawn.links) == ("", ())


def test_a_bar_leads_to_its_traces_and_its_failed_part_to_the_failed_ones() -> None:
    failed = Series("failed", "failed", (0, 1), narrows=(("status", "error"),))
    chart = replace(bars(failed, Series("ok", "ok", (0, 3))), has_links=True)
    drawn = draw([chart], axis(2)).charts[0]
    start, end = 60 * S, 120 * S
    assert [(link.x, link.y, link.height, link.href) for link in drawn.links] == [
        (10, 0, 1000, f"/traces?from={start}&to={end}"),
        (10, 750, 250, f"/traces?from={start}&to={end}&status=error"),
    ]


def test_a_bucket_that_the_period_cuts_looks_different() -> None:
    edges = (30 * S, 60 * S, 120 * S, 180 * S, 240 * S)
    series = Series("ok", "ok", (1, 1, 1, 1))
    for now, cut in ((0, {0}), (200 * S, {0, 30}), (300 * S, {0})):
        shape = draw([bars(series)], TimeAxis(edges, now, address)).charts[0].shapes[0]
        assert {x - 1 for x, *_ in boxes(shape.cut_path)} == cut
        assert {x - 1 for x, *_ in boxes(shape.path)} == {0, 10, 20, 30} - cut


def test_a_mark_stands_at_its_time_and_its_name_where_there_is_room() -> None:
    marks = (
        Mark(30 * S, "1.0"),
        Mark(45 * S, "1.0.1"),
        Mark(9 * 60 * S + 30 * S, "2.0"),
        Mark(10**15, "later"),
    )
    drawn = draw([bars(Series("ok", "ok", (1,) * 10))], axis(10, marks))
    assert [(mark.x, mark.label, mark.is_named, mark.anchor) for mark in drawn.marks] == [
        (5, "1.0", True, "start"),
        (7.5, "1.0.1", False, "start"),
        (95, "2.0", True, "end"),
    ]
    assert [row.marks for row in drawn.rows][-1] == "1.0, 1.0.1"


def test_the_table_has_every_number_the_latest_first() -> None:
    failed = Series("failed", "failed", (0, 2), narrows=(("status", "error"),))
    time = Series("p50", "p50", (None, 1.5e9))
    charts = [bars(failed), Chart("duration", "Duration", "lines", DURATION, (time,))]
    rows = draw(charts, axis(2)).rows
    assert [[cell.text for cell in row.cells] for row in rows] == [["2", "1.50 s"], ["0", "—"]]
    assert rows[0].cells[0].href.endswith("&status=error")
    assert (rows[1].href, rows[1].cells[0].href) == ("", "")
    assert list(chart_table(charts, axis(2))) == [
        ("from", "to", "runs", "duration_ms"),
        ("1970-01-01T00:00:00.000000Z", "1970-01-01T00:01:00.000000Z", 0, None),
        ("1970-01-01T00:01:00.000000Z", "1970-01-01T00:02:00.000000Z", 2, 1500),
    ]


def test_a_series_has_a_number_for_each_bucket() -> None:
    with pytest.raises(ValueError, match="ok: 1 values for 2 buckets"):
        draw([bars(Series("ok", "ok", (1,)))], axis(2))


def test_words_below_a_chart_are_round_local_times_that_fit() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    for reach in PRESETS_NS.values():
        if reach:
            edges = bucket_edges(NOW - reach, NOW, berlin)
            found = time_ticks(edges, berlin)
            assert 3 <= len(found) <= MOST
            assert all(tick.at_ns in edges and 0 < tick.x < 100 for tick in found)
    day = time_ticks(bucket_edges(NOW - 86_400 * S, NOW, berlin), berlin)
    assert [(tick.label, tick.form) for tick in day] == [
        ("19 Nov 12:00", "day minute"),
        ("18:00", "minute"),
        ("20 Nov", "minute"),
        ("06:00", "minute"),
    ]
    months = time_ticks(bucket_edges(NOW - 700 * 86_400 * S, NOW, berlin), berlin)
    assert [tick.label for tick in months] == ["2025", "Jul", "2026", "Jul"]


@given(st.integers(0, 4_000_000_000 * S), st.integers(1, 250 * 365 * 86_400 * S))
def test_any_period_has_few_words(start: int, length: int) -> None:
    berlin = ZoneInfo("Europe/Berlin")
    edges = bucket_edges(start, min(start + length, 2**63 - 1), berlin)
    assert len(time_ticks(edges, berlin)) <= MOST


def test_a_small_drawing_says_in_words_what_it_shows() -> None:
    drawn = spark((0, 4, 2), (0, 1, 0))
    assert drawn.said == "6 runs, 1 failed; at most 4 in one of 3 bars"
    assert (drawn.runs, drawn.failed) == ("M4 0h3v20h-3zM8 10h3v10h-3z", "M4 15h3v5h-3z")
    assert spark((), ()).width > 0
    many = spark((1,) * 72, (0,) * 72)
    assert many.said == "72 runs, 0 failed; at most 2 in one of 36 bars"
    assert many.runs.count("z") == 36


def test_the_parts_page_shows_charts(shared: Dashboard) -> None:
    page = shared.ask("/patterns").text
    assert page.count('<figure class="chart"') == 3
    assert " style=" not in page
