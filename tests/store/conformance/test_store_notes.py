"""The small things: figures, the collector's notes, what is remembered, and undoing."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs import NOW, random_trace

from halo_dash.errors import StoreError
from halo_dash.model.exporter import Exporter, ExporterActivity, Rejection, ScopeActivity
from halo_dash.model.filter import ListQuery
from halo_dash.store import Store

EXPORTER = Exporter("OTel-OTLP-Exporter-Python/1.39", "grpc", "protobuf", "gzip")
SECOND_NS = 1_000_000_000


def activity(spans: int, at_ns: int, exporter: Exporter = EXPORTER) -> ExporterActivity:
    return ExporterActivity(exporter, at_ns, at_ns, 1, spans, 2, 100, 3, 4, 5)


def test_activity_adds_up_by_exporter(store: Store) -> None:
    other = Exporter("curl", "http", "json")
    with store.writing() as tx:
        tx.record_activity([activity(60, NOW), activity(60, NOW + SECOND_NS, other)])
    with store.writing() as tx:
        tx.record_activity([activity(120, NOW + 30 * SECOND_NS)])
    overview = store.collector.overview(NOW + 31 * SECOND_NS)
    assert [each.exporter for each in overview.exporters] == [EXPORTER, other]
    first = overview.exporters[0]
    assert first == ExporterActivity(EXPORTER, NOW, NOW + 30 * SECOND_NS, 2, 180, 4, 200, 6, 8, 10, 3.0)
    assert overview.duplicate_spans == 9
    assert store.collector.overview(NOW + 200 * SECOND_NS).exporters[0].recent_spans_per_s == 0


def test_the_last_hundred_rejections_are_kept(store: Store) -> None:
    for begin in range(0, 120, 40):
        rejections = [
            Rejection(NOW + number, EXPORTER, "/v1/traces", "HTTP 400", f"reason {number}", "mend", number)
            for number in range(begin, begin + 40)
        ]
        with store.writing() as tx:
            tx.record_rejections(rejections)
    kept = store.collector.overview(NOW).rejections
    assert [each.rejected_spans for each in kept] == list(range(119, 19, -1))


def test_scopes_add_up(store: Store) -> None:
    with store.writing() as tx:
        tx.record_scopes(
            [ScopeActivity("a", "1", "gen_ai", 2, NOW), ScopeActivity("b", "", "plain", 1, NOW + 1)]
        )
        tx.record_scopes([ScopeActivity("a", "1", "gen_ai", 3, NOW + 2)])
    assert store.collector.overview(NOW).scopes == (
        ScopeActivity("a", "1", "gen_ai", 5, NOW + 2),
        ScopeActivity("b", "", "plain", 1, NOW + 1),
    )


def test_figures(store: Store) -> None:
    empty = store.stats()
    assert (empty.spans, empty.traces, empty.sessions, empty.agents) == (0, 0, 0, 0)
    assert (empty.oldest_ns, empty.newest_ns, empty.indexed_spans) == (None, None, None)
    traces = [random_trace(seed) for seed in range(20)]
    with store.writing() as tx:
        tx.write((span for spans in traces for span in spans), source="live", received_ns=NOW)
    stats = store.stats()
    rows = [row for spans in traces if (row := store.traces.get(spans[0].trace_id))]
    assert stats.spans == sum(map(len, traces))
    assert stats.traces == 20
    assert stats.sessions == len({name for row in rows for name in row.summary.sessions})
    assert stats.agents == len({identity or name for row in rows for identity, name in row.summary.agents})
    assert stats.oldest_ns == min(row.summary.start_ns for row in rows)
    assert stats.newest_ns == max(row.summary.start_ns for row in rows)
    assert stats.store_bytes > 0


def test_notes_are_remembered(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        with store.writing() as tx:
            tx.remember("offset", b"1")
            tx.remember("offset", b"\x002")
        assert store.recall("offset") == b"\x002"
        assert store.recall("other") is None
    with Store.open(tmp_path / "halo.db", "ro") as store:
        assert store.recall("offset") == b"\x002"


def test_a_block_that_raises_leaves_nothing(store: Store) -> None:
    with store.writing() as tx:
        tx.write(random_trace(1), source="live", received_ns=NOW)
    before = store.traces.page(ListQuery(), NOW)

    def write_and_fail() -> None:
        with store.writing() as tx:
            tx.write([*random_trace(1)[:1], *random_trace(2)], source="live", received_ns=NOW)
            tx.remember("offset", b"1")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_and_fail()
    assert store.traces.page(ListQuery(), NOW) == before
    assert store.recall("offset") is None
    with store.writing() as tx:
        assert tx.write(random_trace(2), source="live", received_ns=NOW).duplicates == 0
    assert store.check() == ()


def test_an_error_of_the_caller_in_a_generator_is_the_callers(store: Store) -> None:
    def spans() -> object:
        yield random_trace(1)[0]
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"), store.writing() as tx:
        tx.write(spans(), source="live", received_ns=NOW)  # type: ignore[arg-type]
    assert store.stats().spans == 0


def test_polling_sees_every_commit(store: Store) -> None:
    before = store.data_version()
    assert store.data_version() == before
    with store.writing() as tx:
        tx.record_activity([activity(1, NOW)])
    assert store.data_version() != before


def test_a_store_for_reading_does_not_write(tmp_path: Path) -> None:
    Store.open(tmp_path / "halo.db").close()
    with Store.open(tmp_path / "halo.db", "ro") as store, pytest.raises(StoreError), store.writing():
        pass
