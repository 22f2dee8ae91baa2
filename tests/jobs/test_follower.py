"""The list is in memory before anybody asks for it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

from halo_dash.jobs.follower import follow
from halo_dash.model.span import Span
from halo_dash.store import Store

NOW = 1_780_000_000_000_000_000


def wait_until(holds: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        time.sleep(0.02)


def test_it_loads_the_list_and_takes_over_what_comes(tmp_path: Path) -> None:
    def rows() -> int:
        memory = store.traces._memory
        return 0 if memory is None else len(memory._table["row"])

    def write(trace: int) -> None:
        with store.writing() as tx:
            tx.write([Span(f"{trace:032x}", "a" * 16, start_ns=NOW)], source="live", received_ns=NOW)

    stop = threading.Event()
    with Store.open(tmp_path / "halo.db") as store:
        write(1)
        thread = threading.Thread(target=follow, args=(store, stop))
        thread.start()
        wait_until(lambda: rows() == 1, "what was there")
        write(2)
        wait_until(lambda: rows() == 2, "what came later")
        stop.set()
        thread.join()
