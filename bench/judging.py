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
import gc
import pstats
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from workload import batches

from halo_dash.detect import RULES, judge
from halo_dash.jobs.subjects import read_whole, with_history
from halo_dash.model.span import Span
from halo_dash.otlp import decode_traces, encode_traces
from halo_dash.semconv import read_subject
from halo_dash.store import Store
from halo_dash.store.findings.judging import Judgement
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.sources import detect

AIM = 5_000
"""Spans a second that one core is to judge."""

_NOW_NS = 1_790_000_000_000_000_000
_AT_ONCE = 512
_TOGETHER = 64


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


def recorded(path: Path) -> Iterator[bytes]:
    """The spans of a file as requests."""
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


def judge_all(store: Store, clock: Clock) -> int:
    """Do what the judge does, stage by stage; returns the number of traces."""
    judging = store.findings.judging("bench")
    with clock.of("keeping"):
        while judging.follow():
            pass
    done = 0
    while due := judging.due(_NOW_NS * 2, _TOGETHER):
        kept: list[Judgement] = []
        for row, trace_id in due:
            with clock.of("reading"):
                trace = store.traces.unjudged(trace_id)
                spans = read_whole(store, trace_id)
            assert trace is not None
            with clock.of("subject"):
                subject = read_subject(trace_id, spans, summary=trace.summary)
            with clock.of("history"):
                subject = with_history(store, subject)
            with clock.of("rules"):
                judged = judge(subject, RULES)
            assert not judged.errors, judged.errors
            kept.append(Judgement(row, trace_id, trace.revision, judged.verdict))
        with clock.of("keeping"):
            judging.keep(kept)
        done += len(due)
    judging.close()
    return done


def measure(name: str, bodies: Iterator[bytes], *, is_profiled: bool) -> None:
    """Ingest, judge, and print what a span cost."""
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder, Store.open(Path(folder) / "halo.db") as store:
        spans = ingest(store, bodies, clock)
        store.settle(everything=True)
        # As the judge's own process does.
        gc.collect()
        gc.freeze()
        gc.set_threshold(20_000, 10, 10)
        traces = profiled(store) if is_profiled else judge_all(store, clock)
    told = {stage: seconds for stage, seconds in clock.spent.items() if stage != "ingest"}
    total = sum(told.values())
    print(f"{name}: {spans:,} spans in {traces:,} traces")
    for stage, seconds in told.items():
        print(f"{1e6 * seconds / spans:>9.1f} µs of CPU a span for {stage}")
    if total:
        print(
            f"{1e6 * total / spans:>9.1f} in all: {spans / total:,.0f} spans/s a core (aim {AIM:,}), "
            f"{total / clock.spent['ingest']:.1f} times what decoding and writing them took\n"
        )


def profiled(store: Store) -> int:
    """Judge, and print where the time went."""
    profile = cProfile.Profile()
    found: int = profile.runcall(judge_all, store, Clock())
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
    if options.traces:
        measure("the seeded workload", workload(options.traces), is_profiled=options.profile)
    for path in options.files:
        measure(path.name, recorded(path), is_profiled=options.profile)


if __name__ == "__main__":
    main()
