"""Removing traces: what goes, what stays, and that everybody who remembers something notices."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from halo_dash.errors import NotFoundError, StoreError
from halo_dash.jobs.indexer import rebuild
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import LogRecord, Resource, Scope, Span
from halo_dash.model.upkeep import DAY_NS, RetentionLimits
from halo_dash.store import Store
from tests.store.conformance.runs import NOW, random_trace

OF_TRACES = ("spans", "bodies", "logs", "trace_summaries", "trace_terms", "unsettled", "leftovers")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "halo.db") as opened:
        yield opened


def write(
    store: Store, spans: list[Span], received_ns: int = NOW, logs: list[LogRecord] | None = None
) -> None:
    with store.writing() as tx:
        tx.write(spans, logs or [], source="live", received_ns=received_ns)


def fill(store: Store, count: int, received_ns: int = NOW) -> list[str]:
    runs = [random_trace(seed) for seed in range(count)]
    for run in runs:
        write(store, run, received_ns)
    return [run[0].trace_id for run in runs]


def prune(store: Store, **limits: int) -> int:
    return sum(step.traces for step in store.retention.prune(RetentionLimits(**limits)))


def count(store: Store, table: str) -> int:
    with store._database.reading() as connection:
        (found,) = connection.execute(f"SELECT count(*) FROM {table}").fetchone()  # noqa: S608 - our own names
    return int(found)


def everything(store: Store) -> ListQuery:
    return ListQuery(Filter(), limit=500)


def test_old_traces_go_whole_and_leave_nothing(store: Store) -> None:
    old = fill(store, 30, NOW - 40 * DAY_NS)
    write(store, [Span("new", "a", start_ns=NOW)], NOW)
    write(store, [], NOW, [LogRecord(old[0], "0" * 16, event_name="e")])
    plan = store.retention.plan(RetentionLimits(arrived_before_ns=NOW - 30 * DAY_NS))
    gone = prune(store, arrived_before_ns=NOW - 30 * DAY_NS)
    # The log record arrived just now, so its trace is as fresh as that.
    assert gone == plan.traces == 29
    assert {row.summary.trace_id for row in store.traces.page(everything(store), NOW).items} == {
        old[0],
        "new",
    }
    assert prune(store, arrived_before_ns=NOW + 1) == 2
    assert {table: count(store, table) for table in OF_TRACES} == dict.fromkeys(OF_TRACES, 0)
    assert store.check() == ()
    assert store.stats().traces == 0


def test_a_trace_that_started_long_ago_and_came_today_stays_but_can_be_asked_to_go(store: Store) -> None:
    write(store, [Span("imported", "a", start_ns=NOW - 400 * DAY_NS)], NOW)
    assert prune(store, arrived_before_ns=NOW - DAY_NS) == 0
    assert prune(store, started_before_ns=NOW - DAY_NS) == 1


def test_pinned_traces_stay(store: Store) -> None:
    traces = fill(store, 10)
    with store.writing() as tx:
        assert tx.pin(traces[3], is_pinned=True)
        assert not tx.pin(traces[3], is_pinned=True)
        with pytest.raises(NotFoundError):
            tx.pin("nowhere", is_pinned=True)
    row = store.traces.get(traces[3])
    assert row is not None
    assert row.is_pinned
    assert prune(store, started_before_ns=NOW + DAY_NS) == 9
    assert prune(store, max_bytes=1) == 0
    # A new span does not unpin it.
    write(store, [Span(traces[3], "late", start_ns=NOW)])
    assert [
        (row.summary.trace_id, row.is_pinned) for row in store.traces.page(everything(store), NOW).items
    ] == [(traces[3], True)]
    with store.writing() as tx:
        assert tx.pin(traces[3], is_pinned=False)
    assert prune(store, started_before_ns=NOW + DAY_NS) == 1


def test_the_oldest_go_first_until_the_size_is_right(store: Store) -> None:
    chance = random.Random(1)  # noqa: S311 - test data
    for number in range(300):
        text = chance.randbytes(20_000).hex()
        write(store, [Span(f"t{number}", "a", start_ns=NOW, attributes={"text": text})])
    before = store.space.measure()
    limit = before.used_bytes // 3
    plan = store.retention.plan(RetentionLimits(max_bytes=limit))
    gone = prune(store, max_bytes=limit)
    left = {row.summary.trace_id for row in store.traces.page(everything(store), NOW).items}
    assert left == {f"t{number}" for number in range(gone, 300)}
    # A third of the bytes is left; an empty store has half a megabyte of its own.
    assert 180 < gone < 260
    assert abs(plan.traces - gone) < 30
    for _step in store.space.give_back():
        pass
    store.space.checkpoint()
    store.space.empty_log()
    after = store.space.measure()
    assert after.total_bytes <= limit
    assert after.free_bytes == 0
    assert store.check() == ()
    assert prune(store, max_bytes=limit) == 0


def test_an_index_that_follows_later_takes_no_more_traces_along_than_the_size_asks_for(store: Store) -> None:
    chance = random.Random(1)  # noqa: S311 - test data
    words = [chance.randbytes(4).hex() for _each in range(500)]
    for number in range(120):
        text = " ".join(chance.choices(words, k=4_000))
        write(store, [Span(f"t{number}", "a", start_ns=NOW, attributes={"text": text})])
    rebuild(store)
    store.space.checkpoint()
    store.space.empty_log()
    before = store.space.measure()
    assert before.index_bytes > before.used_bytes // 2
    limit = before.total_bytes // 2
    gone = prune(store, max_bytes=limit)
    for _step in store.space.give_back():
        pass
    store.space.checkpoint()
    store.space.empty_log()
    # Nobody has indexed since; looking again removes nothing.
    assert prune(store, max_bytes=limit) == 0
    rebuild(store)
    assert 0.82 * limit < store.space.measure().total_bytes <= limit
    assert store.stats().indexed_spans == 120 - gone


def test_late_spans_of_a_removed_trace_begin_a_new_one(store: Store) -> None:
    write(store, [Span("t", f"s{number}", start_ns=NOW) for number in range(5)])
    steps = store.retention.prune(RetentionLimits(started_before_ns=NOW + 1))
    next(steps)
    write(store, [Span("t", "late", start_ns=NOW)], logs=[LogRecord("t", "late", event_name="kept")])
    steps.close()
    list(store.retention.prune(RetentionLimits()))
    assert [reading.span_id for reading in store.spans.outline("t")] == ["late"]
    assert len(store.spans.page("t").items[0].logs) == 1
    assert store.check() == ()


def test_a_row_is_never_given_to_another_trace(store: Store) -> None:
    for number in range(5):
        write(store, [Span(f"t{number}", "a", name=f"n{number}", start_ns=NOW)])
        page = store.traces.page(everything(store), NOW)
        assert [value.value for value in page.facets["name"]] == [f"n{number}"]
        assert prune(store, started_before_ns=NOW + 1) == 1
        assert store.traces.page(everything(store), NOW).facets["name"] == ()
    with store._database.reading() as connection:
        rows = [row for (row,) in connection.execute("SELECT trace FROM removed_traces ORDER BY trace")]
    assert rows == [1, 2, 3, 4, 5]


def test_open_pages_hear_of_removals(store: Store) -> None:
    fill(store, 5)
    write(store, [Span("gone", "a", start_ns=1)])
    revision = store.stats().revision
    assert prune(store, started_before_ns=2) == 1
    changes = store.traces.changed_since(revision)
    assert changes.trace_ids == ("gone",)
    assert changes.revision == revision + 1
    assert store.traces.changed_since(changes.revision).trace_ids == ()


PRUNER = """
import sys
from pathlib import Path
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.store import Store

with Store.open(Path(sys.argv[1])) as store:
    for step in store.retention.prune(RetentionLimits(started_before_ns=int(sys.argv[2]))):
        pass
"""


def test_removals_by_another_process_are_noticed(tmp_path: Path) -> None:
    """The collector's memory of traces, the dashboard's counts, and open pages."""
    path = tmp_path / "halo.db"
    with Store.open(path) as collector, Store.open(path, "ro") as dashboard:
        for seed in range(40):
            write(collector, random_trace(seed, start_ns=NOW + seed))
        page = dashboard.traces.page(everything(dashboard), NOW)
        assert page.totals.traces == 40
        subprocess.run([sys.executable, "-c", PRUNER, str(path), str(NOW + 25)], check=True, timeout=60)
        # Known traces come again: those that are gone begin anew, with what comes now alone.
        for seed in (3, 30):
            write(collector, random_trace(seed, start_ns=NOW + seed)[:1])
        assert len(collector.spans.outline(random_trace(3)[0].trace_id)) == 1
        assert len(collector.spans.outline(random_trace(30)[0].trace_id)) == len(random_trace(30))
        with Store.open(path, "ro") as fresh:
            expected = fresh.traces.page(everything(fresh), NOW)
        assert expected.totals.traces == 16
        found = dashboard.traces.page(everything(dashboard), NOW)
        assert found == expected
        assert len(dashboard.traces.changed_since(page.revision).trace_ids) >= 25
        assert collector.check() == ()


def test_counts_follow_random_removals_and_arrivals(store: Store) -> None:
    chance = random.Random(7)  # noqa: S311 - test data
    seed = 0
    for _round in range(12):
        for _each in range(chance.randrange(12)):
            write(store, random_trace(seed), NOW + seed)
            seed += 1
        prune(store, arrived_before_ns=NOW + chance.randrange(seed + 1))
        if chance.random() < 0.4:
            for _step in store.retention.sweep(NOW):
                pass
        with Store.open(store._database.path, "ro") as fresh:
            assert store.traces.page(everything(store), NOW) == fresh.traces.page(everything(fresh), NOW)


def test_forgotten_removals_make_counts_begin_anew(store: Store) -> None:
    fill(store, 30)
    with Store.open(store._database.path, "ro") as dashboard:
        dashboard.traces.page(everything(dashboard), NOW)
        assert prune(store, started_before_ns=NOW + DAY_NS) == 30
        sweeper = store.retention._sweeper
        assert sweeper is not None
        for _step in sweeper.tombstones(keep=3):
            pass
        assert count(store, "removed_traces") <= 4
        write(store, random_trace(99))
        page = dashboard.traces.page(everything(dashboard), NOW)
        assert page.totals.traces == 1
        assert [(value.value, value.count) for value in page.facets["source"]] == [("live", 1)]


def test_what_nobody_uses_is_swept_and_the_rest_stays(store: Store) -> None:
    for number in range(20):
        resource, scope = Resource({"service.name": f"s{number}"}), Scope(f"scope{number}")
        write(store, [Span(f"t{number}", "a", start_ns=NOW + number, resource=resource, scope=scope)])
    assert prune(store, started_before_ns=NOW + 10) == 10
    for _step in store.retention.sweep(NOW):
        pass
    # The newest row of each stays for its number's sake.
    assert count(store, "resources") == count(store, "scopes") == 10
    for number in range(20):
        resource, scope = Resource({"service.name": f"s{number}"}), Scope(f"scope{number}")
        write(store, [Span(f"t{number}", "b", start_ns=NOW + number, resource=resource, scope=scope)])
    for number in range(20):
        spans = [item.span for item in store.spans.page(f"t{number}").items]
        assert [span.span_id for span in spans] == (["b"] if number < 10 else ["a", "b"])
        assert {span.resource.attributes["service.name"] for span in spans} == {f"s{number}"}
        assert {span.scope.name for span in spans} == {f"scope{number}"}
    assert store.check() == ()


def test_logs_whose_trace_never_came_go_after_a_day(store: Store) -> None:
    write(store, [Span("t", "a", start_ns=NOW)])
    write(
        store, [], logs=[LogRecord("t", "a", event_name="kept"), LogRecord("never", "a", event_name="stray")]
    )
    for now_ns, left in ((NOW, 2), (NOW + DAY_NS // 2, 2), (NOW + DAY_NS + 1, 1)):
        for _step in store.retention.sweep(now_ns):
            pass
        assert count(store, "logs") == left


def test_a_store_opened_for_reading_removes_nothing(store: Store) -> None:
    with Store.open(store._database.path, "ro") as reader, pytest.raises(StoreError, match="reading only"):
        next(reader.retention.prune(RetentionLimits(started_before_ns=NOW)))
