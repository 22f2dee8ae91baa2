"""The index follows the store by itself."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from halo_dash.jobs.indexer import Indexer, catch_up
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.store import Store
from halo_dash.store.index_files import IndexFiles

NOW = 1_780_000_000_000_000_000


def write(store: Store, trace: int, text: str) -> None:
    with store.writing() as tx:
        tx.write(
            [Span(f"{trace:032x}", f"{trace:016x}", name="n", start_ns=NOW, attributes={"text": text})],
            source="live",
            received_ns=time.time_ns(),
        )


def count(store: Store, typed: str) -> int:
    return store.traces.page(ListQuery(Filter(q=typed)), NOW, facets=False).totals.traces


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


@contextmanager
def running(store: Store) -> Iterator[None]:
    stop = threading.Event()
    thread = threading.Thread(target=Indexer(store).run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def test_what_arrives_is_found_a_little_later(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, 1, "early")
        with Store.open(tmp_path / "halo.db", mode="ro") as reader, running(reader):
            wait_until(lambda: count(reader, "early") == 1, "what was there before")
            for number in range(2, 12):
                write(store, number, "later")
            wait_until(lambda: count(reader, "later") == 10, "what came while it ran")
            wait_until(lambda: reader.stats().index_lag_s == 0.0, "nothing to be left over")
            assert reader.stats().indexed_spans == 11


def test_an_index_that_disappears_is_made_again_while_it_runs(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store:
        write(store, 1, "early")
        with running(store):
            wait_until(lambda: count(store, "early") == 1, "the first index")
            wait_until(lambda: store.stats().index_lag_s == 0.0, "nothing to be left over")
            files.remove(files.path(files.newest()))
            wait_until(lambda: count(store, "early") == 1, "the second index, although nothing came")
            write(store, 2, "later")
            wait_until(lambda: count(store, "early OR later") == 2, "what came since")


def test_catching_up_says_how_far_it_is(tmp_path: Path) -> None:
    said: list[int] = []
    with Store.open(tmp_path / "halo.db") as store:
        for number in range(3):
            write(store, number, "word")
        catch_up(store, said.append)
        assert said[-1] == 3
        assert count(store, "word") == 3
