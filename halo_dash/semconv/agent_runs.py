"""What each agent that took part in a trace is, how long it ran and how that ended (semconv, inheritance)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import attrgetter
from typing import NamedTuple

from halo_dash.model.facts import UNKNOWN_NS
from halo_dash.model.trace import SpanReading
from halo_dash.semconv.frameworks import framework_of
from halo_dash.semconv.kinds import AGENT
from halo_dash.semconv.lineage import NO_PARENT
from halo_dash.semconv.summary import Read

_scope = attrgetter("scope_name")
_kind = attrgetter("observation.kind")
Keys = Sequence[str | None]


class AgentRun(NamedTuple):
    """One agent's part in a trace."""

    agent_id: str | None = None
    name: str | None = None
    role: str | None = None
    version: str | None = None
    framework: str | None = None
    duration_ns: int = UNKNOWN_NS
    is_failed: bool = False
    has_errors: bool = False


def only_run(read: Read) -> AgentRun:
    """The run where every span belongs to one agent, or where no agent says who it is."""
    summary, said, family = read.summary, read.said, read.family
    agent = read.agents[0]
    if agent is None or AGENT not in summary.kinds:
        duration_ns = summary.end_ns - summary.start_ns
    else:
        own = [family.timeline[at] for at, kind in enumerate(said.kinds) if kind is AGENT]
        duration_ns = _length(_outermost(read, own))
    return AgentRun(
        None if agent is None else agent.id,
        None if agent is None else agent.name,
        _last(said.roles),
        _last(said.versions) or _last(said.service_versions),
        framework_of(frozenset(map(_scope, family.spans))),
        duration_ns,
        summary.is_error,
        summary.error_count > 0,
    )


def runs_of(read: Read, keys: Keys) -> dict[str, AgentRun]:
    """The run of each agent, by its key."""
    members: dict[str, list[int]] = {}
    for at, index in enumerate(read.family.timeline):
        key = keys[index]
        if key is not None:
            members.setdefault(key, []).append(at)
    if not read.summary.agents:
        return {key: only_run(read) for key in members}
    head = _head(read, keys)
    return {key: _run(read, key, keys, places, is_head=key == head) for key, places in members.items()}


def _head(read: Read, keys: Keys) -> str | None:
    """The agent that speaks for the trace: that of its head, else the first."""
    first: str | None = None
    for index in read.family.timeline:
        key = keys[index]
        if key is not None:
            if read.family.spans[index] is read.head:
                return key
            first = first or key
    return first


def _run(read: Read, key: str, keys: Keys, places: Sequence[int], *, is_head: bool) -> AgentRun:
    """`places` are those of its spans in the order of time."""
    family, said = read.family, read.said
    indices = [family.timeline[at] for at in places]
    spans = [family.spans[index] for index in indices]
    own = [index for index in indices if _kind(family.spans[index]) is AGENT]
    if own:
        outer = _outermost(read, own)
        duration_ns = _length(outer)
    else:
        outer = [family.spans[index] for index in indices if _is_topmost(read, keys, index)]
        ends = [span.end_ns for span in spans]
        duration_ns = max(max(ends) - min(span.start_ns for span in spans), 0) if all(ends) else UNKNOWN_NS
    last = read.agents[indices[-1]]
    return AgentRun(
        next((agent.id for index in indices if (agent := read.agents[index]) and agent.id == key), None),
        last.name if last else None,
        _last([said.roles[at] for at in places]),
        _last([said.versions[at] for at in places]) or _last([said.service_versions[at] for at in places]),
        framework_of(frozenset(map(_scope, spans))),
        duration_ns,
        read.summary.is_error if is_head else outer[-1].observation.failure is not None,
        any(span.observation.failure is not None for span in spans),
    )


def _is_topmost(read: Read, keys: Keys, index: int) -> bool:
    up = read.family.parents[index]
    return up == NO_PARENT or keys[up] != keys[index]


def _last(values: Sequence[str | None]) -> str | None:
    """What was said last."""
    if values.count(values[0]) == len(values):
        return values[0]
    said = dict.fromkeys(values)
    said.pop(None, None)
    if len(said) < 2:
        return next(iter(said), None)
    return next(value for value in reversed(values) if value is not None)


def _outermost(read: Read, own: Sequence[int]) -> list[SpanReading]:
    """Those of some spans, given in order of time, that none of the others is above."""
    family = read.family
    if len(own) > 1:
        inside = _inside(family.parents, frozenset(own))
        own = [index for index in own if not inside[index]]
    return [family.spans[index] for index in own]


def _inside(parents: Sequence[int], own: frozenset[int]) -> list[bool]:
    """Whether one of some spans is above each span. Parents come before their children."""
    inside: list[bool] = []
    for up in parents:
        inside.append(up != NO_PARENT and (inside[up] or up in own))
    return inside


def _length(spans: Iterable[SpanReading]) -> int:
    """How long some of the spans, given in order of start, ran; unknown while one still does."""
    total = reached = 0
    for span in spans:
        if not span.end_ns:
            return UNKNOWN_NS
        begin = max(span.start_ns, reached)
        if span.end_ns > begin:
            total += span.end_ns - begin
            reached = span.end_ns
    return total
