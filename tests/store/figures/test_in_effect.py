"""Runs that failed in effect are counted as the list shows them, wherever figures are told."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.store import Store
from tests.store.conformance import planted
from tests.store.conformance.runs import HOUR_NS, NOW, random_trace
from tests.store.figures import slowly

EVERYTHING = Filter()
EDGES = tuple(NOW - hours * HOUR_NS for hours in range(54, -3, -6))
TRACES = 24


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        for number in range(TRACES):
            with opened.writing() as tx:
                tx.write(random_trace(number), source="live", received_ns=NOW - 3 * HOUR_NS)
        yield opened


def ids(store: Store) -> list[str]:
    return sorted(each.row.summary.trace_id for each in slowly.read(store, EVERYTHING, NOW))


def test_nobody_says_so_before_traces_are_judged(store: Store) -> None:
    overview = store.figures.overview(EVERYTHING, NOW, EDGES)
    assert overview.total.effectively_failed is None
    assert all(bucket.effectively_failed is None for bucket in overview.buckets)
    assert all(row.figures.effectively_failed is None for row in store.figures.agents(EVERYTHING, NOW))


@pytest.mark.parametrize("chosen", [EVERYTHING, Filter(status=("ok",)), Filter(effective=("error",))])
def test_whole_traces_are_counted_as_the_list_shows_them(store: Store, chosen: Filter) -> None:
    planted.judge(store, ids(store))
    told = slowly.read(store, chosen, NOW)
    in_effect = sum(each.row.effective(NOW) == "error" for each in told)
    overview = store.figures.overview(chosen, NOW, EDGES)
    assert overview.total.effectively_failed == store.figures.total(chosen, NOW).effectively_failed
    assert overview.total.effectively_failed == in_effect
    assert overview.total.failed <= in_effect
    for bucket, (begin, end) in zip(overview.buckets, pairwise(EDGES), strict=True):
        inside = [each for each in told if begin <= each.row.summary.start_ns < end]
        assert bucket.effectively_failed == sum(each.row.effective(NOW) == "error" for each in inside)
    for name in ("model", "tool", "version", "environment"):
        for group in overview.groups[name]:
            mine = slowly.read(store, replace(chosen, **{name: (group.value,)}), NOW)
            expected = sum(each.row.effective(NOW) == "error" for each in mine)
            assert group.figures.effectively_failed == expected


def test_sessions_are_counted_as_the_list_shows_them(store: Store) -> None:
    planted.judge(store, ids(store))
    page = store.figures.groups("session", ListQuery(EVERYTHING, sort="-last", limit=100), NOW)
    assert page.items
    for row in page.items:
        told = slowly.read(store, Filter(session=(row.value,)), NOW)
        assert row.figures.effectively_failed == sum(each.row.effective(NOW) == "error" for each in told)
        assert store.figures.group("session", row.value, NOW) == row


def test_an_agent_failed_in_effect_where_it_failed_or_its_trace_did_in_silence(store: Store) -> None:
    before = {row.key: row.figures.failed for row in store.figures.agents(EVERYTHING, NOW)}
    planted.judge(store, ids(store))
    silent = {
        each.row.summary.trace_id
        for each in slowly.read(store, EVERYTHING, NOW)
        if each.row.status(NOW) == "ok" and each.row.effective(NOW) == "error"
    }
    assert silent
    for row in store.figures.agents(EVERYTHING, NOW):
        mine = [
            each
            for each in slowly.read(store, Filter(agent=(row.key,)), NOW)
            if row.key in slowly.agent_keys(each)
        ]
        in_silence = sum(each.row.summary.trace_id in silent for each in mine)
        count = row.figures.effectively_failed
        assert count is not None
        # An agent that failed in a trace that reports success is in both.
        assert max(before[row.key], in_silence) <= count <= before[row.key] + in_silence
        assert store.figures.agent(row.key, NOW) == row
        assert store.figures.overview(EVERYTHING, NOW, EDGES, row.key).total.effectively_failed == count
