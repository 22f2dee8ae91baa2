"""Retries change nothing, the more complete version wins, and no order of arrival matters."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from runs import NOW, random_trace

from halo_dash.model.filter import ListQuery
from halo_dash.model.page import StoredSpan, WriteReport
from halo_dash.model.span import Event, LogRecord, Scope, Span
from halo_dash.model.trace import TraceSummary
from halo_dash.semconv import observe, summarise
from halo_dash.store import Store

TRACE = "7" * 32

versions = st.builds(
    Span,
    trace_id=st.sampled_from(["t1", "t2"]),
    span_id=st.sampled_from(["a", "b", "c"]),
    parent_span_id=st.sampled_from(["", "a"]),
    name=st.sampled_from(["x", "y"]),
    start_ns=st.sampled_from([NOW, NOW + 120_000_000_000]),
    end_ns=st.sampled_from([0, NOW + 1, NOW + 2]),
    attributes=st.dictionaries(st.sampled_from("kl"), st.sampled_from([1, "1", None]), max_size=2),
    events=st.lists(st.just(Event(NOW, "e")), max_size=1).map(tuple),
    scope=st.sampled_from([Scope("one"), Scope("two")]),
).map(lambda span: replace(span, start_ns=span.start_ns + ord(span.span_id)))  # ties are broken by arrival
records = st.builds(
    LogRecord,
    trace_id=st.sampled_from(["t1", "t2"]),
    span_id=st.sampled_from(["a", "b", "z"]),
    time_ns=st.sampled_from([0, NOW]),
    observed_ns=st.sampled_from([NOW, NOW + 5]),
    event_name=st.just("gen_ai.user.message"),
    body=st.sampled_from([{"content": "hello"}, "text"]),
)


def content(store: Store) -> list[StoredSpan]:
    found: list[StoredSpan] = []
    for trace_id in ("t1", "t2"):
        found += sorted(store.spans.page(trace_id).items, key=lambda item: item.span.span_id)
    return [replace(item, sequence=0) for item in found]


def summaries(store: Store) -> list[TraceSummary]:
    page = store.traces.page(ListQuery(), NOW)
    return sorted((row.summary for row in page.items), key=lambda summary: summary.trace_id)


def write(store: Store, spans: Iterable[Span], logs: Iterable[LogRecord] = ()) -> WriteReport:
    with store.writing() as tx:
        return tx.write(spans, logs, source="live", received_ns=NOW)


def rank(span: Span) -> tuple[bool, int, int]:
    return span.end_ns > 0, len(span.attributes) + len(span.events) + len(span.links), span.end_ns


@settings(max_examples=30, deadline=None)
@given(
    sent=st.lists(versions, max_size=10),
    logs=st.lists(
        records, max_size=6, unique_by=lambda record: (record.trace_id, record.span_id, record.order_ns)
    ),
    seed=st.randoms(use_true_random=False),
)
def test_any_order_and_any_requests_end_the_same(
    sent: list[Span], logs: list[LogRecord], seed: random.Random
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        at_once = Store.open(Path(folder) / "at once.db")
        pieces = Store.open(Path(folder) / "pieces.db")
        report = write(at_once, sent, logs)
        assert report.inserted + report.updated + report.duplicates == len(sent)
        steps: list[tuple[Sequence[Span], Sequence[LogRecord]]] = [
            *(([span], ()) for span in sent + sent[:3]),
            *(((), [record]) for record in logs + logs[:2]),
        ]
        seed.shuffle(steps)
        for spans, some_logs in steps:
            write(pieces, spans, some_logs)
        with at_once, pieces:
            assert content(at_once) == content(pieces)
            assert summaries(at_once) == summaries(pieces)
            check_winners(at_once, sent, logs)


def check_winners(store: Store, sent: list[Span], logs: list[LogRecord]) -> None:
    stored = {(item.span.trace_id, item.span.span_id): item for item in content(store)}
    assert set(stored) == {(span.trace_id, span.span_id) for span in sent}
    for key, item in stored.items():
        rivals = [span for span in sent if (span.trace_id, span.span_id) == key]
        assert item.span in rivals
        assert rank(item.span) == max(map(rank, rivals))
        own = {repr(record): record for record in logs if (record.trace_id, record.span_id) == key}
        assert {repr(record) for record in item.logs} == set(own)
        assert len(item.logs) == len(own)
        assert [record.order_ns for record in item.logs] == sorted(record.order_ns for record in item.logs)
        assert item.observation == observe(item.span, item.logs)
    for summary in summaries(store):
        assert summary == summarise(summary.trace_id, store.spans.outline(summary.trace_id))


def test_an_identical_retry_changes_nothing(store: Store) -> None:
    spans = random_trace(3)
    first = write(store, spans)
    before = store.traces.get(spans[0].trace_id)
    again = write(store, spans)
    assert (first.inserted, first.trace_ids) == (len(spans), (spans[0].trace_id,))
    assert (again.inserted, again.updated, again.duplicates, again.trace_ids) == (0, 0, len(spans), ())
    assert store.traces.get(spans[0].trace_id) == before


def test_a_retry_after_opening_again_changes_nothing(tmp_path: Path) -> None:
    spans = random_trace(3)
    for expected in (0, len(spans)):
        with Store.open(tmp_path / "halo.db") as store:
            assert write(store, spans).duplicates == expected


def test_a_trace_keeps_the_source_of_its_first_span(store: Store) -> None:
    spans = random_trace(5)
    for number, source in enumerate(["import", "live"]):
        with store.writing() as tx:
            tx.write(spans[number::2], source=source, received_ns=NOW + number)
    row = store.traces.get(spans[0].trace_id)
    assert row is not None
    assert (row.source, row.first_arrival_ns, row.last_arrival_ns) == ("import", NOW, NOW + (len(spans) > 1))


def test_values_that_a_trace_no_longer_has_are_no_longer_found(store: Store) -> None:
    open_span = Span(TRACE, "a", name="before", start_ns=NOW)
    write(store, [open_span])
    assert store.traces.page(ListQuery.parse([("name", "before")]), NOW).totals.traces == 1
    write(store, [replace(open_span, name="after", end_ns=NOW + 1)])
    page = store.traces.page(ListQuery.parse([("name", "before")]), NOW)
    assert page.totals.traces == 0
    assert [value.value for value in page.facets["name"]] == ["after"]


def test_a_large_trace_sent_span_by_span_is_summed_up_in_the_end(store: Store) -> None:
    spans = [
        Span(
            TRACE,
            f"s{number}",
            "" if number == 0 else "s0",
            "n",
            start_ns=NOW + number,
            end_ns=NOW + number + 9,
        )
        for number in range(600)
    ]
    for span in spans:
        write(store, [span, span])
    assert store.settle(everything=True) is False
    row = store.traces.get(TRACE)
    assert row is not None
    assert row.summary == summarise(TRACE, store.spans.outline(TRACE))
    assert row.summary.span_count == 600


def test_values_that_a_large_trace_no_longer_has_are_no_longer_found(store: Store) -> None:
    write(store, (Span(TRACE, f"s{number}", name="step", start_ns=NOW) for number in range(300)))
    changing = Span(TRACE, "changing", name="first", start_ns=NOW)
    for number, name in enumerate(["first", "second", "third"]):
        write(store, [replace(changing, name=name, end_ns=NOW + number)])
        store.settle(everything=True)
    found = {
        name: store.traces.page(ListQuery.parse([("name", name)]), NOW)
        for name in ("first", "second", "third")
    }
    assert [page.totals.traces for page in found.values()] == [0, 0, 1]
    assert {value.value for value in found["third"].facets["name"]} == {"step", "third"}


def test_a_large_trace_that_waited_is_summed_up_by_the_next_program(tmp_path: Path) -> None:
    spans = [Span(TRACE, f"s{number}", start_ns=NOW, end_ns=NOW + 1) for number in range(400)]
    store = Store.open(tmp_path / "halo.db")
    for begin in range(0, 400, 100):
        write(store, spans[begin : begin + 100])
    with Store.open(tmp_path / "halo.db") as other:
        assert other.settle(everything=True) is False
        row = other.traces.get(TRACE)
        assert row is not None
        assert row.summary.span_count == 400
    store.close()


def test_a_generator_of_any_length_is_fine(store: Store) -> None:
    report = write(store, (Span(f"t{number % 90}", f"s{number}", start_ns=NOW) for number in range(3000)))
    assert report.inserted == 3000
    assert store.stats().spans == 3000
    assert store.stats().traces == 90
