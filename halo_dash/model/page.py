"""What the store answers: pages of traces and spans, their totals, what changed, what was written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from halo_dash.model.found import SearchReport, TraceMatches
from halo_dash.model.observation import NO_USAGE, Observation, Usage
from halo_dash.model.span import LogRecord, Span
from halo_dash.model.trace import SpanReading, TraceRow


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a filter field and how many traces of the selection have it."""

    value: str
    count: int


@dataclass(frozen=True, slots=True)
class Totals:
    """Sums over the whole selection, however many pages it has."""

    traces: int = 0
    failed: int = 0
    recovered: int = 0
    running: int = 0
    spans: int = 0
    errors: int = 0
    """Spans in error."""
    llm_calls: int = 0
    usage: Usage = NO_USAGE
    cost_usd: float | None = None
    cost_is_partial: bool = False
    """The cost of some call is not known: the true cost is at least `cost_usd`."""
    p50_duration_ns: int | None = None
    """The lower median; None where the selection is empty."""


@dataclass(frozen=True, slots=True)
class TracePage:
    """One page of the trace list."""

    items: tuple[TraceRow, ...]
    next_cursor: str | None
    totals: Totals
    facets: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)
    """Field name -> its most frequent values. The counts follow all *other* fields of the filter."""
    revision: int = 0
    """The state of the store that this page shows."""
    search: SearchReport | None = None
    """How the search went; None where nothing was typed."""
    matches: Mapping[str, TraceMatches] = field(default_factory=dict)
    """Trace id -> why it was found, where words were searched."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The traces before and after one trace, in the order of a list."""

    previous_trace_id: str | None
    next_trace_id: str | None


@dataclass(frozen=True, slots=True)
class Changes:
    """What changed after a revision."""

    revision: int
    """Ask with this one next time."""
    trace_ids: tuple[str, ...]
    """Oldest change first."""
    has_more: bool = False
    """There is more than was returned; ask again at once, or load everything anew."""


@dataclass(frozen=True, slots=True)
class StoredSpan:
    """A whole span as the store holds it, with the log records that belong to it, in their order."""

    span: Span
    observation: Observation
    logs: tuple[LogRecord, ...]
    sequence: int
    """Order of arrival."""

    @property
    def reading(self) -> SpanReading:
        """What the whole-trace rules need of it."""
        span = self.span
        return SpanReading(
            span_id=span.span_id,
            parent_span_id=span.parent_span_id,
            name=span.name,
            start_ns=span.start_ns,
            end_ns=span.end_ns,
            scope_name=span.scope.name,
            observation=self.observation,
            sequence=self.sequence,
        )


@dataclass(frozen=True, slots=True)
class SpanPage:
    """Whole spans of one trace in order of start, then arrival."""

    items: tuple[StoredSpan, ...]
    next_after: str | None
    """Where the next page begins; None at the end."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What one write did."""

    inserted: int = 0
    """Spans that were not there before."""
    updated: int = 0
    """Spans that replaced a less complete version of themselves."""
    duplicates: int = 0
    """Spans that changed nothing: retries, and versions that say less than the stored one."""
    log_records: int = 0
    """Log records that were not there before."""
    trace_ids: tuple[str, ...] = ()
    """Traces that changed."""
    annotations: int = 0
    """Annotations that were new, or changed later than what was there."""
