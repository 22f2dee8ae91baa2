"""The trace list equals what a slow and obvious program would list: rows, order, pages, totals and counts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from planted import CLUSTERS, judge
from runs import HOUR_NS, NOW, ordered, random_trace, selects, summed, values

from halo_dash.errors import NotFoundError, UsageError
from halo_dash.model.annotation import AnnotationChange, Target
from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FACETS, SORTS, SOURCES, STATUSES
from halo_dash.model.observation import NO_USAGE
from halo_dash.model.page import Totals
from halo_dash.model.trace import QUIET_NS, TraceRow
from halo_dash.store import Store

TRACES = 150


class Filled(NamedTuple):
    store: Store
    rows: list[TraceRow]

    def __repr__(self) -> str:
        return "filled"  # the rows are too many to print


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Filled]:
    with Store.open(Path(tmp_path_factory.mktemp("list")) / "halo.db") as store:
        with store.writing() as tx:
            for seed in range(TRACES):
                spans = random_trace(seed)
                received_ns = NOW - (seed % 3) * QUIET_NS // 2
                tx.write(spans, source=SOURCES[seed % 4], received_ns=received_ns)
            for seed in range(0, TRACES, 7):
                target = Target(
                    random_trace(seed)[0].trace_id, random_trace(seed)[0].span_id if seed % 2 else ""
                )
                verdict, tag = ("bad", "good", "none")[seed % 3], f"tag{seed % 4}"
                tx.annotate(target, AnnotationChange.read(verdict=verdict, tags=[tag]), NOW)
            for seed in range(0, TRACES, 11):
                tx.pin(random_trace(seed)[0].trace_id, is_pinned=True)
            tx.annotate(Target(session_id="s2"), AnnotationChange.read(verdict="good", tags=["tag1"]), NOW)
        # Some of them, so that there are also traces that were not judged yet.
        judge(store, [random_trace(seed)[0].trace_id for seed in range(0, TRACES, 3)])
        rows = [store.traces.get(random_trace(seed)[0].trace_id) for seed in range(TRACES)]
        yield Filled(store, [row for row in rows if row])


def bounds(numbers: st.SearchStrategy[int | float]) -> st.SearchStrategy[Bounds]:
    pairs = st.tuples(st.none() | numbers, st.none() | numbers)
    return pairs.map(lambda pair: Bounds(*pair) if None in pair else Bounds(*sorted(pair)))  # type: ignore[type-var]


def some(*choices: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.just(()) | st.lists(st.sampled_from(choices), unique=True, min_size=1, max_size=2).map(tuple)


SOME_TRACES = tuple(random_trace(seed)[0].trace_id for seed in range(12))

filters = st.builds(
    Filter,
    window=st.sampled_from([None, None, "6h", "1d", "3d"]),
    status=some(*STATUSES),
    effective=some("ok", "error"),
    rule=some("planted", "other", "nothing"),
    cluster=some(*CLUSTERS, "nothing"),
    kind=some("AGENT", "LLM", "TOOL", "RERANKER"),
    name=some("agent 1", "tool 2", "nothing"),
    model=some("gpt-4o", "llama-9-unknown", "nothing"),
    provider=some("openai", "nothing"),
    service=some("a", "b"),
    environment=some("prod", "dev"),
    agent=some("agent1", "agent2", "id0", "nothing"),
    session=some("s1", "s2", "nothing"),
    user=some("u1", "nothing"),
    tool=some("search", "日本語"),
    source=some(*SOURCES),
    pinned=some("yes", "no"),
    trace=some(*SOME_TRACES, "nothing"),
    verdict=some("good", "bad"),
    tag=some("tag0", "tag1", "nothing"),
    tokens=bounds(st.integers(0, 9000)),
    cost=bounds(st.floats(0, 0.05)),
    duration=bounds(st.integers(0, 5_000_000_000)),
    spans=bounds(st.integers(0, 7)),
    llm_calls=bounds(st.integers(0, 4)),
    excluded=st.lists(
        st.tuples(st.just("status"), st.sampled_from(STATUSES))
        | st.sampled_from(
            [("model", "gpt-4o"), ("agent", "id0"), ("tool", "日本語"), ("user", "nothing"), ("pinned", "no")]
        )
        | st.sampled_from([("verdict", "bad"), ("tag", "tag1")])
        | st.sampled_from([("effective", "error"), ("rule", "planted"), ("cluster", CLUSTERS[0])])
        | st.sampled_from([("trace", SOME_TRACES[0])]),
        unique=True,
        max_size=2,
    ).map(tuple),
)
few = st.builds(
    lambda chosen, names: replace(Filter(), **{name: getattr(chosen, name) for name in names}),
    filters,
    st.sets(st.sampled_from([*Filter.__dataclass_fields__]), max_size=3),
)


@settings(max_examples=80, deadline=None)
@given(selection=few, sort=st.sampled_from(SORTS), limit=st.integers(5, 100))
def test_pages_totals_and_facets(filled: Filled, selection: Filter, sort: str, limit: int) -> None:
    store, rows = filled
    chosen = [row for row in rows if selects(selection, row, NOW)]
    page = store.traces.page(ListQuery(selection, sort, limit), NOW)
    found = list(page.items)
    next_cursor = page.next_cursor
    while next_cursor:
        following = store.traces.page(ListQuery(selection, sort, limit, next_cursor), NOW, facets=False)
        assert following.totals == page.totals
        found += following.items
        next_cursor = following.next_cursor
    assert [row.summary.trace_id for row in found] == ordered(chosen, sort)
    assert all(row in chosen for row in found)
    assert_totals(page.totals, chosen)
    for each in FACETS:
        others = replace(selection, **{each.attribute: ()})
        counts = Counter(
            value for row in rows if selects(others, row, NOW) for value in values(row, each.name, NOW)
        )
        expected = sorted(counts.items(), key=lambda item: (-item[1], item[0]))[:100]
        assert [(value.value, value.count) for value in page.facets[each.name]] == expected


def assert_totals(totals: Totals, rows: list[TraceRow]) -> None:
    costs = [row.summary.cost_usd for row in rows if row.summary.cost_usd is not None]
    assert totals.cost_usd == (pytest.approx(sum(costs)) if costs else None)
    tokens = [row.summary.usage.total for row in rows if row.summary.usage.total is not None]
    assert totals.usage.total == (sum(tokens) if tokens else None)
    assert replace(totals, cost_usd=None, usage=NO_USAGE) == summed(rows, NOW)


@given(sort=st.sampled_from(SORTS), number=st.integers(0, TRACES - 1), selection=few)
@settings(max_examples=40, deadline=None)
def test_neighbours_are_those_of_the_list(filled: Filled, sort: str, number: int, selection: Filter) -> None:
    store, rows = filled
    this = rows[number]
    listed = ordered([row for row in rows if selects(selection, row, NOW) or row is this], sort)
    place = listed.index(this.summary.trace_id)
    found = store.traces.neighbours(this.summary.trace_id, ListQuery(selection, sort), NOW)
    assert found.previous_trace_id == (listed[place - 1] if place else None)
    assert found.next_trace_id == (listed[place + 1] if place + 1 < len(listed) else None)


def test_the_neighbours_of_nothing(store: Store) -> None:
    with pytest.raises(NotFoundError):
        store.traces.neighbours("none", ListQuery(), NOW)


@pytest.mark.parametrize("sort", SORTS)
def test_rows_that_arrive_between_pages_neither_repeat_nor_hide_another(store: Store, sort: str) -> None:
    def add(seeds: range) -> None:
        with store.writing() as tx:
            for seed in seeds:
                tx.write(random_trace(seed), source="import", received_ns=NOW)

    add(range(40))
    before = {random_trace(seed)[0].trace_id for seed in range(40)}
    found: list[str] = []
    query: ListQuery | None = ListQuery(sort=sort, limit=7)
    fresh = 1000
    while query:
        page = store.traces.page(query, NOW, facets=False)
        found += [row.summary.trace_id for row in page.items]
        query = query.at(page.next_cursor) if page.next_cursor else None
        add(range(fresh, fresh + 5))
        fresh += 5
        if fresh > 1200:
            break
    assert len(found) == len(set(found))
    assert [trace_id for trace_id in found if trace_id in before] == ordered(
        [row for trace_id in before if (row := store.traces.get(trace_id))], sort
    )


def test_a_cursor_of_another_order_is_refused(filled: Filled) -> None:
    store, _rows = filled
    cursor = store.traces.page(ListQuery(limit=1), NOW).next_cursor
    with pytest.raises(UsageError, match="cursor"):
        store.traces.page(ListQuery(sort="cost", cursor=cursor), NOW)


@given(st.text(max_size=40))
@settings(max_examples=30, deadline=None)
def test_any_cursor_is_read_or_refused(filled: Filled, cursor: str) -> None:
    store, _rows = filled
    try:
        store.traces.page(ListQuery(cursor=cursor), NOW, facets=False)
    except UsageError as error:
        assert "cursor" in error.message  # noqa: PT017 - either outcome is right


def test_hostile_values_are_only_values(filled: Filled) -> None:
    store, _rows = filled
    for value in ("' OR 1=1 --", "%", "a\x00b", "*", "?", ":x"):
        assert store.traces.page(ListQuery(Filter(session=(value,))), NOW).items == ()


def test_an_empty_store_lists_nothing(store: Store) -> None:
    page = store.traces.page(ListQuery(), NOW)
    assert page.items == ()
    assert page.next_cursor is None
    assert page.totals.traces == 0
    assert page.totals.p50_duration_ns is None
    assert all(not found for found in page.facets.values())


def test_running_ends_when_it_goes_quiet(store: Store) -> None:
    spans = [span for seed in range(400, 460) for span in random_trace(seed)]
    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=NOW)
    running = ListQuery(Filter(status=("running",)))
    during = store.traces.page(running, NOW)
    assert during.totals.traces == during.totals.running > 0
    after = store.traces.page(running, NOW + HOUR_NS)
    assert after.totals.traces == 0
    assert "running" not in {value.value for value in after.facets["status"]}


def test_changes_name_each_trace_once_and_only_what_changed(store: Store) -> None:
    def add(*seeds: int) -> None:
        with store.writing() as tx:
            for seed in seeds:
                tx.write(random_trace(seed), source="live", received_ns=NOW)

    add(1, 2, 3)
    first = store.traces.changed_since(0)
    assert set(first.trace_ids) == {random_trace(seed)[0].trace_id for seed in (1, 2, 3)}
    add(1, 2, 3)
    assert store.traces.changed_since(first.revision).trace_ids == ()
    add(4)
    assert store.traces.changed_since(first.revision).trace_ids == (random_trace(4)[0].trace_id,)
    paged: list[str] = []
    changes = store.traces.changed_since(0, limit=3)
    while True:
        paged += changes.trace_ids
        if not changes.has_more:
            break
        changes = store.traces.changed_since(changes.revision, limit=3)
    assert len(paged) == len(set(paged)) == 4
    assert changes.revision == store.stats().revision
