"""The sums that are kept up to date are those that SQL finds by adding up everything."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.page import Totals
from halo_dash.model.span import Attributes, Span
from halo_dash.model.trace import QUIET_NS
from halo_dash.store import Store
from halo_dash.store.running_totals import RunningTotals
from tests.store.conformance.runs import NOW, random_trace

EVERYTHING = Filter()
ADDED_UP = Filter(spans=Bounds(minimum=0))
"""Selects every trace, too, but by a condition."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def write(store: Store, spans: list[Span], received_ns: int = NOW) -> None:
    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=received_ns)


def totals(store: Store, selection: Filter, now_ns: int) -> Totals:
    return store.traces.page(ListQuery(selection, limit=1), now_ns, facets=False).totals


def assert_same(store: Store, now_ns: int) -> None:
    kept, added = totals(store, EVERYTHING, now_ns), totals(store, ADDED_UP, now_ns)
    assert kept.cost_usd == (None if added.cost_usd is None else pytest.approx(added.cost_usd, rel=1e-12))
    assert replace(kept, cost_usd=None) == replace(added, cost_usd=None)


def test_sums_follow_traces_that_arrive_in_pieces_and_go_quiet(store: Store) -> None:
    chance = random.Random(3)  # noqa: S311 - test data
    assert_same(store, NOW)
    waiting = [span for seed in range(60) for span in random_trace(seed)]
    chance.shuffle(waiting)
    clock = NOW
    while waiting:
        clock += chance.randrange(QUIET_NS // 10)
        size = chance.randrange(1, 25)
        write(store, waiting[:size], clock)
        waiting = waiting[size:]
        assert_same(store, clock)
    for step in range(12):
        assert_same(store, clock + step * QUIET_NS // 10)


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

    write(store, [paid(1, 0.1), paid(2, 0.2), paid(3, 1e15)])
    assert totals(store, EVERYTHING, NOW).cost_usd == 1e15 + 0.3
    write(store, [replace(paid(3, 0.3), end_ns=NOW + 1)])  # the more complete version costs less
    assert totals(store, EVERYTHING, NOW).cost_usd == math.fsum([0.1, 0.2, 0.3])
    write(store, [paid(4, 1.7e308), paid(5, 1.7e308)])
    assert totals(store, EVERYTHING, NOW).cost_usd == math.inf


def test_a_reader_of_an_older_moment_gets_no_newer_sums(store: Store) -> None:
    write(store, random_trace(1))
    sums = RunningTotals()
    with store._database.reading() as older:
        before = sums.read(older, NOW)
        assert before is not None
        assert before.traces == 1
        write(store, random_trace(2))
        with store._database.reading() as newer:
            after = sums.read(newer, NOW)
            assert after is not None
            assert after.traces == 2
        assert sums.read(older, NOW) is None
