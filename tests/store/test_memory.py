"""What the columns in memory answer is what SQL answers, whatever was written and removed in between."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FACETS, SORTS
from halo_dash.model.span import Attributes, Span
from halo_dash.model.spread import Spread
from halo_dash.model.trace import QUIET_NS
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.store import Store
from halo_dash.store.memory import trace_table, values
from halo_dash.store.memory.trace_table import TraceTable
from tests.store.conformance.runs import HOUR_NS, NOW, random_trace

FILTERS = (
    Filter(),
    Filter(status=("error", "recovered")),
    Filter(status=("running",), window="1d"),
    Filter(model=("gpt-4o", "nothing"), excluded=(("agent", "id0"),)),
    Filter(cost=Bounds(minimum=0.0001), service=("a", "b")),
    Filter(tokens=Bounds(maximum=3000), excluded=(("status", "ok"),)),
    Filter(duration=Bounds(10**9, 3 * 10**9), kind=("LLM",)),
    Filter(spans=Bounds(2, 4), from_ns=NOW - 20 * HOUR_NS, to_ns=NOW),
    Filter(pinned=("yes",)),
    Filter(trace=tuple(random_trace(seed)[0].trace_id for seed in range(0, 150, 3))),
    Filter(excluded=tuple(("trace", random_trace(seed)[0].trace_id) for seed in range(5))),
    Filter(status=("ok",), excluded=(("pinned", "yes"),)),
)
MEASURES = ("tokens", "cost", "duration", "spans", "llm_calls")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        opened.traces.load()
        yield opened


@pytest.fixture
def asking_sql(store: Store) -> Iterator[Store]:
    """Another process: it never asks for facets, so it never reads all traces."""
    with Store.open(store.path, mode="ro") as opened:
        yield opened


def write(store: Store, spans: list[Span], received_ns: int = NOW) -> None:
    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=received_ns)


def assert_same(store: Store, asking_sql: Store, query: ListQuery, now_ns: int) -> None:
    page = store.traces.page(query, now_ns, facets=False)
    expected = asking_sql.traces.page(query, now_ns, facets=False)
    assert page.items == expected.items
    assert page.next_cursor == expected.next_cursor
    cost = expected.totals.cost_usd
    assert page.totals.cost_usd == (None if cost is None else pytest.approx(cost, rel=1e-12))
    assert replace(page.totals, cost_usd=None) == replace(expected.totals, cost_usd=None)
    if page.next_cursor:
        assert_same(store, asking_sql, query.at(page.next_cursor), now_ns)
    for measure in MEASURES:
        found = store.traces.spread(query.filter, measure, now_ns)
        assert found == asking_sql.traces.spread(query.filter, measure, now_ns)
    for row in page.items[:2]:
        trace_id = row.summary.trace_id
        found_near = store.traces.neighbours(trace_id, query, now_ns)
        assert found_near == asking_sql.traces.neighbours(trace_id, query, now_ns)


def test_traces_that_arrive_in_pieces_go_quiet_and_are_removed(
    store: Store, asking_sql: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trace_table, "_LEAST_GONE", 5)
    monkeypatch.setattr(values, "_LEAST_DEAD", 50)
    monkeypatch.setattr(values, "_UNUSED_VALUES", 0)
    chance = random.Random(3)  # noqa: S311 - test data
    waiting = [span for seed in range(120) for span in random_trace(seed)]
    chance.shuffle(waiting)
    clock = NOW
    while waiting:
        clock += chance.randrange(QUIET_NS // 10)
        size = chance.randrange(1, 25)
        write(store, waiting[:size], clock)
        waiting = waiting[size:]
        if chance.random() < 0.2 and (rows := store.traces.page(ListQuery(limit=20), clock).items):
            with store.writing() as tx:
                tx.pin(chance.choice(rows).summary.trace_id, is_pinned=chance.random() < 0.7)
        if chance.random() < 0.1:
            before_ns = clock - chance.randrange(QUIET_NS)
            for _step in store.retention.prune(RetentionLimits(arrived_before_ns=before_ns)):
                pass
            for _step in store.retention.sweep(clock):
                pass
        query = ListQuery(chance.choice(FILTERS), chance.choice(SORTS), chance.randrange(1, 30))
        assert_same(store, asking_sql, query, clock)
        assert_counts_are_those_of_the_list(store, asking_sql, chance.choice(FILTERS), clock)
        assert store.traces.size() == asking_sql.traces.size()
    for step in range(12):
        assert_same(store, asking_sql, ListQuery(limit=100), clock + step * QUIET_NS // 10)


def assert_counts_are_those_of_the_list(
    store: Store, asking_sql: Store, selection: Filter, now_ns: int
) -> None:
    facets = store.traces.page(ListQuery(selection), now_ns).facets
    for each in FACETS:
        for value in facets[each.name][:2]:
            narrowed = ListQuery(replace(selection, **{each.attribute: (value.value,)}), limit=1)
            if each.name == "agent":
                continue  # the filter also finds agents by their ids
            assert asking_sql.traces.page(narrowed, now_ns, facets=False).totals.traces == value.count


def test_many_traces_that_differ_in_their_ids_alone(store: Store, asking_sql: Store) -> None:
    same = [Span(f"{number:032x}", "a" * 16, name="n", start_ns=NOW, end_ns=NOW + 1) for number in range(700)]
    write(store, same)
    for sort in ("start", "-start", "cost", "-tokens", "duration"):
        assert_same(store, asking_sql, ListQuery(sort=sort, limit=300), NOW)


def test_measures_that_nobody_has_are_spread_over_nothing(store: Store) -> None:
    write(store, [Span("1" * 32, "a" * 16, name="n", start_ns=NOW, end_ns=NOW + 1)])
    assert store.traces.spread(Filter(), "cost", NOW) == Spread()


def test_money_that_comes_and_goes_leaves_no_dust(store: Store) -> None:
    def paid(number: int, usd: float) -> Span:
        attributes: Attributes = {
            "openinference.span.kind": "LLM",
            "llm.cost.total": usd,
            "llm.token_count.prompt": 1,
        }
        return Span(
            f"{number:032x}", f"{number:016x}", name="call", start_ns=NOW, attributes=dict(attributes)
        )

    def cost() -> float | None:
        return store.traces.totals(Filter(), NOW).cost_usd

    write(store, [paid(1, 0.1), paid(2, 0.2), paid(3, 1e15)])
    store.traces.load()
    assert cost() == 1e15 + 0.3
    write(store, [replace(paid(3, 0.3), end_ns=NOW + 1)])  # the more complete version costs less
    assert cost() == math.fsum([0.1, 0.2, 0.3])
    write(store, [paid(6, 1e-7), paid(7, 3e-9)])
    assert cost() == math.fsum([0.1, 0.2, 0.3, 1e-7, 3e-9])
    write(store, [paid(4, 1.7e308), paid(5, 1.7e308)])
    assert cost() == math.inf


def test_a_reader_of_an_older_moment_is_given_the_present_one(store: Store) -> None:
    write(store, random_trace(1))
    table = TraceTable()
    with store._database.reading() as older, table.current(older):
        assert table["is_here"].sum() == 1
    with store._database.reading() as older:
        older.execute("SELECT revision FROM counters").fetchone()
        write(store, random_trace(2))
        with store._database.reading() as newer, table.current(newer):
            assert table["is_here"].sum() == 2
        with table.current(older):
            assert table["is_here"].sum() == 2
            assert older.execute("SELECT count(*) FROM traces").fetchone() == (2,)


def test_of_another_store_in_its_place_nothing_of_the_first_is_counted(tmp_path: Path) -> None:
    table = TraceTable()
    for name, count in (("first", 3), ("second", 5)):
        with Store.open(tmp_path / f"{name}.db") as store:
            for seed in range(count):
                write(store, random_trace(seed))
            # The second one is ahead in its count of changes: as if the first had gone on.
            with store._database.reading() as connection, table.current(connection) as current:
                assert len(current["row"]) == count
                assert int(current["is_here"].sum()) == count
