"""Searching equals reading everything: which traces, in which order and page, how many of each value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from runs import NOW, ordered, selects, values
from searching import WORDS, Said, index, talking_trace

from halo_dash.errors import NotFoundError, UsageError
from halo_dash.model.annotation import AnnotationChange, Target
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FACETS, SORTS, SOURCES
from halo_dash.model.span import Span
from halo_dash.model.trace import TraceRow
from halo_dash.search.query import read_query
from halo_dash.store import Store

TRACES = 120


class Filled(NamedTuple):
    store: Store
    rows: list[TraceRow]
    spans: dict[str, list[Span]]
    said: dict[str, Said]

    def __repr__(self) -> str:
        return "filled"  # too much to print

    known: dict[Filter, list[TraceRow]]

    def answers(self, selection: Filter) -> list[TraceRow]:
        if selection not in self.known:
            self.known[selection] = self.look(selection)
        return self.known[selection]

    def look(self, selection: Filter) -> list[TraceRow]:
        typed = selection.q or ""
        query = read_query(typed)
        return [
            row
            for row in self.rows
            if selects(selection, row, NOW)
            and selects(query.filter, row, NOW)
            and self.said[row.summary.trace_id].is_answer(typed)
            and self.has_attributes(selection, row.summary.trace_id)
        ]

    def has_attributes(self, selection: Filter, trace_id: str) -> bool:
        held = {(key, str(value)) for span in self.spans[trace_id] for key, value in span.attributes.items()}
        wanted: dict[str, set[tuple[str, str]]] = {}
        for key, value in selection.attributes:
            wanted.setdefault(key, set()).add((key, value))
        unwanted = {
            (key.removeprefix("attr."), value) for key, value in selection.excluded if key.startswith("attr.")
        }
        return all(any_of & held for any_of in wanted.values()) and not unwanted & held


@pytest.fixture(scope="module", params=[None, 400], ids=["one document a trace", "many documents a trace"])
def filled(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Filled]:
    traces = [talking_trace(seed) for seed in range(TRACES)]
    with Store.open(tmp_path_factory.mktemp("search") / "halo.db") as store:
        for number, spans in enumerate(traces):
            with store.writing() as tx:
                tx.write(spans, source=SOURCES[number % 4], received_ns=NOW)
                if number % 5 == 0:
                    target = Target(spans[0].trace_id, spans[-1].span_id if number % 2 else "")
                    note = f"{WORDS[number % len(WORDS)]} {WORDS[number % 7]}"
                    tx.annotate(target, AnnotationChange.read(note=note, tags=[f"tag{number % 3}"]), NOW)
            if number % 50 == 0:
                index(store, document_bytes=request.param)
        index(store, document_bytes=request.param)
        rows = [store.traces.get(spans[0].trace_id) for spans in traces]
        by_id = {spans[0].trace_id: spans for spans in traces}
        noted = store.annotations.concerning
        said = {trace_id: Said(spans, noted([trace_id])) for trace_id, spans in by_id.items()}
        yield Filled(store, [row for row in rows if row], by_id, said, {})


pieces = st.sampled_from(
    [
        *WORDS, "ref*", "user_name", "strasse", "京都", "-refund", '"order policy"', "OR", "(", ")",
        "in:assistant", "has:exception", "-has:llm", "attr.customer.tier:gold", "3f2b8c", "nothing",
        "status:error", "has:note", "note:refund", "tag:tag1", "-tag:tag2",
        "model:gpt-4o", "spans:>3", '"the of"', "-(order OR the)",
    ]
)  # fmt: skip
typed = st.lists(pieces, min_size=1, max_size=4).map(" ".join)
selections = st.builds(
    Filter,
    q=typed,
    status=st.sampled_from([(), (), ("error",), ("ok", "recovered")]),
    model=st.sampled_from([(), (), ("gpt-4o",)]),
    session=st.sampled_from([(), (), ("s1", "s2", "s3")]),
    attributes=st.sampled_from(
        [(), (), (("customer.tier", "Gold"),), (("customer.tier", "gold"), ("customer.tier", "7"))]
    ),
    excluded=st.sampled_from([(), (), (("attr.customer.tier", "no tier"),), (("user", "u1"),)]),
)


@settings(max_examples=50, deadline=None)
@given(selection=selections, sort=st.sampled_from(SORTS), limit=st.integers(5, 60))
def test_rows_pages_totals_and_counts(filled: Filled, selection: Filter, sort: str, limit: int) -> None:
    chosen = filled.answers(selection)
    page = filled.store.traces.page(ListQuery(selection, sort, limit), NOW)
    assert page.search is not None
    if page.search.parts_of_words:
        assert not filled.answers(Filter(q=selection.q))
        return
    found = [row.summary.trace_id for row in page.items]
    next_cursor = page.next_cursor
    while next_cursor:
        following = filled.store.traces.page(
            ListQuery(selection, sort, limit, next_cursor), NOW, facets=False
        )
        found += [row.summary.trace_id for row in following.items]
        next_cursor = following.next_cursor
    assert found == ordered(chosen, sort)
    assert page.totals.traces == len(chosen)
    assert page.totals.spans == sum(row.summary.span_count for row in chosen)
    for each in FACETS:
        others = replace(selection, **{each.attribute: ()})
        counts = Counter(value for row in filled.answers(others) for value in values(row, each.name, NOW))
        assert {value.value: value.count for value in page.facets[each.name]} == counts


@pytest.mark.parametrize("sort", ["-start", "cost", "-tokens", "-duration"])
def test_hits_that_arrive_between_pages_neither_repeat_nor_hide_another(store: Store, sort: str) -> None:
    def add(seeds: range) -> None:
        with store.writing() as tx:
            for seed in seeds:
                tx.write(talking_trace(seed), source="live", received_ns=NOW)
        index(store)

    add(range(90))
    selection = Filter(q="order OR refund", excluded=(("status", "error"),))
    before = [row.summary.trace_id for row in store.traces.page(ListQuery(selection, sort, 500), NOW).items]
    assert len(before) > 25
    found: list[str] = []
    query: ListQuery | None = ListQuery(selection, sort, 6)
    fresh = 1_000
    while query and fresh < 1_100:
        page = store.traces.page(query, NOW, facets=False)
        found += [row.summary.trace_id for row in page.items]
        query = query.at(page.next_cursor) if page.next_cursor else None
        add(range(fresh, fresh + 2))
        fresh += 2
    assert len(found) == len(set(found))
    assert [trace_id for trace_id in found if trace_id in set(before)] == before


@settings(max_examples=30, deadline=None)
@given(text=st.text(max_size=12) | typed)
def test_whatever_is_typed_is_answered(filled: Filled, text: str) -> None:
    selection = Filter.parse([("q", text)])
    page = filled.store.traces.page(ListQuery(selection, limit=500), NOW, facets=False)
    if page.search is None or not page.search.parts_of_words:
        expected = {row.summary.trace_id for row in filled.answers(selection)}
        assert {row.summary.trace_id for row in page.items} == expected


@settings(max_examples=30, deadline=None)
@given(text=st.sampled_from([*WORDS, "ref*", '"order policy"', "refund order", "in:assistant the"]))
def test_why_a_trace_was_found_is_said(filled: Filled, text: str) -> None:
    page = filled.store.traces.page(ListQuery(Filter(q=text)), NOW, facets=False)
    assert page.items
    for row in page.items:
        trace_id = row.summary.trace_id
        matches = page.matches[trace_id]
        if not matches.is_whole:
            continue
        assert matches.best
        assert all(any(is_term for _text, is_term in each.segments) for each in matches.best)
        spans = {span.span_id for span in filled.spans[trace_id]}
        assert {each.span_id for each in matches.best} <= {*spans, ""}  # a note may be on the trace itself
        inside = filled.store.search.in_trace(trace_id, text)
        assert inside.by_field == matches.counts


def test_neighbours_follow_the_search(filled: Filled) -> None:
    query = ListQuery(Filter(q="refund"))
    listed = ordered(filled.answers(query.filter), query.sort)
    for place, trace_id in enumerate(listed):
        found = filled.store.traces.neighbours(trace_id, query, NOW)
        assert found.previous_trace_id == (listed[place - 1] if place else None)
        assert found.next_trace_id == (listed[place + 1] if place + 1 < len(listed) else None)


def test_a_part_of_a_word_is_found_where_no_word_is(filled: Filled) -> None:
    page = filled.store.traces.page(ListQuery(Filter(q="efun"), limit=500), NOW)
    assert page.search is not None
    assert page.search.parts_of_words == ("efun",)
    whole = {row.summary.trace_id for row in filled.answers(Filter(q="refund"))}
    assert {row.summary.trace_id for row in page.items} == whole
    assert any(text == "refund" for each in page.matches.values() for text, _ in each.best[0].segments)


def test_what_is_no_part_of_a_word_either_is_not_spoken_of(filled: Filled) -> None:
    page = filled.store.traces.page(ListQuery(Filter(q="efunq")), NOW)
    assert page.search is not None
    assert (page.items, page.search.parts_of_words) == ((), ())


def test_single_hits_are_those_of_the_traces(filled: Filled) -> None:
    query = ListQuery(Filter(q="refund"), limit=5)
    page = filled.store.traces.page(query, NOW)
    found = filled.store.search.hits(query, NOW)
    assert found.next_cursor == page.next_cursor
    assert {each.trace_id for each in found.items} == {row.summary.trace_id for row in page.items}
    for trace_id in {each.trace_id for each in found.items}:
        inside = filled.store.search.in_trace(trace_id, "refund").hits
        here = [each for each in found.items if each.trace_id == trace_id]
        assert [(each.span_id, each.field) for each in here] == [(hit.span_id, hit.field) for hit in inside]


def test_nothing_is_said_of_a_trace_that_is_not_there(filled: Filled) -> None:
    with pytest.raises(NotFoundError):
        filled.store.search.in_trace("f" * 32, "refund")


def test_values_keys_and_attributes_are_suggested(filled: Filled) -> None:
    search = filled.store.search
    sessions = Counter(session for row in filled.rows for session in row.summary.sessions)
    assert dict(search.values("session", "S", 50)) == dict(sessions)
    assert dict(search.values("agent", "id", 50)).keys() == {"id0", "id1"}
    assert search.values("session", "%", 50) == []
    assert search.attribute_keys("customer.", 5) == [("customer.tier", len(filled.rows))]
    assert "openinference.span.kind" in [key for key, _ in search.attribute_keys("", 50)]
    assert len(search.attribute_keys("", 2)) == 2
    tiers = [value for value, _ in search.attribute_values("customer.tier", "", 10)]
    assert sorted(tiers) == ["7", "Gold", "gold", "no tier"]
    assert [value for value, _ in search.attribute_values("customer.tier", "G", 10)] == ["Gold"]


def test_the_figures_say_how_far_the_index_is(store: Store) -> None:
    assert store.stats().indexed_spans is None
    with store.writing() as tx:
        tx.write(talking_trace(1), source="live", received_ns=1)
    page = store.traces.page(ListQuery(Filter(q="refund")), NOW)
    assert page.search is not None
    assert (page.search.is_ready, page.items, page.totals.traces) == (False, (), 0)
    index(store)
    before = store.stats()
    assert (before.indexed_spans, before.index_lag_s) == (before.spans, 0.0)
    assert before.index_bytes > 0
    with store.writing() as tx:
        tx.write(talking_trace(2), source="live", received_ns=1)
    after = store.stats()
    assert after.indexed_spans == before.spans
    assert after.index_lag_s is not None
    assert after.index_lag_s > 0


def test_a_value_too_long_to_be_asked_for_is_refused(store: Store) -> None:
    with pytest.raises(UsageError, match="more than 200 characters"):
        store.traces.page(ListQuery(Filter(attributes=(("k", "v" * 201),))), NOW)
