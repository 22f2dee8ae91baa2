"""The demo data: a day in the life of five agents, with failures planted at known rates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from halo_dash.model.span import Span
from halo_dash.transfer.demo.plan import planned_runs
from halo_dash.transfer.demo.recorder import Recorder
from halo_dash.transfer.demo.truth import AGENT_RUNS, CUT_RUNS, DEMO_TRUTH, Planted

__all__ = ["AGENT_RUNS", "CUT_RUNS", "DEMO_TRUTH", "DemoTrace", "Planted", "demo_traces"]

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class DemoTrace:
    """One trace of the demo and the failure of `DEMO_TRUTH` that is in it."""

    trace_id: str
    planted: str | None
    spans: tuple[Span, ...]


def demo_traces(now_ns: int) -> Iterator[DemoTrace]:
    """Every trace, the oldest first. Only times depend on `now_ns`: ids, words and durations never change."""
    for planned in sorted(planned_runs(), key=lambda planned: -planned.slot.ago_s):
        slot = planned.slot
        recorder = Recorder(
            key=slot.key,
            run=planned.run,
            start_ns=now_ns - int(slot.ago_s * _NS),
            session=slot.session,
            user=slot.user,
            version=slot.version,
        )
        spans = recorder.spans()
        yield DemoTrace(spans[0].trace_id, planned.run.planted, spans)
