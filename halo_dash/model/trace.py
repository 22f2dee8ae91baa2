"""A trace as a whole: what the list shows, and what the whole-trace rules decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.model.judged import JudgedTrace
from halo_dash.model.observation import NO_USAGE, Failure, Kind, Observation, Usage
from halo_dash.model.quick import quick

TraceStatus: TypeAlias = Literal["ok", "error", "running"]


@quick
@dataclass(frozen=True, slots=True)
class SpanReading:
    """What the whole-trace rules need of one span: its place, its time and its observation."""

    span_id: str
    parent_span_id: str
    name: str
    start_ns: int
    end_ns: int
    scope_name: str
    observation: Observation
    sequence: int = 0
    """Order of arrival; breaks ties between spans that start in the same clock tick."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one span gets from its trace."""

    session_id: str | None = None
    user_id: str | None = None
    agent_name: str | None = None
    agent_id: str | None = None
    is_counted: bool = False
    """Its tokens and cost are part of the trace's totals."""
    is_llm_call: bool = False
    """It stands for one LLM call (duplicates and wrappers do not)."""
    is_error_origin: bool = False
    """In error, with no errored span below it."""
    failure: Failure | None = None
    """As the observation's, or better: an inner duplicate borrows the outer span's words."""


@quick
@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One row of the trace list. Totals never count a call twice."""

    trace_id: str
    name: str
    kind: Kind
    root_span_id: str | None
    """The root, or None while none has arrived."""
    start_ns: int
    end_ns: int
    """The latest end of any span; equal to `start_ns` when none has ended."""
    is_error: bool
    """The run failed: its root (or, with no root, a topmost span) is in error."""
    is_open: bool
    """The root is missing or has not ended: running while fresh, incomplete once it has gone quiet."""
    span_count: int
    error_count: int
    llm_calls: int
    tool_calls: int
    orphan_count: int
    """Spans whose parent never arrived."""
    usage: Usage = NO_USAGE
    cost_usd: float | None = None
    cost_is_partial: bool = False
    """The cost of some counted call is not known: the true cost is at least `cost_usd`."""
    failure: Failure | None = None
    """The error to show in the row: the last origin below the failed root, else the first origin."""
    failed_span_id: str | None = None
    failed_name: str | None = None
    services: tuple[str, ...] = ()
    environment: str | None = None
    agents: tuple[tuple[str | None, str], ...] = ()
    """(agent_id, agent_name) of each agent, in order of first appearance."""
    session_id: str | None = None
    user_id: str | None = None
    sessions: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    providers: tuple[str, ...] = ()
    tools: tuple[str, ...] = ()
    kinds: tuple[Kind, ...] = ()
    names: tuple[str, ...] = ()
    input_preview: str | None = None
    output_preview: str | None = None

    @property
    def is_recovered(self) -> bool:
        """The run reported ok, with an error inside. Whether it got over it is what findings tell."""
        return self.error_count > 0 and not self.is_error


QUIET_NS = 300 * 1_000_000_000
"""An open trace that received nothing for this long (5 minutes) is no longer called running."""


@dataclass(frozen=True, slots=True)
class TraceRow:
    """A trace as the store holds it: its summary and how it came here."""

    summary: TraceSummary
    source: str
    """`live`, `watch`, `import` or `demo`: how the first span of it arrived."""
    first_arrival_ns: int
    last_arrival_ns: int
    revision: int
    """Grows with every change of the store; names what a live page has to refetch."""
    is_pinned: bool = False
    """Retention leaves it alone."""
    verdicts: tuple[str, ...] = ()
    """What people said of it, of its spans or of its sessions: `good`, `bad`, or both."""
    tags: tuple[str, ...] = ()
    """The tags of the same, by name."""
    judged: JudgedTrace | None = None
    """What rules found; None until it was judged."""

    def effective(self, now_ns: int) -> TraceStatus:
        """How the run is in effect: `error` where it reported one or rules found that it failed."""
        status = self.status(now_ns)
        is_failed = self.judged is not None and self.judged.is_failed_in_effect
        return "error" if status == "ok" and is_failed else status

    def status(self, now_ns: int) -> TraceStatus:
        """`running` while open and fresh; then what the run reported."""
        is_fresh = now_ns - self.last_arrival_ns < QUIET_NS and self.source in {"live", "watch"}
        if self.summary.is_open and is_fresh:
            return "running"
        return "error" if self.summary.is_error else "ok"
