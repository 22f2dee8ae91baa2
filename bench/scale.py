"""How `halo serve` does with a large store: filling, indexing, searching while more comes in.

    python bench/scale.py [--traces 70000] [--rate 5000] [--seconds 30] [--keep FOLDER]

Sends everything as fast as it is acknowledged and waits until all of it can be found. Then asks, over HTTP,
for the pages people ask for, while spans go on arriving at `--rate` a second. 70,000 traces are a million
spans: that takes a few minutes and 5 GB. `--keep` leaves the store in a folder, and begins with the one that
is there instead of filling another. Absolute figures say more about the machine than about the program: read
the ratios.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import psutil
from workload import batches

from halo_dash.otlp import encode_traces
from halo_dash.store.driver import connect

SENDERS = 4
LENGTH = struct.Struct("<II")
QUERIES: dict[str, dict[str, str]] = {
    "newest page": {},
    "filtered page": {"status": "error", "service": "billing-agent"},
    "rare word": {"q": "session-77"},
    "common word": {"q": "customer"},
    "phrase": {"q": '"order invoice"'},
    "absent phrase": {"q": '"the of and to a in"'},
    "word, 3 filters, by cost": {
        "q": "refund",
        "status": "ok",
        "service": "support-agent",
        "model": "gpt-5",
        "sort": "-cost",
    },
    "attribute": {"attr.session.id": "session-77"},
    "facets of a common word": {"q": "invoice", "facets": "1"},
}


class Server:
    """A running `halo serve`, its memory, and questions to it."""

    def __init__(self, home: Path) -> None:
        command = [sys.executable, "-m", "halo_dash", "serve", "--port", "0", "--collector-port", "0"]
        command += ["--db", str(home / "halo.db"), "--log-format", "json", "--no-open"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home)
        assert self.process.stdout is not None
        event: dict[str, str] = {}
        while event.get("event") != "ready":
            event = json.loads(self.process.stdout.readline())
        self.collector = int(event["collector"].rpartition(":")[2])
        self.dashboard = int(event["dashboard"].rpartition(":")[2])
        children = psutil.Process(self.process.pid).children()
        self.parts = {child.cmdline()[-1].rpartition(":")[2]: child for child in children}
        self.peaks: dict[str, int] = {}

    def get(self, path: str, **pairs: str) -> tuple[float, dict]:  # type: ignore[type-arg]
        """(milliseconds, document)."""
        connection = http.client.HTTPConnection("127.0.0.1", self.dashboard, timeout=120)
        begin = time.perf_counter()
        connection.request("GET", f"{path}?{urlencode(pairs)}")
        document = json.loads(connection.getresponse().read())
        took = 1000 * (time.perf_counter() - begin)
        connection.close()
        for part, child in self.parts.items():
            self.peaks[part] = max(self.peaks.get(part, 0), child.memory_info().rss)
        return took, document

    def cpu(self) -> dict[str, float]:
        """CPU seconds that each part has taken."""
        times = {part: child.cpu_times() for part, child in self.parts.items()}
        return {part: each.user + each.system for part, each in times.items()}


def prepare(file: Path, traces: int, seed: int) -> tuple[int, int]:
    """Write requests to a file; returns (spans, bytes of protobuf)."""
    spans = size = 0
    with file.open("wb") as out:
        for batch in batches(traces, seed):
            body = encode_traces(batch, "protobuf")
            out.write(LENGTH.pack(len(batch), len(body)) + body)
            spans += len(batch)
            size += len(body)
    return spans, size


def requests(file: Path) -> Iterator[tuple[int, bytes]]:
    """(spans, body) of each request."""
    with file.open("rb") as stream:
        while head := stream.read(LENGTH.size):
            count, size = LENGTH.unpack(head)
            yield count, stream.read(size)


def send(port: int, bodies: Iterator[tuple[int, bytes]], rate: float, over: threading.Event) -> None:
    """Send, at most `rate` spans a second, until all is sent or `over`."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
    begin, sent = time.monotonic(), 0
    for count, body in bodies:
        status = 503
        while status == 503:
            connection.request("POST", "/v1/traces", body, {"Content-Type": "application/x-protobuf"})
            answer = connection.getresponse()
            answer.read()
            status = answer.status
        sent += count
        if over.wait(max(0.0, begin + sent / rate - time.monotonic())):
            return


class Shared:
    """Requests that several senders take from."""

    def __init__(self, bodies: Iterator[tuple[int, bytes]]) -> None:
        self._bodies = bodies
        self._guard = threading.Lock()

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        while True:
            with self._guard:
                body = next(self._bodies, None)
            if body is None:
                return
            yield body


def wait_for_index(server: Server, spans: int) -> None:
    """Until so many spans can be found."""
    while (server.get("/stats.json")[1]["indexed_spans"] or 0) < spans:
        time.sleep(0.2)


def fill(server: Server, file: Path, spans: int, size: int, home: Path) -> None:
    """Send everything, and wait until it can be found."""
    begin = time.monotonic()
    bodies = Shared(requests(file))
    senders = [
        threading.Thread(target=send, args=(server.collector, iter(bodies), 1e12, threading.Event()))
        for _ in range(SENDERS)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    acknowledged = time.monotonic() - begin
    wait_for_index(server, spans)
    searchable = time.monotonic() - begin
    stored = sum(each.stat().st_size for each in home.iterdir() if each.name.startswith("halo.db"))
    print(f"{spans / acknowledged:>9,.0f} durable spans/s")
    print(
        f"{spans / searchable:>9,.0f} durable and searchable spans/s\n"
        f"{stored / size:>9.2f} of the raw protobuf on disk, index included"
    )
    for part, seconds in server.cpu().items():
        print(f"{1e6 * seconds / spans:>9.1f} µs of CPU a span in the {part}")
    print()


def ask(server: Server, seconds: float) -> None:
    """Ask every query in turn for a while, and print how long they took."""
    waits: dict[str, list[float]] = {name: [] for name in QUERIES}
    totals: dict[str, str] = {}
    lags: list[float] = []
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        for name, pairs in QUERIES.items():
            took, page = server.get("/traces.json", **{"facets": "0", **pairs})
            waits[name].append(took)
            is_partial = page.get("search") and page["search"]["partial"]
            totals[name] = f"{page['total']:,}{' so far' if is_partial else ''}"
        lags.append(server.get("/stats.json")[1]["index_lag_s"] or 0.0)
    print(f"{'':<28}{'first':>9}{'p50':>9}{'p95':>9}{'p99':>9} ms{'traces':>14}")
    for name, found in waits.items():
        cuts = statistics.quantiles(found, n=100) if len(found) > 1 else [found[0]] * 99
        print(
            f"{name:<28}{found[0]:>9.1f}{cuts[49]:>9.1f}{cuts[94]:>9.1f}{cuts[98]:>9.1f}   {totals[name]:>14}"
        )
    print(f"\nlag of the index: at most {max(lags):.1f} s, {statistics.median(lags):.1f} s in the middle")


def scan(home: Path) -> float:
    """Milliseconds that plain SQLite takes to read every span once: what a search without an index does."""
    connection = connect(home / "halo.db", read_only=True)
    begin = time.monotonic()
    connection.execute("SELECT count(*) FROM bodies WHERE instr(body, 'no such word')").fetchone()
    took = 1000 * (time.monotonic() - begin)
    connection.close()
    return took


def measure(options: argparse.Namespace, home: Path, folder: Path) -> None:
    """Fill the store in `home`, unless there is one, and ask."""
    is_new = not (home / "halo.db").exists()
    spans = size = 0
    if is_new:
        spans, size = prepare(folder / "all", options.traces, 1)
        print(f"{spans:,} spans, {size / spans:,.0f} bytes of protobuf a span\n")
    # Other traces each time, also where earlier ones were kept.
    prepare(folder / "more", int(options.rate * options.seconds / 12) + 100, time.time_ns())
    server = Server(home)
    try:
        if is_new:
            fill(server, folder / "all", spans, size, home)
        else:
            # Another version may have made another index.
            wait_for_index(server, server.get("/stats.json")[1]["spans"])
        over = threading.Event()
        more = threading.Thread(
            target=send, args=(server.collector, requests(folder / "more"), options.rate, over)
        )
        more.start()
        try:
            ask(server, options.seconds)
        finally:
            over.set()
            more.join()
        print(f"reading every span with plain SQLite: {scan(home):,.0f} ms")
        print(f"peak RSS {', '.join(f'{part} {peak >> 20} MB' for part, peak in server.peaks.items())}")
    finally:
        server.process.terminate()
        server.process.communicate()


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=70_000)
    parser.add_argument("--rate", type=float, default=5_000)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="keep the store there for the next time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        home = options.keep.absolute() if options.keep else folder / "home"
        home.mkdir(parents=True, exist_ok=True)
        measure(options, home, folder)


if __name__ == "__main__":
    main()
