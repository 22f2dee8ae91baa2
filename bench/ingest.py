"""How fast `halo serve` acknowledges durable spans, against its floors, measured in the same run.

    python bench/ingest.py [--traces 1000] [--senders 2]

Absolute figures say more about the machine than about the program: read the ratios.
"""

from __future__ import annotations

import argparse
import json
import pickle
import statistics
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import psutil
from floor import raw_inserts
from senders import send_all
from workload import batches

from halo_dash.model.span import Span
from halo_dash.otlp import encode_traces

PROTOCOLS = ("grpc", "http/protobuf", "http/json")


class Watcher(threading.Thread):
    """Looks at the trace list, and at the memory of the processes, while spans come in."""

    def __init__(self, process: psutil.Process, dashboard: str) -> None:
        super().__init__(daemon=True)
        self._process = process
        self._dashboard = dashboard
        self._over = threading.Event()
        self.waits_ms: list[float] = []
        self.peaks: dict[int, int] = {}

    def run(self) -> None:
        while not self._over.wait(0.05):
            begin = time.monotonic()
            with urllib.request.urlopen(f"{self._dashboard}/traces.json?limit=50") as answer:
                answer.read()
            self.waits_ms.append(1000 * (time.monotonic() - begin))
            for child in self._process.children():
                self.peaks[child.pid] = max(self.peaks.get(child.pid, 0), child.memory_info().rss)

    def stop(self) -> None:
        self._over.set()
        self.join()

    @property
    def p99_ms(self) -> float:
        return statistics.quantiles(self.waits_ms, n=100)[98] if len(self.waits_ms) > 1 else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=1000)
    parser.add_argument("--senders", type=int, default=2)
    options = parser.parse_args()
    requests = [(spans, encode_traces(spans, "protobuf")) for spans in batches(options.traces)]
    count = sum(len(spans) for spans, _ in requests)
    size = sum(len(body) for _, body in requests)
    print(f"{count:,} spans in {len(requests)} requests, {size / count:,.0f} bytes of protobuf a span\n")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        inserted = raw_inserts(folder / "raw.db", requests)
        print(f"{'raw SQLite inserts':<28}{inserted:>9,.0f} spans/s")
        files = {"protobuf": prepare(folder, requests, options.senders, "protobuf")}
        files["json"] = prepare(folder, requests, options.senders, "json")
        parsed = forgetful(count, files["protobuf"])
        print(f"{'server that forgets (gRPC)':<28}{parsed:>9,.0f} spans/s\n")
        for protocol in PROTOCOLS:
            chosen = files["json" if protocol == "http/json" else "protobuf"]
            measure(folder, protocol, count, chosen, floors=(inserted, parsed))


def prepare(
    folder: Path, requests: list[tuple[list[Span], bytes]], senders: int, encoding: str
) -> list[Path]:
    """Write each sender's requests to a file of its own."""
    files = []
    for n in range(senders):
        mine = [
            body if encoding == "protobuf" else encode_traces(spans, "json")
            for spans, body in requests[n::senders]
        ]
        files.append(folder / f"{encoding}-{n}")
        files[-1].write_bytes(pickle.dumps(mine))
    return files


def forgetful(count: int, files: list[Path]) -> float:
    """Spans a second of the server that stores nothing."""
    script = Path(__file__).with_name("floor.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdout is not None
        seconds, _ = send_all("grpc", int(server.stdout.readline()), files)
        server.communicate()
    return count / seconds


def measure(
    folder: Path, protocol: str, count: int, files: list[Path], *, floors: tuple[float, float]
) -> None:
    """Send everything to a fresh `halo serve`, and print what came of it."""
    home = folder / protocol.replace("/", "-")
    home.mkdir()
    begin = time.monotonic()
    command = [sys.executable, "-m", "halo_dash", "serve", "--port", "0", "--collector-port", "0"]
    command += ["--db", str(home / "halo.db"), "--log-format", "json", "--no-open"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=home) as server:
        assert server.stdout is not None
        event: dict[str, str] = {}
        while event.get("event") != "ready":
            event = json.loads(server.stdout.readline())
        ready_s = time.monotonic() - begin
        watcher = Watcher(psutil.Process(server.pid), event["dashboard"])
        watcher.start()
        seconds, senders_cpu = send_all(protocol, int(event["collector"].rpartition(":")[2]), files)
        watcher.stop()
        server.terminate()
        server.communicate()
    sizes = {each.name: each.stat().st_size for each in home.iterdir()}
    stored = sum(sizes.values())
    rate = count / seconds
    inserted, parsed = floors
    peaks = ", ".join(f"{peak >> 20} MB" for peak in watcher.peaks.values())
    print(
        f"halo serve, {protocol:<14}{rate:>11,.0f} durable spans/s = {rate / inserted:.2f} of raw inserts, "
        f"{rate / parsed:.2f} of the forgetful server\n"
        f"  ready after {ready_s:.2f} s; peak RSS {peaks}; "
        f"{stored / count:,.0f} bytes a span on disk\n"
        f"  list page while ingesting: p99 {watcher.p99_ms:.1f} ms over {len(watcher.waits_ms)} requests; "
        f"senders took {senders_cpu:.2f} of a CPU"
    )


if __name__ == "__main__":
    main()
