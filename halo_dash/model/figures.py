"""Figures over many traces: how an agent, a model, a tool or a session is doing.

A *run* of an agent is a trace it took part in, counted for the agent's own part; so the number of runs behind
a figure is the number of traces that the list shows for the same filter. Sums never count a call twice, what
nobody said stays None, and percentiles are exact (nearest rank), not estimates from buckets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from halo_dash.model.observation import NO_USAGE, Kind, Usage

UNNAMED = "(unnamed)"
"""Key of the group of all traces in which no agent says who it is."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Durations in nanoseconds of what has ended; None where nothing has."""

    p50_ns: int | None = None
    p95_ns: int | None = None
    p99_ns: int | None = None
    mean_ns: int | None = None


NO_LATENCY = Latency()


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over runs (parts of traces, or whole traces)."""

    runs: int = 0
    failed: int = 0
    """Reported as an error: the status of the run, see `TraceSummary.is_error`."""
    recovered: int = 0
    """Reported fine, with an error inside; whether they got over it is what findings tell."""
    effectively_failed: int | None = None
    """Failed in effect, whatever was reported; None while nothing judges traces.

    An agent's run did where it failed itself, or where its trace did and reported otherwise.
    """
    apart: int = 0
    """Of an agent's runs those that failed while their trace did not, or did not while it did.

    With any of them, no list of failed traces is the list of its failed runs.
    """
    llm_calls: int = 0
    tool_calls: int = 0
    usage: Usage = NO_USAGE
    cost_usd: float | None = None
    unpriced_calls: int = 0
    """Calls without a known price, or without tokens: the true cost is more than `cost_usd`."""
    latency: Latency = NO_LATENCY

    @property
    def error_rate(self) -> float | None:
        """Share of the runs that failed, 0 to 1; None without runs."""
        return self.failed / self.runs if self.runs else None

    @property
    def cost_is_partial(self) -> bool:
        """Whether the cost is a lower bound."""
        return self.unpriced_calls > 0


@dataclass(frozen=True, slots=True)
class Group:
    """The figures of one value of a dimension."""

    value: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Step:
    """All spans of one kind and name of an agent: a model called, a tool used, a part of a chain."""

    kind: Kind
    label: str
    """Model of an LLM call, tool of a tool call, else the span's name."""
    calls: int
    errors: int
    runs: int
    total_ns: int
    """All durations added up."""
    latency: Latency
    cost_usd: float | None = None
    slowest: SpanRef | None = None
    """The call that took longest."""


@dataclass(frozen=True, slots=True)
class SpanRef:
    """Where to look: a span of a trace."""

    trace_id: str
    span_id: str


@dataclass(frozen=True, slots=True)
class DearCall:
    """One of the most expensive LLM calls."""

    ref: SpanRef
    start_ns: int
    model: str | None
    usage: Usage
    cost_usd: float
    question: str | None
    """What was asked, as the list shows it: the call's own, else its trace's."""


@dataclass(frozen=True, slots=True)
class VersionMark:
    """The first run of a version within the period."""

    version: str
    first_ns: int


Dimension: TypeAlias = Literal["model", "tool", "version", "environment"]
DIMENSIONS: tuple[Dimension, ...] = ("model", "tool", "version", "environment")


@dataclass(frozen=True, slots=True)
class Overview:
    """Everything the overview of an agent (or of any selection) shows."""

    total: Figures
    edges_ns: tuple[int, ...]
    """Ends of the buckets: bucket i is `edges_ns[i] <= start < edges_ns[i + 1]`; one more than `buckets`."""
    buckets: tuple[Figures, ...]
    groups: Mapping[Dimension, tuple[Group, ...]]
    """Largest number of runs first."""
    steps: tuple[Step, ...]
    """Largest `total_ns` first."""
    failing_tools: tuple[Step, ...]
    """Tools with errors, most errors first."""
    dear_calls: tuple[DearCall, ...]
    """Most expensive first."""
    versions: tuple[VersionMark, ...]
    """In the order in which they appeared."""
    first_ns: int | None
    last_ns: int | None
    """First and last start of a run in the selection."""


@dataclass(frozen=True, slots=True)
class Samples:
    """What each run of a selection took, in no order; a run that does not say stands in fewer of them."""

    durations_ns: tuple[int, ...]
    """Of the runs that have ended."""
    tokens: tuple[int, ...]
    costs_usd: tuple[float, ...]
    """Of the runs all of whose calls have a price."""


@dataclass(frozen=True, slots=True)
class AgentRow:
    """One agent: its identity, and how it is doing within the selection."""

    key: str
    """Groups runs and stands in addresses: `agent_id`, else the name, else `UNNAMED`."""
    agent_id: str | None
    name: str
    """As it was last called."""
    other_names: tuple[str, ...] = ()
    """What else the same id was called."""
    role: str | None = None
    version: str | None = None
    """The last one."""
    framework: str | None = None
    """What instrumented or ran it, for people: `LangChain`, `OpenAI Agents`, `Vercel AI SDK`, …"""
    first_seen_ns: int = 0
    last_seen_ns: int = 0
    figures: Figures = field(default_factory=Figures)
    runs_by_bucket: tuple[int, ...] = ()
    failed_by_bucket: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One session, or one user."""

    value: str
    """The session's or the user's id."""
    first_ns: int
    last_ns: int
    """First start and last end."""
    figures: Figures
    """`runs` are its traces."""
    active_ns: int
    """The time in which a trace of it ran, side by side or alone (the rest is the user's thinking)."""
    running: int = 0
    """Traces of it that go on."""
    incomplete: int = 0
    """Those of whose end nothing has come, and no failure either."""
    agents: tuple[str, ...] = ()
    users: tuple[str, ...] = ()
    sessions: int = 0
    environment: str | None = None
    first_input: str | None = None
    last_output: str | None = None
    failure: str | None = None
    """Why its last failed trace failed, on one line."""


GroupBy: TypeAlias = Literal["session", "user"]
GROUP_SORT_KEYS = ("last", "first", "runs", "duration", "tokens", "cost", "errors")
GROUP_SORTS = tuple(sign + key for key in GROUP_SORT_KEYS for sign in ("-", ""))
DEFAULT_GROUP_SORT = "-last"


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One page of sessions or users, with totals over the whole selection."""

    items: tuple[GroupRow, ...]
    next_cursor: str | None
    total: int
    figures: Figures
