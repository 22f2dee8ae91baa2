"""A selection that is too large: what is drawn keeps every kind of run, and is counted as the list counts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from halo_dash.errors import UsageError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.store import Store
from tests.store.conformance.planted import CLUSTERS, fill_and_judge
from tests.store.conformance.runs import NOW, random_trace

TRACES = 240


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    with Store.open(tmp_path_factory.mktemp("sampling") / "halo.db") as opened:
        fill_and_judge(opened, TRACES)
        yield opened


@pytest.mark.parametrize("chosen", [Filter(), Filter(model=("gpt-4o",)), Filter(tool=("nothing",))], ids=str)
def test_all_of_it_where_the_limit_leaves_room(store: Store, chosen: Filter) -> None:
    totals = store.traces.totals(chosen, NOW)
    for limit in (None, totals.spans, totals.spans + 1):
        drawn = store.sampling.draw(chosen, NOW, most_spans=limit)
        assert (drawn.traces, drawn.spans) == (drawn.read_traces, drawn.read_spans)
        assert (drawn.traces, drawn.spans) == (totals.traces, totals.spans)
        assert drawn.trace_ids is not None
        assert set(drawn.trace_ids) == {
            trace_id for seed in range(TRACES) if (trace_id := found(store, chosen, seed))
        }


def found(store: Store, chosen: Filter, seed: int) -> str | None:
    trace_id = random_trace(seed)[0].trace_id
    one = Filter(model=chosen.model, tool=chosen.tool, trace=(trace_id,))
    return trace_id if store.traces.totals(one, NOW).traces else None


@pytest.mark.parametrize("limit", [60, 150, 400])
def test_every_kind_stays_in(store: Store, limit: int) -> None:
    drawn = store.sampling.draw(Filter(), NOW, most_spans=limit, seed=7)
    assert drawn.trace_ids is not None
    assert drawn.read_spans <= limit
    assert (drawn.missed_kinds, drawn.traces) == (0, TRACES)
    read = Filter(trace=drawn.trace_ids)
    totals = store.traces.totals(read, NOW)
    assert (totals.traces, totals.spans) == (drawn.read_traces, drawn.read_spans)
    assert {each.identity.name for each in store.clusters.page(read, NOW).items} == set(CLUSTERS)
    for field, values in (("status", ("ok", "error", "recovered")), ("agent", ("id0", "id1"))):
        for value in values:
            one = Filter(trace=drawn.trace_ids, **{field: (value,)})  # type: ignore[arg-type]
            assert store.traces.totals(one, NOW).traces, value


def test_the_same_seed_draws_the_same(store: Store) -> None:
    first, again, other = (
        store.sampling.draw(Filter(), NOW, most_spans=200, seed=seed).trace_ids for seed in (1, 1, 2)
    )
    assert first == again != other
    assert first is not None
    starts = {row.summary.trace_id: row.summary.start_ns for row in rows(store)}
    assert [starts[each] for each in first] == sorted(starts[each] for each in first)


def rows(store: Store) -> list:
    return list(store.traces.page(ListQuery(limit=TRACES), NOW).items)


def test_a_trace_larger_than_the_limit_is_read_alone(store: Store) -> None:
    drawn = store.sampling.draw(Filter(spans=Filter.parse([("spans", "4..")]).spans), NOW, most_spans=1)
    assert (drawn.read_traces, drawn.read_spans) == (1, 4)


def test_a_filter_that_cannot_be_asked_is_refused(store: Store) -> None:
    with pytest.raises(UsageError):
        store.sampling.draw(Filter(attributes=(("k" * 3000, "v"),)), NOW, most_spans=10)
