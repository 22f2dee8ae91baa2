"""Where the indexer's time goes: a filled store to a full-text index, in this process.

    python bench/profile_index.py [--traces 2000] [--rounds 3] [--profile]

Prints CPU time in microseconds a span, which other programs on the machine disturb less than a rate. One
round takes everything as a store that is far behind does.
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
from halo_dash.jobs.indexer import rebuild
from halo_dash.model.exporter import Exporter
from halo_dash.otlp import encode_traces
from halo_dash.store import Store

LIMIT = 64 << 20


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--profile", action="store_true", help="show the functions that take the time")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "halo.db"
        with Store.open(path) as store:
            spans = fill(store, options.traces)
            times = [index(store) for _ in range(options.rounds)]
            if options.profile:
                profile = cProfile.Profile(time.process_time)
                profile.runcall(index, store)
                pstats.Stats(profile).sort_stats("tottime").print_stats(45)
            size = sum(each.stat().st_size for each in path.parent.iterdir() if ".index" in each.name)
        best = 1e6 * min(times) / spans
        print(f"{spans:,} spans: {best:.1f} µs a span; index {size / spans:.0f} bytes a span")


def fill(store: Store, traces: int) -> int:
    """Write the workload; returns its spans."""
    exporter = Exporter(user_agent="bench", transport="grpc", encoding="protobuf")
    scopes = Scopes()
    count = 0
    for spans in batches(traces):
        body = encode_traces(spans, "protobuf")
        count += len(spans)
        with store.writing() as tx:
            delivery = Delivery("traces", body, exporter, "/v1/traces", time.time_ns())
            Request(delivery, LIMIT).decode(scopes).write(tx)
    return count


def index(store: Store) -> float:
    """CPU seconds of making the index anew."""
    begin = time.process_time()
    rebuild(store)
    return time.process_time() - begin


if __name__ == "__main__":
    main()
