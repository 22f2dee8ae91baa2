"""What readers and writers feel while a store ten times over its limit is brought back to it.

    python bench/retention.py [--spans 100000] [--rate 2000] [--over 10]

Fills a store with agent traces, then lets the janitor bring it down to a part of its size while a writer
sends spans at a steady rate and another process reads pages. Prints the longest time each of them waited,
without the time in which the machine had no core for them (Linux tells), and how long each kind of upkeep
kept the lock on the store.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from halo_dash.jobs.janitor import Janitor
from halo_dash.model.span import Resource, Scope, Span
from halo_dash.model.upkeep import UpkeepStep
from halo_dash.store import Store

WORDS = [
    f"{a}{b}"
    for a in ("re", "un", "in", "over", "out", "sub")
    for b in ("fund", "load", "call", "plan", "take")
]
READER = """
import sys, time
from pathlib import Path
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.store import Store

def idle():
    scheduled = Path("/proc/thread-self/schedstat")
    return int(scheduled.read_text().split()[1]) / 1e9 if scheduled.exists() else 0.0

def read(store):
    page = store.traces.page(ListQuery(Filter(), limit=50), time.time_ns())
    for row in page.items[:3]:
        store.spans.page(row.summary.trace_id)

waits = []
with Store.open(Path(sys.argv[1]), "ro") as store:
    read(store)
    print("ready", flush=True)
    while not Path(sys.argv[2]).exists():
        began, idle_before = time.monotonic(), idle()
        read(store)
        waits.append((time.monotonic() - began, idle() - idle_before))
        time.sleep(0.02)
print(*(f"{wait}:{without}" for wait, without in waits))
"""


def trace(number: int, chance: random.Random) -> list[Span]:
    """Thirteen spans of about 3 KB; every trace has a session, every tenth a process of its own."""
    resource = Resource({"service.name": "bench", "service.instance.id": str(number // 10)})
    now_ns = time.time_ns()
    return [
        Span(
            trace_id=f"{number:032x}",
            span_id=f"{each:016x}",
            parent_span_id="" if each == 0 else f"{0:016x}",
            name=("agent", "chat", "execute_tool")[min(2, each)],
            start_ns=now_ns,
            end_ns=now_ns + 10**9,
            attributes={
                "session.id": f"s{number}",
                "input.value": " ".join(chance.choices(WORDS, k=180)),
                "output.value": chance.randbytes(500).hex(),
            },
            resource=resource,
            scope=Scope("bench"),
        )
        for each in range(13)
    ]


def fill(store: Store, spans: int, chance: random.Random) -> int:
    """Write the traces; returns how many."""
    traces = spans // 13
    for begin in range(0, traces, 100):
        batch = [span for number in range(begin, min(begin + 100, traces)) for span in trace(number, chance)]
        with store.writing() as tx:
            tx.write(batch, source="live", received_ns=time.time_ns())
    return traces


def idle() -> float:
    """How long this thread was ready to run and had no core so far, in seconds; 0 where nobody tells."""
    scheduled = Path("/proc/thread-self/schedstat")
    return int(scheduled.read_text().split()[1]) / 1e9 if scheduled.exists() else 0.0


class Waits:
    """How long something took each time, and how much of it for want of a core."""

    def __init__(self) -> None:
        self.found: list[tuple[float, float]] = []

    @contextmanager
    def measured(self) -> Iterator[None]:
        """Measure a block."""
        began, idle_before = time.monotonic(), idle()
        yield
        self.found.append((time.monotonic() - began, idle() - idle_before))

    def __str__(self) -> str:
        waits = sorted(wait for wait, _idle in self.found) or [0.0]
        median, p99, longest = (waits[int(part * (len(waits) - 1))] * 1e3 for part in (0.5, 0.99, 1))
        own = max((wait - without for wait, without in self.found), default=0.0) * 1e3
        return (
            f"{len(self.found)} times, median {median:.1f} ms, p99 {p99:.1f} ms, longest {longest:.1f} ms"
            f" ({own:.1f} with a core)"
        )


def write(store: Store, first: int, rate: int, done: threading.Event, waits: Waits) -> None:
    """Send a batch twenty times a second, and note down how long each took."""
    chance = random.Random(2)
    number = first
    per_batch = max(1, rate // 13 // 20)
    next_at = time.monotonic()
    tick_at = next_at + 1
    while not done.is_set():
        spans = [span for each in range(number, number + per_batch) for span in trace(each, chance)]
        number += per_batch
        with waits.measured(), store.writing() as tx:
            tx.write(spans, source="live", received_ns=time.time_ns())
        if time.monotonic() >= tick_at:
            with waits.measured():
                store.settle()
            tick_at += 1
        next_at += 0.05
        done.wait(max(0.0, next_at - time.monotonic()))


def watched(store: Store) -> dict[str, Waits]:
    """Measure, from now on, how long each kind of upkeep takes."""
    found: dict[str, Waits] = {}
    space, retention = store.space, store.retention

    def timed(name: str, work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            with found.setdefault(name, Waits()).measured():
                work()

        return run

    def steps(name: str, work: Callable[..., Iterator[UpkeepStep]]) -> Callable[..., Iterator[UpkeepStep]]:
        def run(*given: object) -> Iterator[UpkeepStep]:
            idle_before = idle()
            for step in work(*given):
                without = min(step.took_s, idle() - idle_before)
                found.setdefault(name, Waits()).found.append((step.took_s, without))
                yield step
                idle_before = idle()

        return run

    space.checkpoint = timed("checkpoint", space.checkpoint)  # type: ignore[method-assign]
    space.empty_log = timed("emptying the log", space.empty_log)  # type: ignore[method-assign]
    space.give_back = steps("giving back", space.give_back)  # type: ignore[method-assign]
    retention.prune = steps("removing", retention.prune)  # type: ignore[method-assign]
    retention.sweep = steps("sweeping", retention.sweep)  # type: ignore[method-assign]
    return found


def together(
    store: Store, first: int, rate: int, flag: Path, work: Callable[[], None]
) -> tuple[Waits, Waits]:
    """Do the work while another process reads and a thread writes: what the writer and the reader felt."""
    flag.unlink(missing_ok=True)
    done, writing, reading = threading.Event(), Waits(), Waits()
    command = [sys.executable, "-c", READER, str(store.path), str(flag)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as reader:
        assert reader.stdout is not None
        reader.stdout.readline()
        writer = threading.Thread(target=write, args=(store, first, rate, done, writing))
        writer.start()
        work()
        done.set()
        writer.join()
        flag.touch()
        pairs = (each.split(":") for each in reader.stdout.read().split())
        reading.found = [(float(wait), float(without)) for wait, without in pairs]
    return writing, reading


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--spans", type=int, default=100_000)
    parser.add_argument("--rate", type=int, default=1_000, help="spans a second that arrive meanwhile")
    parser.add_argument("--over", type=float, default=10.0, help="how many times over its limit the store is")
    parser.add_argument("--most", type=float, default=300.0, help="give up after so many seconds")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "halo.db") as store:
        began = time.monotonic()
        traces = fill(store, given.spans, random.Random(1))
        store.space.checkpoint()
        store.space.empty_log()
        before = store.space.measure().total_bytes
        print(f"filled {traces:,} traces in {time.monotonic() - began:.0f} s: {before / 1e6:,.0f} MB")
        flag, stop = Path(folder) / "done", threading.Event()
        writer, reader = together(store, traces, given.rate, flag, lambda: time.sleep(10))
        print(f"alone:    writing {writer}\n          reading {reader}")
        limit = before / given.over
        kinds = watched(store)
        janitor = Janitor(store, days=0, size_gb=limit / 1e9)
        timer = threading.Timer(given.most, stop.set)
        timer.start()
        began = time.monotonic()
        writer, reader = together(store, 2 * traces, given.rate, flag, lambda: janitor.look(stop))
        took = time.monotonic() - began
        timer.cancel()
        print(f"janitor:  writing {writer}\n          reading {reader}")
        for name, waits in kinds.items():
            print(f"          {name} {waits}")
        after = store.space.measure()
        print(
            f"from {before / 1e6:,.0f} MB to {after.total_bytes / 1e6:,.0f} MB in {took:.0f} s, "
            f"limit {limit / 1e6:,.0f}"
        )


if __name__ == "__main__":
    main()
