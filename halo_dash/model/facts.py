"""Facts: what figures over many traces add up, made for each trace from its readings.

Parts add up to the totals of their trace: every counted call, token and dollar is in exactly one part.
"""

from __future__ import annotations

from typing import NamedTuple

from halo_dash.model.observation import NO_USAGE, Kind, Usage

UNKNOWN_NS = -1
"""Duration of what has not ended."""


class Part(NamedTuple):
    """What one agent did in a trace, for one session and one user (nearly always there is one of each)."""

    agent: str | None
    """Its key: the id, else the name, else `UNNAMED`; None is what no agent of a trace that has some did."""
    agent_id: str | None = None
    name: str | None = None
    """As it was last called in the trace."""
    role: str | None = None
    version: str | None = None
    """What the agent says of itself, else its service."""
    framework: str | None = None
    session: str | None = None
    user: str | None = None
    environment: str | None = None
    """The trace's."""
    duration_ns: int = UNKNOWN_NS
    """How long its outermost own spans ran, overlaps once."""
    is_run: bool = False
    """Stands for the agent's run: one part of each agent does. Its time and outcome are of all."""
    is_failed: bool = False
    has_errors: bool = False
    """Some span of it is in error."""
    llm_calls: int = 0
    tool_calls: int = 0
    usage: Usage = NO_USAGE
    cost_usd: float | None = None
    unpriced_calls: int = 0


class Call(NamedTuple):
    """One span whose tokens and cost are part of the totals."""

    part: int
    """Index into the parts."""
    kind: Kind
    label: str
    is_labelled: bool
    """The label is a model's or a tool's name; otherwise it is the span's."""
    sequence: int
    """Order of arrival of the span, which nothing else in the store has."""
    usage: Usage
    cost_usd: float | None


class Step(NamedTuple):
    """One span of a kind that people ask about."""

    part: int
    kind: Kind
    label: str
    is_labelled: bool
    sequence: int
    duration_ns: int
    is_error: bool
    is_call: bool
    """False for an LLM span that only wraps or repeats the one that stands for the call."""
    is_first_of_agent: bool
    """No earlier call of its agent in this trace has its kind and label."""
    is_first_of_trace: bool
    """No earlier call of this trace has its kind and label."""


class TraceFacts(NamedTuple):
    """All of one trace."""

    parts: tuple[Part, ...]
    calls: tuple[Call, ...]
    steps: tuple[Step, ...]
