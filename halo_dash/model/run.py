"""Runs of the analysis engine, the conversations they belong to, and what a run tells while it goes on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias, get_args

from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.report import Report

RunState: TypeAlias = Literal[
    "queued", "running", "completed", "failed", "cancelled", "timed_out", "no_traces"
]
RUN_STATES: tuple[RunState, ...] = get_args(RunState)
ENDED: frozenset[RunState] = frozenset({"completed", "failed", "cancelled", "timed_out", "no_traces"})

RunKind: TypeAlias = Literal["report", "follow_up"]
Analyst: TypeAlias = Literal["model", "built_in"]
"""Who reads: a language model, or the built-in analyst that needs none."""

Role: TypeAlias = Literal["root", "subagent", "ask", "synthesis", "compaction"]
"""What a call of a model is for; each may have a model of its own."""

RunPhase: TypeAlias = Literal["starting", "reading", "writing", "checking", "ended"]

EventKind: TypeAlias = Literal[
    "state",  # {"state", "reason"}
    "phase",  # {"phase"}
    "selection",  # {"traces", "spans", "read_traces", "read_spans", "is_sampled", "note"}
    "turn",  # {"turn", "turns_left"}: a turn of an agent begins
    "text",  # {"text"}: what the model writes, so far; a later one of the same agent and turn replaces it
    "tool_call",  # {"call_id", "name", "arguments"}
    "tool_result",  # {"call_id", "name", "text", "is_error", "duration_ms"}
    "subagent",  # {"child", "question", "state": "started" | "ended", "answer"}
    "usage",  # {"role", "model", "input", "output", "cost_usd" | None}: one call of a model is paid
    "compaction",  # {"items", "tokens_before", "tokens_after"}
    "retry",  # {"failure", "message", "attempt", "wait_s"}
    "limit",  # {"limit", "message"}: a cap binds (spans, depth, parallelism, budget, turns)
    "warning",  # {"message"}
    "citations",  # {"verified", "unverified", "round"}
    "report",  # {}: the report (or the answer of a follow-up) is there
]

PROMPT = (
    "Find what goes wrong in these runs. Rank the problems by how much they cost the user, prove each with "
    "quotes, tell the likely cause, and say what to change."
)
"""What is asked where nobody says what."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunModels:
    """Which model does what; None takes the one before it: everything falls back on `model`."""

    model: str | None = None
    """None: the one of the settings."""
    sub_model: str | None = None
    """For subagents and `ask`."""
    synthesis_model: str | None = None
    compaction_model: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunLimits:
    """How far a run may go."""

    max_depth: int = 3
    """Levels of subagents below the root, 0 to 5. 0: the model is never called from inside."""
    max_turns: int = 50
    """Turns of the root agent, 1 to 100; subagents have a third of it, at least 5."""
    max_parallel: int = 8
    """Calls of models at the same time, over the whole run."""
    span_limit: int | None = 10_000
    """Spans that are read; a larger selection is sampled and says so. None: no limit."""
    budget_usd: float | None = None
    budget_tokens: int | None = None
    budget_minutes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """How models are called. None leaves it to the model's server."""

    api: Literal["chat", "responses"] = "chat"
    temperature: float | None = None
    max_output_tokens: int | None = None
    reasoning_effort: str | None = None
    parallel_tool_calls: bool | None = None
    refusal_retries: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRequest:
    """What was asked for. Nothing in it is a secret: it is stored as it is."""

    prompt: str
    filter: Filter = NO_FILTER
    """Periods are absolute here: a preset is turned into moments when the run is created."""
    trace_ids: tuple[str, ...] = ()
    """Chosen one by one; with a filter, both must hold. Empty: all that the filter selects."""
    analyst: Analyst = "model"
    models: RunModels = RunModels()
    limits: RunLimits = RunLimits()
    options: RunOptions = RunOptions()
    context: str = ""
    """What the user tells about these traces."""
    repo_path: str | None = None
    """A repository the engine may read."""
    telemetry_path: str | None = None
    """Where the run's own trace is written instead of the store."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunUsage:
    """What a run took so far."""

    turns: int = 0
    """Of the root agent."""
    model_calls: int = 0
    tool_calls: int = 0
    subagents: int = 0
    input_tokens: int = 0
    cached_tokens: int = 0
    """Of the input, read from the provider's cache."""
    output_tokens: int = 0
    cost_usd: float | None = 0.0
    """None: no call had a known price."""
    cost_is_partial: bool = False
    """Some calls had no known price, or ended before they said what they took: `cost_usd` is "at least"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionSize:
    """What a run reads of what was selected."""

    traces: int
    spans: int
    read_traces: int
    read_spans: int

    @property
    def is_sampled(self) -> bool:
        """Not all of it."""
        return self.read_traces < self.traces


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of the engine over a frozen selection of traces."""

    run_id: str
    conversation_id: str
    kind: RunKind
    request: RunRequest
    state: RunState
    created_ns: int
    started_ns: int | None = None
    ended_ns: int | None = None
    phase: RunPhase = "starting"
    reason: str = ""
    """Why it ended as it did; for a person."""
    usage: RunUsage = RunUsage()
    size: SelectionSize | None = None
    """None until the selection was read."""
    trace_id: str | None = None
    """Of its own trace."""
    is_cancel_asked: bool = False
    resumed: int = 0
    """How often it went on after its process had ended."""

    @property
    def is_ended(self) -> bool:
        """Nothing more will come of it."""
        return self.state in ENDED


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """Something that happened in a run; the kinds and their data are listed with `EventKind`."""

    sequence: int
    """Grows within a run; what is shown after a reload is everything above the last one seen."""
    at_ns: int
    kind: EventKind
    agent: str = "0"
    """Path of the agent: `0` is the root, `0.2` its second subagent."""
    turn: int = 0
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One side of a turn of a conversation. The first assistant's message is the report."""

    message_id: str
    role: Literal["user", "assistant"]
    content: str
    """Markdown."""
    created_ns: int
    run_id: str
    report: Report | None = None
    """The same, structured; what `content` was rendered from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A run and its follow-ups."""

    conversation_id: str
    title: str
    created_ns: int
    updated_ns: int
    runs: tuple[Run, ...]
    """The first is the report's, then the follow-ups, in order."""
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """How much of one trace an agent looked at."""

    trace_id: str
    agent: str
    how: Literal["listed", "searched", "viewed", "read"]
    """`listed`: a row of a list; `searched`: a hit; `viewed`: its spans, shortened; `read`: spans in full."""
    spans: frozenset[str] = frozenset()
    """The spans; empty where only the trace's row was seen."""
