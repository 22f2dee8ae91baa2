"""A frozen selection reads exactly what it says, and is put together with any other filter."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.analysis.overlap import overlap
from halo_dash.analysis.selection import Selection
from halo_dash.errors import UsageError
from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.store import Store
from halo_dash.store.sampling import Sampling
from tests.analysis.reading.conftest import NOW_NS, freeze


def ids(store: Store, chosen: Filter) -> set[str]:
    return {row.summary.trace_id for row in store.traces.rows(chosen, NOW_NS)}


def some(*choices: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.sets(st.sampled_from(choices), min_size=1, max_size=2).map(tuple)


filters = st.builds(
    Filter,
    q=st.sampled_from([None, None, None, "order", "refund"]),
    window=st.sampled_from([None, None, "1d", "7d"]),
    from_ns=st.none(),
    status=some("ok", "error", "recovered"),
    effective=some("ok", "error"),
    model=some("gpt-4o", "gpt-4o-mini", "nothing"),
    tool=some("search_orders", "web_search", "get_order"),
    source=some("demo", "live"),
    spans=st.sampled_from([Bounds(), Bounds(3, 20), Bounds(None, 8)]),
    excluded=st.sampled_from([(), (("status", "error"),), (("tool", "web_search"),)]),
)


@settings(max_examples=60, deadline=None)
@given(one=filters, other=filters)
def test_two_filters_together_select_what_both_select(demo: Store, one: Filter, other: Filter) -> None:
    selection = freeze(demo, one)
    expected = ids(demo, one) & ids(demo, other)
    assert ids(demo, selection.within(other)) == expected
    narrowed = selection.narrowed(other)
    assert ids(demo, narrowed.filter) == expected
    assert (narrowed.size.traces, narrowed.size.read_traces) == (len(expected), len(expected))


@settings(max_examples=60, deadline=None)
@given(one=filters, other=filters)
def test_where_one_filter_can_say_it_it_says_it(demo: Store, one: Filter, other: Filter) -> None:
    one, other = (each.without("range") for each in (one, other))
    both = overlap(one, other)
    if both is not None:
        assert ids(demo, both) == ids(demo, one) & ids(demo, other)


def test_it_reads_by_name_and_knows_what_it_contains(demo: Store) -> None:
    failed = ids(demo, Filter(effective=("error",)))
    selection = freeze(demo, Filter(effective=("error",)))
    assert set(selection.filter.trace) == failed
    assert not selection.note
    assert not selection.size.is_sampled
    everything = ids(demo, Filter())
    assert {each for each in everything if selection.contains(each)} == failed
    chosen = tuple(sorted(failed))[:3]
    picked = freeze(demo, Filter(effective=("error",)), (*chosen, "f" * 32))
    assert set(picked.filter.trace) == set(chosen)
    assert set(selection.narrowed(Filter(), chosen[:2]).filter.trace) == set(chosen[:2])
    outside = next(iter(everything - failed))
    assert selection.narrowed(Filter(), (outside,)).size.read_traces == 0


def test_a_selection_of_nothing_reads_nothing(demo: Store) -> None:
    selection = freeze(demo, Filter(model=("nobody has it",)))
    assert selection.size.read_traces == selection.size.traces == 0
    assert ids(demo, selection.within(Filter())) == set()


def test_a_sample_says_so_and_is_the_same_again(demo: Store) -> None:
    first, again = (freeze(demo, span_limit=300) for _ in range(2))
    assert first == again
    assert first.size.is_sampled
    assert first.size.read_spans <= 300 < first.size.spans
    assert f"{first.size.read_traces:,} of {first.size.traces:,} selected traces" in first.note
    assert ids(demo, first.filter) < ids(demo, first.chosen) == ids(demo, Filter())
    clusters = demo.clusters.page(first.chosen, NOW_NS).items
    read = demo.clusters.page(first.filter, NOW_NS).items
    assert {each.identity.name for each in read} == {each.identity.name for each in clusters}


@pytest.mark.parametrize("limit", [None, 300])
def test_it_goes_on_after_a_restart(demo: Store, limit: int | None) -> None:
    selection = freeze(demo, Filter(window="7d", spans=Bounds(2, None)), span_limit=limit)
    dumped = json.loads(json.dumps(selection.dump()))
    assert Selection.load(demo, dumped) == selection


def test_a_large_selection_is_read_by_its_filter(demo: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo_dash.store.sampling.NAMED", 10)
    selection = freeze(demo, Filter(tool=("web_search",)))
    assert not selection.filter.trace
    assert selection.filter.to_ns == NOW_NS + 1
    expected = ids(demo, Filter(tool=("web_search",)))
    assert {each for each in ids(demo, Filter()) if selection.contains(each)} == expected
    other = Filter(tool=("fetch_page",))
    assert ids(demo, selection.within(other)) == expected & ids(demo, other)
    assert isinstance(demo.sampling, Sampling)


def test_runs_of_the_engine_are_left_out_unless_they_are_asked_for(tmp_path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        for number, source in enumerate(("import", "engine")):
            span = Span(f"{number + 1:032x}", "a" * 16, name="run", start_ns=1, end_ns=2)
            with store.writing() as tx:
                tx.write([span], source=source, received_ns=NOW_NS)
        assert freeze(store).filter.trace == (f"{1:032x}",)
        assert freeze(store, Filter(source=("engine",))).filter.trace == (f"{2:032x}",)


def test_a_limit_below_one_is_refused(demo: Store) -> None:
    with pytest.raises(UsageError, match="at least 1"):
        freeze(demo, span_limit=0)


def test_the_period_is_fixed_at_the_moment_of_freezing(demo: Store) -> None:
    selection = freeze(demo, Filter(window="1d"))
    assert (selection.chosen.window, selection.chosen.from_ns) == (None, NOW_NS - 86_400 * 10**9)
    rows = demo.traces.page(ListQuery(Filter(window="1d")), NOW_NS).totals
    assert selection.size.traces == rows.traces
