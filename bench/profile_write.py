"""Where the writing thread's time goes: requests from memory to durable rows, with no server around it.

    python bench/profile_write.py [--traces 400] [--together 2] [--rounds 8] [--profile]

Prints CPU time of the one thread in microseconds a span, which other programs on the machine disturb less
than a rate. `--together` is the number of requests to a transaction: as many as there are senders, each of
whom waits for its answer.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import tempfile
import time
from pathlib import Path

from workload import batches

from halo_dash.ingest.delivery import Delivery
from halo_dash.ingest.jobs import Request
from halo_dash.ingest.scopes import Scopes
from halo_dash.model.exporter import Encoding, Exporter
from halo_dash.otlp import encode_traces
from halo_dash.store import Store

LIMIT = 64 << 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=400)
    parser.add_argument("--together", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=8)
    parser.add_argument("--encoding", choices=("protobuf", "json"), default="protobuf")
    parser.add_argument("--profile", action="store_true", help="show the functions that take the time")
    options = parser.parse_args()
    requests = [(len(spans), encode_traces(spans, options.encoding)) for spans in batches(options.traces)]
    rounds = [write(requests, options.encoding, options.together) for _ in range(options.rounds)]
    if options.profile:
        profile = cProfile.Profile(time.thread_time)
        profile.runcall(write, requests, options.encoding, options.together)
        pstats.Stats(profile).sort_stats("tottime").print_stats(45)
    count = sum(each for each, _ in requests)
    # Of each transaction the best round: the others were disturbed more.
    best = [min(times) for times in zip(*rounds, strict=True)]
    total, decoding = (1e6 * sum(part) / count for part in zip(*best, strict=True))
    print(f"{count:,} spans: {total:.1f} µs a span, of which {decoding:.1f} decoding")


def write(requests: list[tuple[int, bytes]], encoding: Encoding, together: int) -> list[tuple[float, float]]:
    """Write into a new store. Returns CPU seconds of each transaction: all, and those of decoding."""
    exporter = Exporter(user_agent="bench", transport="grpc", encoding=encoding)
    scopes = Scopes()
    times: list[tuple[float, float]] = []
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "halo.db") as store:
        for first in range(0, len(requests), together):
            begin = time.thread_time()
            decoding = 0.0
            with store.writing() as tx:
                for _, body in requests[first : first + together]:
                    request = Request(Delivery("traces", body, exporter, "/v1/traces", time.time_ns()), LIMIT)
                    before = time.thread_time()
                    records = request.decode(scopes)
                    decoding += time.thread_time() - before
                    records.write(tx)
            times.append((time.thread_time() - begin, decoding))
    return times


if __name__ == "__main__":
    main()
