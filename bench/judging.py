"""What judging traces costs, in CPU time on one core, by its stages.

    python bench/judging.py [--traces 300] [--files RUNS.jsonl ...] [--profile]

Fills a store with the seeded workload (and with the runs of the files), then judges everything as the
judge of `halo serve` does: whole spans are read, put together for the rules, judged, and the findings kept.
CPU time is counted, not time, so another process beside it disturbs little; the share is against the CPU that
ingesting the same spans took, in this process as well.
"""

from __future__ import annotations

import argparse
import cProfile
import pstats
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workload import batches

from halo_dash.detect import RULES, judge
from halo_dash.jobs.judge import Judge, read_whole
from halo_dash.model.filter import ListQuery
from halo_dash.model.span import Span
from halo_dash.otlp import decode_traces, encode_traces
from halo_dash.semconv import read_subject
from halo_dash.store import Store
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.sources import detect

AIM = 5_000
"""Spans a second that one core is to judge."""

_NOW_NS = 1_790_000_000_000_000_000
_AT_ONCE = 512
_PAGE = 500


@dataclass(slots=True)
class Clock:
    """CPU seconds by stage."""

    spent: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @contextmanager
    def of(self, stage: str) -> Iterator[None]:
        """Count what runs within."""
        began = time.process_time()
        yield
        self.spent[stage] += time.process_time() - began


def workload(traces: int) -> Iterator[bytes]:
    """Requests of the seeded workload."""
    for batch in batches(traces):
        yield encode_traces(batch, "protobuf")


def recorded(files: Sequence[Path]) -> Iterator[bytes]:
    """The spans of files as requests."""
    for path in files:
        source = InputFile.at(path)
        spans: list[Span] = [span for batch in detect(source).batches(source) for span in batch.spans]
        for begin in range(0, len(spans), _AT_ONCE):
            yield encode_traces(spans[begin : begin + _AT_ONCE], "protobuf")


def ingest(store: Store, bodies: Iterator[bytes], clock: Clock) -> int:
    """Write requests as the collector does; returns the number of spans."""
    written = 0
    for body in bodies:
        with clock.of("ingest"), store.writing() as tx:
            spans = list(decode_traces(body, "protobuf"))
            tx.write(spans, source="live", received_ns=_NOW_NS)
        written += len(spans)
    return written


def ids(store: Store) -> list[str]:
    """All traces."""
    found: list[str] = []
    query: ListQuery | None = ListQuery(limit=_PAGE)
    while query:
        page = store.traces.page(query, _NOW_NS, facets=False)
        found += [row.summary.trace_id for row in page.items]
        query = query.at(page.next_cursor) if page.next_cursor else None
    return found


def stages(store: Store, clock: Clock) -> None:
    """Do what the judge does, stage by stage, without keeping it."""
    for trace_id in ids(store):
        with clock.of("reading"):
            trace = store.traces.get(trace_id)
            spans = read_whole(store, trace_id)
        assert trace is not None
        with clock.of("subject"):
            subject = read_subject(trace_id, spans, summary=trace.summary)
        with clock.of("rules"):
            judged = judge(subject, RULES)
        assert not judged.errors, judged.errors


def measure(name: str, bodies: Iterator[bytes], run: Callable[[Callable[[], int]], int]) -> None:
    """Ingest, judge, and print what a span cost."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "halo.db") as store:
        spans = ingest(store, bodies, clock)
        store.settle(everything=True)
        with clock.of("judging"):
            traces = run(Judge(store, RULES, clock=lambda: _NOW_NS).catch_up)
        stages(store, clock)
    total = clock.spent["judging"]
    told = {stage: clock.spent[stage] for stage in ("reading", "subject", "rules")}
    told["keeping"] = max(0.0, total - sum(told.values()))
    print(f"{name}: {spans:,} spans in {traces:,} traces")
    for stage, seconds in told.items():
        print(f"{1e6 * seconds / spans:>9.1f} µs of CPU a span for {stage}")
    print(
        f"{1e6 * total / spans:>9.1f} in all: {spans / total:,.0f} spans/s a core (aim {AIM:,}), "
        f"{total / clock.spent['ingest']:.1f} times what decoding and writing them took\n"
    )


def profiled(job: Callable[[], int]) -> int:
    """Run a job and print where its time went."""
    profile = cProfile.Profile(time.process_time)
    found = profile.runcall(job)
    pstats.Stats(profile, stream=sys.stdout).sort_stats("tottime").print_stats(45)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--traces", type=int, default=300, help="of the seeded workload; 0 leaves it out")
    parser.add_argument("--files", type=Path, nargs="*", default=(), help="runs to judge as well")
    parser.add_argument("--profile", action="store_true", help="show where the time goes")
    options = parser.parse_args()
    run = profiled if options.profile else lambda job: job()
    if options.traces:
        measure("the seeded workload", workload(options.traces), run)
    for path in options.files:
        measure(path.name, recorded([path]), run)


if __name__ == "__main__":
    main()
