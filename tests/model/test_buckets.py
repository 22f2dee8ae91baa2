"""Buckets of a period: round local times, through changes of the clock, that hold exactly the period."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, tzinfo
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.buckets import MOST, bucket_edges
from halo_dash.model.filter_fields import PRESETS_NS

S = 1_000_000_000
HOUR = 3600 * S
DAY = 24 * HOUR
ZONES = ("UTC", "Europe/Berlin", "America/Sao_Paulo", "Australia/Lord_Howe", "Asia/Kathmandu", "Africa/Cairo")


def ns(text: str, zone: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()) * S


def walls(edges: tuple[int, ...], zone: str, form: str = "%d %H:%M") -> list[str]:
    return [datetime.fromtimestamp(edge // S, ZoneInfo(zone)).strftime(form) for edge in edges]


@pytest.mark.parametrize("name", [name for name, reach in PRESETS_NS.items() if reach])
def test_every_preset_has_a_chart_that_can_be_read(name: str) -> None:
    now = ns("2026-11-20 10:53:15", "Europe/Berlin")
    reach = PRESETS_NS[name]
    assert reach
    edges = bucket_edges(now - reach, now, ZoneInfo("Europe/Berlin"))
    assert 24 <= len(edges) - 1 <= MOST + 1
    assert {second - first for first, second in list(pairwise(edges))[1:-1]} <= {
        edges[2] - edges[1],
        edges[2] - edges[1] + HOUR,  # the night of 25 October
    }


def test_hours_follow_one_another_through_the_night_that_has_one_twice() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    start, end = ns("2026-10-24 00:00", "Europe/Berlin"), ns("2026-10-26 20:00", "Europe/Berlin")
    hours = bucket_edges(start, end, berlin)
    assert {second - first for first, second in pairwise(hours)} == {HOUR}
    assert walls(hours, "Europe/Berlin")[24:29] == [
        "25 00:00",
        "25 01:00",
        "25 02:00",
        "25 02:00",
        "25 03:00",
    ]


def test_the_hour_that_is_skipped_is_no_bucket() -> None:
    start, end = ns("2026-03-28 00:00", "Europe/Berlin"), ns("2026-03-30 23:00", "Europe/Berlin")
    hours = bucket_edges(start, end, ZoneInfo("Europe/Berlin"))
    assert walls(hours, "Europe/Berlin")[24:28] == ["29 00:00", "29 01:00", "29 03:00", "29 04:00"]


def test_two_hours_begin_at_even_hours_on_both_sides_of_a_change() -> None:
    start, end = ns("2026-10-22 00:00", "Europe/Berlin"), ns("2026-10-27 00:00", "Europe/Berlin")
    edges = bucket_edges(start, end, ZoneInfo("Europe/Berlin"))
    assert [datetime.fromtimestamp(e // S, ZoneInfo("Europe/Berlin")).hour % 2 for e in edges] == [0] * len(
        edges
    )
    assert sorted({(second - first) // HOUR for first, second in pairwise(edges)}) == [2, 3]


def test_days_are_days_of_23_24_and_25_hours() -> None:
    start, end = ns("2026-03-01 00:00", "Europe/Berlin"), ns("2026-05-01 00:00", "Europe/Berlin")
    days = bucket_edges(start, end, ZoneInfo("Europe/Berlin"))
    assert set(walls(days, "Europe/Berlin", "%H:%M")) == {"00:00"}
    assert sorted({(second - first) // HOUR for first, second in pairwise(days)}) == [23, 24]


def test_a_midnight_that_does_not_exist_is_the_moment_of_the_change() -> None:
    start, end = ns("2018-10-01 00:00", "America/Sao_Paulo"), ns("2018-12-01 00:00", "America/Sao_Paulo")
    edges = bucket_edges(start, end, ZoneInfo("America/Sao_Paulo"))
    assert "04 01:00" in walls(edges, "America/Sao_Paulo")
    assert {(second - first) // HOUR for first, second in pairwise(edges)} == {23, 24}


def test_a_change_of_half_an_hour_is_met_at_the_next_full_hour() -> None:
    start, end = ns("2026-10-02 00:00", "Australia/Lord_Howe"), ns("2026-10-05 00:00", "Australia/Lord_Howe")
    edges = bucket_edges(start, end, ZoneInfo("Australia/Lord_Howe"))
    assert set(walls(edges, "Australia/Lord_Howe", "%M")) == {"00"}


def test_weeks_begin_on_monday_and_months_on_their_first() -> None:
    weeks = bucket_edges(ns("2026-01-07 05:00", "UTC"), ns("2027-02-20 00:00", "UTC"), UTC)
    assert {datetime.fromtimestamp(edge // S, UTC).weekday() for edge in weeks[1:-1]} == {0}
    months = bucket_edges(ns("2016-01-07 05:00", "UTC"), ns("2022-08-20 00:00", "UTC"), UTC)
    assert {datetime.fromtimestamp(edge // S, UTC).strftime("%d %H:%M") for edge in months[1:-1]} == {
        "01 00:00"
    }


@given(
    start=st.integers(0, 4_000_000_000 * S),
    length=st.one_of(st.integers(1, HOUR), st.integers(1, 40 * DAY), st.integers(1, 150 * 365 * DAY)),
    zone=st.sampled_from(ZONES),
)
def test_buckets_hold_exactly_the_period_and_follow_each_other(start: int, length: int, zone: str) -> None:
    end = min(start + length, 2**63 - 1)
    edges = bucket_edges(start, end, ZoneInfo(zone))
    assert (edges[0], edges[-1]) == (start, end)
    assert all(first < second for first, second in pairwise(edges))
    assert len(edges) - 1 <= MOST + 2
    if end - start >= 24_000_000:
        assert len(edges) - 1 >= 23  # a month may be shorter than its mean


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[tzinfo]:
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield ZoneInfo("Europe/Berlin")
    monkeypatch.undo()
    time.tzset()


def test_without_a_zone_it_is_that_of_this_machine(berlin: tzinfo) -> None:
    for start in ("2026-03-20", "2026-10-20", "2026-06-01"):
        at = int(datetime.fromisoformat(start).replace(tzinfo=UTC).timestamp()) * S
        for days in (1, 3, 10, 30, 200, 2000):
            end = at + int(timedelta(days=days).total_seconds()) * S
            assert bucket_edges(at, end) == bucket_edges(at, end, berlin)


def test_an_empty_period_has_no_buckets() -> None:
    with pytest.raises(ValueError, match="must end after its start"):
        bucket_edges(5, 5)
