"""A trace as facts: what each agent did, every call that counts, every step (semconv, inheritance)."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from operator import attrgetter
from typing import NamedTuple

from halo_dash.model.facts import (
    CALL,
    ERROR,
    FIRST_NAMED_OF_AGENT,
    FIRST_NAMED_OF_TRACE,
    FIRST_OF_AGENT,
    FIRST_OF_TRACE,
    UNKNOWN_NS,
    Call,
    Named,
    Part,
    Step,
    TraceFacts,
)
from halo_dash.model.figures import UNNAMED
from halo_dash.model.observation import MODEL_KINDS, Kind
from halo_dash.model.trace import SpanReading
from halo_dash.semconv.agent_runs import AgentRun, only_run, runs_of
from halo_dash.semconv.kinds import LLM, SPAN, TOOL
from halo_dash.semconv.lineage import NO_PARENT
from halo_dash.semconv.summary import Read, add_usages, read_trace

_of_session = attrgetter("observation.session_id")
_of_user = attrgetter("observation.user_id")
_NOBODY = AgentRun()
_IS_RUN = True
_made = tuple.__new__
"""Makes a named tuple in half the time of its own constructor, which counts where every span has one."""

_FIRST = FIRST_OF_AGENT | FIRST_OF_TRACE
_FIRST_NAMED = FIRST_NAMED_OF_AGENT | FIRST_NAMED_OF_TRACE


class _Place(NamedTuple):
    """What tells the parts of a trace from one another."""

    agent: str | None
    session: str | None
    user: str | None


def read_facts(trace_id: str, spans: Sequence[SpanReading]) -> TraceFacts:
    """The facts of a trace. `spans` is not empty; the result does not depend on their order."""
    return facts_of(read_trace(trace_id, spans))


def facts_of(read: Read) -> TraceFacts:
    """The facts of a trace that was read already."""
    summary, agents = read.summary, read.agents
    first = agents[0]
    # Comparing all with one is many times quicker than sorting them out, and nearly always enough.
    if len(summary.sessions) < 2 and len(summary.users) < 2 and agents.count(first) == len(agents):
        key = UNNAMED if first is None else first.id or first.name
        place = _Place(key, summary.session_id, summary.user_id)
        calls, steps = _walk(read, None, [key])
        return TraceFacts((_whole(read, place, calls),), calls, steps)
    keys = _agent_keys(read)
    places, part_of = _places(read, keys)
    calls, steps = _walk(read, part_of, [place.agent for place in places])
    return TraceFacts(_parts(read, places, part_of, runs_of(read, keys), calls), calls, steps)


def _agent_keys(read: Read) -> list[str | None]:
    """The key of each span's agent: its id, else the id its name has in the trace, else the name."""
    if not read.summary.agents:
        return [UNNAMED] * len(read.agents)
    ids: dict[str, str] = {}
    for identity, name in read.summary.agents:
        if identity is not None:
            ids.setdefault(name, identity)
    return [None if agent is None else agent.id or ids.get(agent.name, agent.name) for agent in read.agents]


def _places(read: Read, keys: list[str | None]) -> tuple[list[_Place], list[int]]:
    """The places there are, and each span's by index."""
    summary = read.summary
    sessions = _inherited(read, _of_session, summary.sessions, summary.session_id)
    users = _inherited(read, _of_user, summary.users, summary.user_id)
    found: dict[_Place, int] = {}
    part_of = [found.setdefault(place, len(found)) for place in map(_Place, keys, sessions, users)]
    return list(found), part_of


def _inherited(
    read: Read, said: attrgetter[str | None], values: tuple[str, ...], whole: str | None
) -> list[str | None]:
    """What each span says, else its nearest ancestor, else the trace."""
    family = read.family
    if len(values) < 2:
        return [whole] * len(family.spans)
    found: list[str | None] = []
    for span, up in zip(family.spans, family.parents, strict=True):
        found.append(said(span) or (whole if up == NO_PARENT else found[up]))
    return found


def _walk(
    read: Read, part_of: list[int] | None, agents: list[str | None]
) -> tuple[tuple[Call, ...], tuple[Step, ...]]:
    """Calls and steps. Runs on every span that arrives."""
    calls: list[Call] = []
    steps: list[Step] = []
    known: set[object] = set()
    is_one = len(set(agents)) == 1
    part = 0
    for index, (span, is_counted, is_llm_call) in enumerate(
        zip(read.family.spans, read.calls.counted, read.calls.llm, strict=True)
    ):
        seen = span.observation
        kind = seen.kind
        if kind is SPAN and not is_counted:
            continue
        if kind is TOOL:
            named = ("tool", seen.tool_name) if seen.tool_name is not None else ("name", span.name)
        elif kind in MODEL_KINDS and seen.model is not None:
            named = ("model", seen.model)
        else:
            named = ("name", span.name)
        if part_of is not None:
            part = part_of[index]
        if is_counted:
            calls.append(Call(part, kind, named, span.sequence, seen.usage, seen.cost_usd))
            if kind is SPAN:
                continue
        marks = 0 if seen.failure is None else ERROR
        is_call = is_llm_call or kind is not LLM
        if not is_one:
            marks |= _firsts(known, kind if is_call else None, named, agents[part])
        elif named not in known:
            known.add(named)
            marks |= _FIRST_NAMED
        if is_call:
            marks |= CALL
            if is_one and (kind, named) not in known:
                known.add((kind, named))
                marks |= _FIRST
        begin, end = span.start_ns, span.end_ns
        length = end - begin if 0 < begin <= end else UNKNOWN_NS
        steps.append(_made(Step, (part, kind, named, span.sequence, marks, length)))
    return tuple(calls), tuple(steps)


def _firsts(known: set[object], kind: Kind | None, named: Named, agent: str | None) -> int:
    """Where a trace has several agents. `kind` is None for what is no call."""
    marks = 0
    keys: list[tuple[object, int]] = [
        (named, FIRST_NAMED_OF_TRACE),
        ((named, agent), FIRST_NAMED_OF_AGENT),
    ]
    if kind is not None:
        keys += [((kind, named), FIRST_OF_TRACE), ((kind, named, agent), FIRST_OF_AGENT)]
    for key, mark in keys:
        if key not in known:
            known.add(key)
            marks |= mark
    return marks


def _whole(read: Read, place: _Place, calls: Sequence[Call]) -> Part:
    """The only part of a trace: it has all that the trace has."""
    summary, run = read.summary, only_run(read)
    unpriced = len([call for call in calls if call.cost_usd is None]) if summary.cost_is_partial else 0
    return Part(
        place.agent,
        run.agent_id,
        run.name,
        run.role,
        run.version,
        run.framework,
        place.session,
        place.user,
        summary.environment,
        run.duration_ns,
        _IS_RUN,
        run.is_failed,
        run.has_errors,
        summary.llm_calls,
        summary.tool_calls,
        summary.usage,
        summary.cost_usd,
        unpriced,
    )


def _parts(
    read: Read, places: list[_Place], part_of: list[int], runs: dict[str, AgentRun], calls: Sequence[Call]
) -> tuple[Part, ...]:
    llm, tools = [0] * len(places), [0] * len(places)
    for index, part in enumerate(part_of):
        llm[part] += read.calls.llm[index]
        tools[part] += read.family.spans[index].observation.kind is TOOL
    counted: list[list[Call]] = [[] for _place in places]
    for call in calls:
        counted[call.part].append(call)
    made: list[Part] = []
    met: set[str | None] = {None}
    for at, place in enumerate(places):
        run = _NOBODY if place.agent is None else runs[place.agent]
        costs = [call.cost_usd for call in counted[at] if call.cost_usd is not None]
        made.append(
            Part(
                place.agent,
                run.agent_id,
                run.name,
                run.role,
                run.version,
                run.framework,
                place.session,
                place.user,
                read.summary.environment,
                run.duration_ns,
                place.agent not in met,
                run.is_failed,
                run.has_errors,
                llm[at],
                tools[at],
                add_usages([call.usage for call in counted[at]]),
                fsum(costs) if costs else None,
                len(counted[at]) - len(costs),
            )
        )
        met.add(place.agent)
    return tuple(made)
