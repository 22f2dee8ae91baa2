"""Comparisons of the demo's traces, read by eye and kept: what pairs with what, and what differs."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.model.comparison import label
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces
from halo_dash.web.compare.reading import TracePair, read_pair

NOW_NS = 1_770_000_000_000_000_000
GOLDEN = Path(__file__).parents[1] / "fixtures" / "comparisons"
PAIRS = {
    "researcher-question-to-question": ("Researcher", "ok", "ok"),
    "researcher-fine-to-recovered": ("Researcher", "ok", "recovered"),
    "support-fine-to-failed": ("Support", "ok", "error"),
    "coder-task-to-task": ("Coder", "ok", "ok"),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("golden") / "halo.db") as store:
        with store.writing() as tx:
            for trace in demo_traces(NOW_NS):
                tx.write(trace.spans, (), source="demo", received_ns=NOW_NS)
        yield store


def chosen(store: Store, agent: str, status: str, at: int) -> str:
    """The newest, or the one before it, of an agent's runs that ended so."""
    query = ListQuery(Filter(agent=(agent,), status=(status,)), limit=2)
    return store.traces.page(query, now_ns=NOW_NS).items[at].summary.trace_id


def written(pair: TracePair) -> str:
    """One line a row: state, depth, kind and name, what differs; a mark where they part; loops."""
    found = pair.comparison
    lines = []
    for at, row in enumerate(found.rows):
        sides = {"same": "=", "changed": "*", "left": "A", "right": "B"}[row.state]
        name = f"{'  ' * row.either.depth}{row.either.reading.observation.kind.value} {label(row.either)}"
        part = "  << they part" if at == found.first else ""
        loop = "  (loop)" if any(first <= at <= last for first, last in found.folds) else ""
        lines.append(f"{sides} {name}  {', '.join(row.aspects)}".rstrip() + part + loop)
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("name", PAIRS)
def test_the_demo_compares_as_it_did_when_it_was_read(store: Store, name: str) -> None:
    """Set HALO_UPDATE_GOLDEN=1 to write what is found; then read the difference."""
    agent, left, right = PAIRS[name]
    a, b = chosen(store, agent, left, 1), chosen(store, agent, right, 0)
    found = written(read_pair(store, a, b, NOW_NS))
    path = GOLDEN / f"{name}.txt"
    if os.environ.get("HALO_UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(found, encoding="utf-8")
    assert found == path.read_text(encoding="utf-8")
