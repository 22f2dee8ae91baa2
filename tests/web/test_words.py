"""How values are written on a page."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.model.observation import Kind
from halo_dash.web import words

MS, S = 1_000_000, 1_000_000_000


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


@pytest.mark.parametrize(
    ("ns", "text"),
    [
        (None, "\N{EM DASH}"),
        (0, "0 ms"),
        (400_000, "400 µs"),
        (1, "1 ns"),
        (9_940_000, "9.9 ms"),
        (9_960_000, "10 ms"),
        (86 * MS, "86 ms"),
        (999 * MS, "999 ms"),
        (999_600_000, "1.00 s"),
        (4_350 * MS, "4.35 s"),
        (12_900 * MS, "12.9 s"),
        (59_960 * MS, "1m 00s"),
        (125 * S, "2m 05s"),
        (3_600 * S, "1h 00m"),
        (100 * 3_600 * S, "100h 00m"),
        (-86 * MS, "-86 ms"),
    ],
)
def test_duration(ns: int | None, text: str) -> None:
    assert words.duration(ns) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EM DASH}"),
        (0, "$0"),
        (0.31, "$0.31"),
        (1204.5, "$1,204.50"),
        (0.00003, "$0.00003"),
        (0.0012, "$0.0012"),
        (0.0999, "$0.100"),
        (1e-12, "<$0.00001"),
        (0.0000099, "<$0.00001"),
    ],
)
def test_usd(value: float | None, text: str) -> None:
    assert words.usd(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "\N{EM DASH}"),
        (0, "0"),
        (80, "80"),
        (999, "999"),
        (1000, "1k"),
        (1234, "1.2k"),
        (99_940, "99.9k"),
        (279_400, "279k"),
        (999_600, "1M"),
        (4_100_000, "4.1M"),
        (7_000_000_000, "7G"),
    ],
)
def test_short_count(value: int | None, text: str) -> None:
    assert words.short_count(value) == text


def test_size() -> None:
    shown = [words.size(n) for n in (None, 0, 812, 32 * 1024, 5 << 20, 3 << 40)]
    assert shown == ["\N{EM DASH}", "0 B", "812 B", "32 KB", "5.0 MB", "3.0 TB"]


def test_times_are_short_near_now_and_whole_in_the_title() -> None:
    now = 1_795_000_000 * S
    assert words.clock(now, now) == "11:06:40"
    assert words.clock(now - 86_400 * S, now) == "17 Nov 11:06"
    assert words.clock(now - 400 * 86_400 * S, now) == "2025-10-14"
    assert words.when(now - 180 * S + 5 * MS, now) == "2026-11-18 11:03:40.005 +00:00, 3 min ago"
    assert words.ago(now + 120 * S, now) == "in 2 min"


@given(st.integers(-(2**64), 2**64), st.integers(0, 2**63))
def test_no_time_breaks_a_page(ns: int, now: int) -> None:
    for write in (words.clock, words.when, words.ago):
        assert write(ns, now)
    assert words.iso(ns)
    assert words.duration(ns)


def test_each_kind_has_a_letter_of_its_own() -> None:
    assert len({words.letter(kind) for kind in Kind}) == len(Kind)
    assert [words.letter(kind) for kind in ("AGENT", "LLM", "TOOL", "CHAIN", "RETRIEVER")] == list("ALTCR")
