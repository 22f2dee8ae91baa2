"""How soon traces are judged while spans arrive, with a running `halo serve`.

    python bench/judging_live.py [--rate 2000] [--seconds 20] [--backlog 0]

Sends the seeded workload at a steady rate and looks which traces are judged when: the time from a trace's
last arrival to its verdict, of which one second is the quiet that is waited for. `--backlog` traces are sent
at once before, so that the judge has them to do beside. Says as well what CPU each part took.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from pathlib import Path

from scale import Server, prepare, requests, send

from halo_dash.store import Store

_SPANS_A_TRACE = 13
_PAUSE_S = 0.05
_AFTER_S = 5.0
_MOST = 100_000


def follow(store: Store, over: threading.Event, since_ns: int, lags: list[float]) -> None:
    """Note how long each verdict on what arrived since a moment took, until told that it is over."""
    sequence, known = store.findings.sequence(), set[str]()
    while not over.wait(_PAUSE_S):
        seen, now_ns = store.findings.sequence(), time.time_ns()
        for trace_id in store.findings.judged_since(sequence, _MOST):
            trace = None if trace_id in known else store.traces.get(trace_id)
            known.add(trace_id)
            # A trace that changed again since is judged again.
            is_live = trace is not None and trace.last_arrival_ns >= since_ns
            if is_live and trace.judged is not None and trace.judged.revision == trace.revision:
                lags.append((now_ns - trace.last_arrival_ns) / 1e9)
        sequence = seen


def measure(options: argparse.Namespace, folder: Path) -> None:
    """Send, look, and print."""
    home = folder / "home"
    home.mkdir()
    prepare(folder / "backlog", options.backlog, 1)
    spans, _ = prepare(folder / "live", int(options.rate * options.seconds / _SPANS_A_TRACE), 2)
    server = Server(home)
    lags: list[float] = []
    over = threading.Event()
    try:
        send(server.collector, requests(folder / "backlog"), 1e12, threading.Event())
        before = server.cpu()
        with Store.open(home / "halo.db", mode="ro") as store:
            looking = threading.Thread(target=follow, args=(store, over, time.time_ns(), lags))
            looking.start()
            began = time.monotonic()
            send(server.collector, requests(folder / "live"), options.rate, threading.Event())
            took = time.monotonic() - began
            time.sleep(_AFTER_S)
            over.set()
            looking.join()
            waiting = store.findings.state(time.time_ns()).waiting
        after = server.cpu()
    finally:
        over.set()
        server.process.terminate()
        server.process.communicate()
    cuts = statistics.quantiles(lags, n=100) if len(lags) > 1 else [float("nan")] * 99
    print(f"{spans:,} spans at {spans / took:,.0f} a second, {options.backlog:,} traces before them")
    print(
        f"judged after the last span of a trace: p50 {cuts[49]:.2f} s, p95 {cuts[94]:.2f} s, "
        f"p99 {cuts[98]:.2f} s ({len(lags):,} such verdicts, {waiting:,} traces wait)"
    )
    for part, seconds in after.items():
        print(f"{1e6 * (seconds - before[part]) / spans:>9.1f} µs of CPU a span in the {part}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rate", type=float, default=2_000)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--backlog", type=int, default=0)
    with tempfile.TemporaryDirectory() as name:
        measure(parser.parse_args(), Path(name))


if __name__ == "__main__":
    main()
