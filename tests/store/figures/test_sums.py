"""The arithmetic below figures: exact, and the same in whatever order rows lie."""

from __future__ import annotations

import math
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.store.figures import layout, packing
from halo_dash.store.figures.distinct import distinct
from halo_dash.store.figures.grouped import Grouped
from halo_dash.store.figures.sums import (
    Counts,
    Dollars,
    Money,
    add,
    add_between,
    add_said,
    covered,
    rank,
    spread,
)

SIZE = 4
groups = st.integers(0, SIZE - 1)
known_dollars = st.one_of(
    st.floats(0, 1e-3), st.floats(0, 50), st.sampled_from([0.1, 0.2, 0.3, 1e15, 1.7e308])
)


def by_group(rows: list[tuple[int, float]]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = defaultdict(list)
    for group, value in rows:
        found[group].append(value)
    return found


def money(rows: list[tuple[int, float]]) -> Money:
    places = np.array([group for group, _value in rows], "i8")
    return Money(places, Dollars(np.array([value for _group, value in rows])), SIZE)


@given(st.lists(st.tuples(groups, known_dollars | st.just(math.nan)), max_size=30), st.randoms())
def test_dollars_add_up_exactly_in_any_order(rows: list[tuple[int, float]], chance) -> None:
    found, shuffled = money(rows), money(chance.sample(rows, len(rows)))
    values = found.values
    assert list(shuffled.values) == list(values)
    for group in range(SIZE):
        mine = [value for value in by_group(rows)[group] if not math.isnan(value)]
        assert shuffled.of(group) == found.of(group)
        if not mine:
            assert (found.of(group), values[group]) == (None, -1)
            continue
        exact = sum(map(Fraction, mine))
        try:
            expected = float(exact)
        except OverflowError:
            expected = math.inf
        assert found.of(group) == pytest.approx(expected, rel=1e-15, abs=1e-20)
        assert values[group] == pytest.approx(expected, rel=1e-15, abs=1e-20)
    known = [value for _group, value in rows if not math.isnan(value)]
    assert (found.of_all(list(range(SIZE))) is None) == (not known)


@given(st.lists(st.tuples(groups, st.integers(1, 12), st.integers(0, 6)), max_size=20))
def test_time_is_covered_once(rows: list[tuple[int, int, int]]) -> None:
    ticks: dict[int, set[int]] = defaultdict(set)
    for group, start, length in rows:
        ticks[group].update(range(start, start + length))
    columns = np.array(rows, "i8").reshape(-1, 3).T
    assert covered(*columns, SIZE).tolist() == [len(ticks[group]) for group in range(SIZE)]


@given(st.lists(st.tuples(groups, st.integers(-1, 9) | st.sampled_from([2**40, 2**61])), max_size=20))
def test_whole_numbers_add_up_however_large(rows: list[tuple[int, int]]) -> None:
    rows.sort()
    places = np.array([group for group, _value in rows], "i8")
    values = np.array([value for _group, value in rows], "i8")
    bounds = np.searchsorted(places, np.arange(SIZE + 1))
    known = {group: [value for value in mine if value >= 0] for group, mine in by_group(rows).items()}
    expected = [sum(known[group]) if known.get(group) else -1 for group in range(SIZE)]
    assert list(add_said(places, values, SIZE)) == expected
    sizes = np.bincount(places, minlength=SIZE)
    assert list(Counts(values).by(places, SIZE, sizes)) == expected
    from_0 = np.maximum(values, 0)
    sums = [sum(known.get(group, ())) for group in range(SIZE)]
    assert list(add(places, from_0, SIZE)) == sums
    assert list(add_between(from_0, bounds)) == sums


@given(st.lists(st.tuples(groups, st.integers(0, 2**62)), max_size=40))
def test_percentiles_are_the_least_that_so_many_are_not_above(rows: list[tuple[int, int]]) -> None:
    rows.sort(key=lambda row: row[1])
    places = np.array([group for group, _value in rows], "i8")
    found = spread(places, np.array([value for _group, value in rows], "i8"), SIZE)
    for group in range(SIZE):
        mine = sorted(by_group(rows)[group])
        assert list(found.of(group)) == mine
        assert (found.counts[group], found.totals[group]) == (len(mine), sum(mine))
        for percent in (50, 95, 99) if mine else ():
            expected = next(value for at, value in enumerate(mine, 1) if at * 100 >= percent * len(mine))
            assert rank(found.of(group), percent) == expected


@given(
    st.lists(
        st.tuples(
            st.lists(st.tuples(groups, st.integers(-1, 20)), max_size=40), st.booleans(), st.booleans()
        ),
        max_size=6,
    )
)
def test_rows_lie_by_group_and_order_whatever_is_added_and_let_go(steps) -> None:
    table = Grouped({"value": "i8", "number": "i8"}, "value")
    rows: list[tuple[int, int, int]] = []
    for added, is_asked, is_cut in steps:
        numbers = np.arange(len(added)) + 1_000 * len(rows)
        values = np.array([value for _group, value in added], "i8")
        table.add(np.array([group for group, _value in added], "i8"), {"value": values, "number": numbers})
        rows += [(group, value, int(number)) for (group, value), number in zip(added, numbers, strict=True)]
        if is_cut:
            table.keep(table["value"] % 2 == 0)
            rows = [row for row in rows if row[1] % 2 == 0]
        if is_asked:
            bounds = table.bounds(SIZE)
            lying = np.repeat(np.arange(SIZE), np.diff(bounds))
            found = list(zip(lying.tolist(), table["value"].tolist(), table["number"].tolist(), strict=True))
            assert sorted(found) == sorted(rows)
            assert [row[:2] for row in found] == sorted(row[:2] for row in rows)


@given(st.lists(st.integers(0, 30) | st.just(10**7), max_size=30))
def test_distinct_values(values: list[int]) -> None:
    found, places = distinct(np.array(values, "u4"))
    assert list(found) == sorted(set(values))
    assert [found[place] for place in places] == values


def test_both_layouts_of_a_record_are_the_same() -> None:
    pairs = (
        (packing.PART_RECORD, layout.PART),
        (packing.CALL_RECORD, layout.CALL),
        (packing.STEP_RECORD, layout.STEP),
    )
    for record, kind in pairs:
        numbers = [*range(1, len(kind.names or ()) + 1)]
        read = np.frombuffer(record.pack(*numbers), kind)
        assert read.tolist() == [tuple(numbers)]
