"""Comparing what real clients sent: every trace is the same as itself, and no pair of steps is lost."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import pairwise

import pytest
from semconv.recorded import CLIENTS, recorded

from halo_dash.model.comparison import Comparison
from halo_dash.model.filter import ListQuery
from halo_dash.store import Store
from halo_dash.web.compare.address import CompareAddress
from halo_dash.web.compare.head import compare_head
from halo_dash.web.compare.pair import pair_view
from halo_dash.web.compare.reading import pair_document, read_pair
from halo_dash.web.compare.rows import step_window

NOW_NS = time.time_ns()
MIRRORED = {"left": "right", "right": "left"}


@pytest.fixture(scope="module")
def clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("clients") / "halo.db") as store:
        with store.writing() as tx:
            for client in CLIENTS:
                spans, logs = recorded(client)
                tx.write(spans, logs, source="import", received_ns=NOW_NS)
        yield store


def trace_ids(store: Store) -> list[str]:
    page = store.traces.page(ListQuery(limit=500, sort="start"), now_ns=NOW_NS, facets=False)
    return [row.summary.trace_id for row in page.items]


def spans_of(found: Comparison) -> tuple[list[str], list[str]]:
    lefts = [row.left.span_id for row in found.rows if row.left]
    return lefts, [row.right.span_id for row in found.rows if row.right]


def test_every_trace_is_the_same_as_itself(clients: Store) -> None:
    ids = trace_ids(clients)
    assert len(ids) > 100
    for trace_id in ids:
        found = read_pair(clients, trace_id, trace_id, NOW_NS).comparison
        assert (found.first, found.differences, found.shared) == (None, (), len(found.rows)), trace_id


def test_neighbours_compare_alike_from_both_sides(clients: Store) -> None:
    for a, b in pairwise(trace_ids(clients)):
        pair, turned = read_pair(clients, a, b, NOW_NS), read_pair(clients, b, a, NOW_NS)
        found, mirrored = pair.comparison, turned.comparison
        assert spans_of(found) == tuple(reversed(spans_of(mirrored))), (a, b)
        assert spans_of(found)[0] == [row.span_id for row in pair.a.tree.rows]
        assert sorted(MIRRORED.get(row.state, row.state) for row in found.rows) == sorted(
            row.state for row in mirrored.rows
        )
        assert (found.first is None) == (not found.differences)


def test_every_row_can_be_shown(clients: Store) -> None:
    for a, b in list(pairwise(trace_ids(clients)))[::9]:
        pair, address = read_pair(clients, a, b, NOW_NS), CompareAddress(a, b)
        assert compare_head(pair).facts
        assert step_window(pair, address).items
        assert len(pair_document(pair)["rows"]) == len(pair.comparison.rows)  # type: ignore[arg-type] # a list
        for number in range(1, len(pair.comparison.rows) + 1):
            view = pair_view(clients, pair, address, number)
            assert view is not None
            differing = [section.title for section in view.sections if section.state != "same"]
            if view.state == "same":
                assert differing == []
            if view.state == "changed":
                assert differing or any(fact.differs for fact in view.facts)
