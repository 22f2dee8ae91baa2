"""A write that is longer than what the writer remembers ends with the same list."""

from __future__ import annotations

from pathlib import Path

import pytest

from halo_dash.model.filter import ListQuery
from halo_dash.model.span import Span
from halo_dash.semconv import summarise
from halo_dash.store import Store

NOW = 1_780_000_000_000_000_000
TRACES = 120


@pytest.mark.parametrize("chunk", [16, 512])
def test_a_long_write_summarises_on_the_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("halo_dash.store.writing.CHUNK_SPANS", chunk)
    monkeypatch.setattr("halo_dash.store.writing._SUMMARISE_AFTER_SPANS", 64)
    monkeypatch.setattr("halo_dash.store.known._KEPT_SPANS", 100)
    spans = [
        Span(
            f"t{number % TRACES}",
            f"s{number}",
            name=f"n{number % 7}",
            start_ns=NOW + number,
            end_ns=NOW + number,
        )
        for number in range(TRACES * 9)
    ]
    with Store.open(tmp_path / "halo.db") as store:
        with store.writing() as tx:
            report = tx.write(spans, source="import", received_ns=NOW)
        assert (report.inserted, len(report.trace_ids)) == (len(spans), TRACES)
        page = store.traces.page(ListQuery(limit=500), NOW)
        assert page.totals.spans == len(spans)
        for row in page.items:
            assert row.summary == summarise(row.summary.trace_id, store.spans.outline(row.summary.trace_id))
        # Each trace was summarised when it changed, not once more for every chunk of the write.
        assert page.revision <= len(spans)
