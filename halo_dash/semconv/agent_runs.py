"""What each agent that took part in a trace is, how long it ran and how that ended (semconv, inheritance)."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter
from typing import NamedTuple

from halo_dash.model.facts import UNKNOWN_NS
from halo_dash.model.figures import UNNAMED
from halo_dash.model.trace import SpanReading
from halo_dash.semconv.frameworks import framework_of
from halo_dash.semconv.kinds import AGENT
from halo_dash.semconv.lineage import NO_PARENT
from halo_dash.semconv.summary import Read

_scope = attrgetter("scope_name")
_role = attrgetter("observation.agent_role")
_version = attrgetter("observation.agent_version")
_service_version = attrgetter("observation.service_version")
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


def runs_of(read: Read, keys: Keys) -> dict[str, AgentRun]:
    """The run of each agent, by its key."""
    distinct = {key: None for key in keys if key is not None}
    if len(distinct) == 1 and None not in keys:
        (key,) = distinct
        return {key: _run(read, key, keys, read.family.spans, head=key)}
    head = _head(read, keys)
    members: dict[str, list[SpanReading]] = {key: [] for key in distinct}
    for index in read.family.timeline:
        of = keys[index]
        if of is not None:
            members[of].append(read.family.spans[index])
    return {key: _run(read, key, keys, spans, head=head) for key, spans in members.items()}


def _head(read: Read, keys: Keys) -> str | None:
    """The agent that speaks for the trace: that of its head, else the first."""
    family = read.family
    first: str | None = None
    for index in family.timeline:
        if keys[index] is not None:
            if family.spans[index] is read.head:
                return keys[index]
            first = first or keys[index]
    return first


def _run(read: Read, key: str, keys: Keys, spans: Sequence[SpanReading], *, head: str | None) -> AgentRun:
    summary = read.summary
    is_whole = len(spans) == len(keys)
    is_failed, has_errors = summary.is_error, summary.error_count > 0
    agent_id, name = (None, None) if key == UNNAMED and not summary.agents else _called(read, key, keys)
    if not summary.agents or (is_whole and AGENT not in map(_kind, spans)):
        duration_ns = summary.end_ns - summary.start_ns
    else:
        own = _outermost(read, key, keys)
        duration_ns = _length(own)
        if key != head:
            is_failed = own[-1].observation.failure is not None
    if not is_whole:
        has_errors = any(span.observation.failure is not None for span in spans)
    return AgentRun(
        agent_id,
        name,
        _last(_role, spans),
        _last(_version, spans) or _last(_service_version, spans),
        framework_of(frozenset(map(_scope, spans))),
        duration_ns,
        is_failed,
        has_errors,
    )


def _called(read: Read, key: str, keys: Keys) -> tuple[str | None, str | None]:
    """(id, name) as last said."""
    for index in reversed(read.family.timeline):
        agent = read.agents[index]
        if agent is not None and keys[index] == key:
            return (key if key != agent.name or agent.id == key else None), agent.name
    return None, None


def _last(said: attrgetter[str | None], spans: Sequence[SpanReading]) -> str | None:
    """What was said last; nearly always all spans say the same."""
    values = set(map(said, spans))
    values.discard(None)
    if len(values) < 2:
        return next(iter(values), None)
    latest = max((span for span in spans if said(span)), key=lambda span: (span.start_ns, span.sequence))
    return said(latest)


def _outermost(read: Read, key: str, keys: Keys) -> list[SpanReading]:
    """The agent's AGENT spans that no other of its own is around, in order of time.

    Without any, its spans whose parent is not its own.
    """
    family = read.family
    own = [index for index, span in enumerate(family.spans) if keys[index] == key and _kind(span) is AGENT]
    if len(own) == 1:
        return [family.spans[own[0]]]
    if own:
        outer = _not_inside(family.parents, own)
    else:
        outer = [
            index
            for index, up in enumerate(family.parents)
            if keys[index] == key and (up == NO_PARENT or keys[up] != key)
        ]
    found = [family.spans[index] for index in outer]
    found.sort(key=lambda span: (span.start_ns, span.sequence))
    return found


def _not_inside(parents: Sequence[int], own: Sequence[int]) -> list[int]:
    """Those of some spans that none of the others is above. Parents come before their children."""
    is_own = set(own)
    inside = [False] * len(parents)
    outer: list[int] = []
    for index, up in enumerate(parents):
        above = up != NO_PARENT and (inside[up] or up in is_own)
        inside[index] = above
        if index in is_own and not above:
            outer.append(index)
    return outer


def _length(spans: Sequence[SpanReading]) -> int:
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
