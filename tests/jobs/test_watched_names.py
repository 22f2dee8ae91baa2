"""A file's name is any bytes; what is in it does not depend on that."""

from __future__ import annotations

import os
import sys
import threading
import time
from pathlib import Path

import pytest

from halo_dash.ingest import Ingest
from halo_dash.jobs.watcher import Watcher
from halo_dash.store import Store

LINE = (
    (Path(__file__).parents[1] / "fixtures" / "otlp" / "halo-jsonl" / "chat.jsonl")
    .read_bytes()
    .splitlines(keepends=True)[0]
)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not text")
def test_a_name_that_is_no_utf_8_is_read_noted_and_remembered(tmp_path: Path) -> None:
    folder = tmp_path / "watched"
    folder.mkdir()
    odd = Path(os.fsdecode(os.fsencode(folder) + b"/odd\xff.jsonl"))
    odd.write_bytes(LINE + b"{broken\n")
    store = Store.open(tmp_path / "halo.db")
    with store, Ingest(store) as ingest:
        for _ in range(2):  # what was remembered is found again
            watch = Watcher([folder], ingest, store)
            watch.look([odd])
    with Store.open(tmp_path / "halo.db", mode="ro") as store:
        assert store.stats().spans == 1
        (rejection,) = store.collector.overview(time.time_ns()).rejections
        assert rejection.path == str(folder / "odd\\xff.jsonl")


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no names that are not text")
def test_it_does_not_end_the_watch(tmp_path: Path) -> None:
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.jsonl"))
    odd.write_bytes(LINE)
    stop = threading.Event()
    with Store.open(tmp_path / "halo.db") as store, Ingest(store) as ingest:
        thread = threading.Thread(target=Watcher([tmp_path], ingest, store).run, args=(stop,))
        thread.start()
        end = time.monotonic() + 60
        while not store.stats().spans and thread.is_alive():
            assert time.monotonic() < end
            time.sleep(0.01)
        assert thread.is_alive()
        stop.set()
        thread.join()
