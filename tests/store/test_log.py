"""The write-ahead log is emptied when there is nothing else to do, and nobody waits for it."""

from __future__ import annotations

import os
from pathlib import Path

from halo_dash.model.span import Span
from halo_dash.store import Store

NOW = 1_780_000_000_000_000_000


def write(store: Store, number: int) -> None:
    """12 MB that no compression makes smaller."""
    with store.writing() as tx:
        spans = [
            Span(f"{number:032x}", f"{n:016x}", start_ns=NOW, attributes={"noise": os.urandom(1_000_000)})
            for n in range(1, 13)
        ]
        tx.write(spans, source="live", received_ns=NOW)


def test_a_large_log_is_emptied(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, 1)
        assert store._database.log_bytes() > 12_000_000
        store.settle()
        assert store._database.log_bytes() > 12_000_000
        store.tidy()
        assert store._database.log_bytes() == 0
        assert len(store.spans.outline(f"{1:032x}")) == 12


def test_a_reader_in_the_way_is_not_waited_for(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, 1)
        with store._database.reading() as reader:
            assert reader.execute("SELECT count(*) FROM spans").fetchone() == (12,)
            write(store, 2)
            store.tidy()  # a wait would end after 10 s with an error
            assert store._database.log_bytes() > 12_000_000
            assert reader.execute("SELECT count(*) FROM spans").fetchone() == (12,)
        store.tidy()
        assert store._database.log_bytes() == 0
