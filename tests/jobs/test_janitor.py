"""The janitor keeps a store within its limits, beside whoever writes and reads it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from halo_dash.detect import RULES
from halo_dash.jobs.janitor import Janitor
from halo_dash.jobs.judge import Judge
from halo_dash.jobs.upkeep import give_back
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.model.upkeep import DAY_NS, RetentionLimits
from halo_dash.store import Store

NOW = 1_780_000_000_000_000_000


def fill(store: Store, count: int, received_ns: int = NOW, size: int = 5_000) -> None:
    chance = random.Random(count)  # noqa: S311 - test data
    for begin in range(0, count, 50):
        with store.writing() as tx:
            spans = [
                Span(
                    f"{number:032x}",
                    "s",
                    start_ns=NOW + number,
                    attributes={"text": chance.randbytes(size).hex(), "session.id": f"s{number}"},
                )
                for number in range(begin, min(count, begin + 50))
            ]
            tx.write(spans, source="live", received_ns=received_ns)


def look(store: Store, *, days: int = 0, max_bytes: int = 0, now_ns: int = NOW) -> None:
    Janitor(store, days=days, size_gb=max_bytes / 1e9, clock=lambda: now_ns).look(threading.Event())


def numbers(store: Store) -> list[int]:
    """The traces that are left, oldest first."""
    found: list[int] = []
    cursor = None
    while True:
        page = store.traces.page(
            ListQuery(Filter(), sort="start", limit=500, cursor=cursor), NOW, facets=False
        )
        found += [int(row.summary.trace_id, 16) for row in page.items]
        cursor = page.next_cursor
        if cursor is None:
            return found


def test_a_store_ten_times_over_its_limit_returns_to_it_and_the_file_shrinks(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        fill(store, 3_000)
        store.space.checkpoint()
        limit = store.space.measure().total_bytes // 10
        look(store, max_bytes=limit)
        left = numbers(store)
        assert left
        assert left == list(range(3_000 - len(left), 3_000))
        assert (
            sum(each.stat().st_size for each in tmp_path.glob("halo.db*") if "shm" not in each.name) <= limit
        )
        assert store.check() == ()
        look(store, max_bytes=limit)
        assert numbers(store) == left


def test_days_count_from_the_last_arrival(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        fill(store, 100)
        look(store, days=30, now_ns=NOW + 30 * DAY_NS)
        assert len(numbers(store)) == 100
        with store.writing() as tx:
            tx.write([Span(f"{7:032x}", "late", start_ns=NOW)], source="live", received_ns=NOW + DAY_NS)
        look(store, days=30, now_ns=NOW + 30 * DAY_NS + 1)
        assert numbers(store) == [7]


def test_without_limits_nothing_goes(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        fill(store, 60)
        look(store, now_ns=NOW + 10_000 * DAY_NS)
        assert len(numbers(store)) == 60


def test_it_works_beside_a_writer_and_readers(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        fill(store, 1_500)
        stop = threading.Event()
        janitor = Janitor(
            store, days=1, size_gb=0, first_after_s=0, every_s=0.01, clock=lambda: NOW + 2 * DAY_NS
        )
        thread = threading.Thread(target=janitor.run, args=(stop,))
        thread.start()
        try:
            number = 1_500
            deadline = time.monotonic() + 60
            while True:
                spans = [Span(f"{number:032x}", f"s{each}", start_ns=NOW + number) for each in range(3)]
                with store.writing() as tx:
                    tx.write(spans, source="live", received_ns=NOW + 2 * DAY_NS)
                number += 1
                # Totals and rows are of one moment, whatever is being removed.
                page = store.traces.page(ListQuery(Filter(), limit=500), NOW)
                assert len(page.items) == min(500, page.totals.traces)
                assert {value.value: value.count for value in page.facets["source"]} == {
                    "live": page.totals.traces
                }
                if page.totals.traces == number - 1_500:
                    break
                assert time.monotonic() < deadline
        finally:
            stop.set()
            thread.join()
        assert numbers(store) == list(range(1_500, number))
        assert store.check() == ()


def test_what_was_found_in_removed_traces_gives_its_space_back(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        for begin in range(0, 600, 100):
            spans = [
                Span(
                    f"{number:032x}",
                    "s",
                    name=f"execute_tool t{number}",
                    start_ns=NOW + number,
                    end_ns=NOW + number + 1,
                    status_code=2,
                    status_message=f"Tool {number} failed: {'no such thing ' * 20}",
                    attributes={"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": f"t{number}"},
                )
                for number in range(begin, begin + 100)
            ]
            with store.writing() as tx:
                tx.write(spans, source="import", received_ns=NOW)
        Judge(store, RULES).catch_up()
        before = store.space.measure().findings_bytes
        for _step in store.retention.prune(RetentionLimits(started_before_ns=NOW + 595)):
            pass
        Judge(store, RULES).catch_up()
        for _look in range(3):
            give_back(store, threading.Event())
        assert store.space.measure().findings_bytes < before / 2


PRUNER = """
import sys, threading
from pathlib import Path
from halo_dash.jobs.upkeep import give_back, work_off
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.store import Store

with Store.open(Path(sys.argv[1])) as store:
    print("begins", flush=True)
    def heard(step):
        print(step.traces, flush=True)
    stop = threading.Event()
    work_off(store, store.retention.prune(RetentionLimits(started_before_ns=int(sys.argv[2]))), stop, heard)
    work_off(store, store.retention.sweep(int(sys.argv[2])), stop, heard)
    give_back(store, stop, everything=True, heard=heard)
    print("done", flush=True)
"""


@pytest.mark.parametrize("steps", [1, 6, 25, 60])
def test_killed_at_any_step_nothing_is_lost_and_it_goes_on(steps: int, tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        fill(store, 600, size=9_000)
    command = [sys.executable, "-c", PRUNER, str(path), str(NOW + 500)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for _each in range(steps):
            if process.stdout.readline() == "done\n":
                break
        os.kill(process.pid, signal.SIGKILL)
    with Store.open(path) as store:
        assert store.check() == ()
        kept = numbers(store)
        assert set(range(500, 600)) <= set(kept)
        for number in kept:
            assert len(store.spans.page(f"{number:032x}").items) == 1
        stop = threading.Event()
        for _step in store.retention.prune(RetentionLimits(started_before_ns=NOW + 500)):
            pass
        give_back(store, stop, everything=True)
        assert numbers(store) == list(range(500, 600))
        space = store.space.measure()
        assert space.free_bytes == 0
        assert space.total_bytes < 2.5e6
        assert store.check() == ()


def test_it_comes_to_an_end_while_traces_keep_arriving(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        fill(store, 1_500)
        store.space.checkpoint()
        limit = store.space.measure().total_bytes // 10
        done, late = threading.Event(), threading.Event()

        def go_on() -> None:
            number = 1_500
            while not done.wait(0.001):
                with store.writing() as tx:
                    text = random.Random(number).randbytes(5_000).hex()  # noqa: S311 - test data
                    span = Span(f"{number:032x}", "s", start_ns=NOW + number, attributes={"text": text})
                    tx.write([span], source="live", received_ns=NOW)
                number += 1

        writer = threading.Thread(target=go_on)
        watchdog = threading.Timer(90, late.set)
        watchdog.start()
        writer.start()
        try:
            Janitor(store, days=0, size_gb=limit / 1e9, clock=lambda: NOW).look(late)
        finally:
            done.set()
            writer.join()
            watchdog.cancel()
        assert not late.is_set()
        left = numbers(store)
        assert left == list(range(left[0], left[-1] + 1))
        assert left[-1] >= 1_500 > len(left)
        assert store.check() == ()
