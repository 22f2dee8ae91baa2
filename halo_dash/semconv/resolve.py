"""The rules that need a whole trace: counting once, inheritance, error origins, the summary."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from halo_dash.model.trace import Resolved, SpanReading, TraceSummary


def resolve(spans: Sequence[SpanReading]) -> Mapping[str, Resolved]:
    """Span id -> what it gets from its trace. Any order, orphans, cycles and duplicates are fine."""
    raise NotImplementedError


def summarise(trace_id: str, spans: Sequence[SpanReading]) -> TraceSummary:
    """The list row of a trace. `spans` is not empty; the result does not depend on their order."""
    raise NotImplementedError
