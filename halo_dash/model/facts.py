"""Facts: what figures over many traces add up, made for each trace from its readings.

Parts add up to the totals of their trace: every counted call, token and dollar is in exactly one part.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from halo_dash.model.observation import NO_USAGE, Kind, Usage

UNKNOWN_NS: Final = -1
"""Duration of what has not ended."""

Named = tuple[str, str]
"""(`model`, `tool` or `name`; the value): the filter that finds a span like this one."""


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
    named: Named
    sequence: int
    """Order of arrival of the span, which nothing else in the store has."""
    usage: Usage
    cost_usd: float | None


ERROR: Final = 1
CALL: Final = 2
"""Not of an LLM span that only wraps or repeats the one that stands for the call."""
FIRST_OF_AGENT: Final = 4
"""No earlier call of its agent in this trace has its kind and name."""
FIRST_OF_TRACE: Final = 8
"""No earlier call of this trace has its kind and name."""
FIRST_NAMED_OF_AGENT: Final = 16
"""No earlier span of its agent in this trace, of whatever kind, has its name."""
FIRST_NAMED_OF_TRACE: Final = 32


class Step(NamedTuple):
    """One span of a kind that people ask about."""

    part: int
    kind: Kind
    named: Named
    sequence: int
    marks: int
    """`ERROR`, `CALL`, …, added up."""
    duration_ns: int


class TraceFacts(NamedTuple):
    """All of one trace."""

    parts: tuple[Part, ...]
    calls: tuple[Call, ...]
    steps: tuple[Step, ...]
