"""Readers and a writer in many threads: every page is of one moment."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

from runs import NOW

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.store import Store

ROUNDS = 40


def test_readers_see_whole_transactions_while_a_writer_writes(store: Store) -> None:
    """Each transaction adds two traces and a span to each that was there: odd totals would be torn ones."""
    done = threading.Event()

    def write() -> None:
        try:
            for number in range(ROUNDS):
                with store.writing() as tx:
                    for name in ("a", "b"):
                        spans = [
                            Span(
                                f"{name}{each}",
                                f"s{number}",
                                name=name,
                                start_ns=NOW + each,
                                end_ns=NOW + each + 1,
                            )
                            for each in range(number + 1)
                        ]
                        tx.write(spans, source="import", received_ns=NOW)
        finally:
            done.set()

    def read(facets: bool) -> int:
        looked = 0
        while not done.is_set() or not looked:
            page = store.traces.page(ListQuery(limit=500), NOW, facets=facets)
            assert page.totals.traces == len(page.items)
            assert page.totals.traces % 2 == 0
            assert page.totals.spans == sum(row.summary.span_count for row in page.items)
            only = store.traces.page(ListQuery(Filter(name=("a",))), NOW, facets=facets)
            assert only.totals.traces <= ROUNDS
            for row in page.items[:2]:
                assert len(store.spans.outline(row.summary.trace_id)) >= row.summary.span_count
            store.traces.changed_since(page.revision)
            looked += 1
        return looked

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read, facets) for facets in (True, False, True)]
        pool.submit(write).result()
        assert all(reader.result() > 0 for reader in readers)
    facets = store.traces.page(ListQuery(), NOW).facets
    assert [(value.value, value.count) for value in facets["name"]] == [("a", ROUNDS), ("b", ROUNDS)]
    assert store.check() == ()
