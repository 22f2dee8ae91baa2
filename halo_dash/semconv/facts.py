"""A trace as facts: what each agent did, every call that counts, every step (semconv, inheritance)."""

from __future__ import annotations

from collections.abc import Sequence
from math import fsum
from operator import attrgetter
from typing import NamedTuple

from halo_dash.model.facts import UNKNOWN_NS, Call, Part, Step, TraceFacts
from halo_dash.model.figures import UNNAMED
from halo_dash.model.observation import MODEL_KINDS
from halo_dash.model.trace import SpanReading
from halo_dash.semconv.agent_runs import AgentRun, runs_of
from halo_dash.semconv.kinds import LLM, SPAN, TOOL
from halo_dash.semconv.lineage import NO_PARENT
from halo_dash.semconv.summary import Read, add_usages, read_trace

_of_session = attrgetter("observation.session_id")
_of_user = attrgetter("observation.user_id")


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
    keys = agent_keys(read)
    places, part_of = _places(read, keys)
    agents = [place.agent for place in places]
    calls, steps = _walk(read, part_of, agents)
    runs = runs_of(read, keys)
    if len(places) == 1:
        return TraceFacts((_whole(read, places[0], runs, calls),), calls, steps)
    return TraceFacts(_parts(read, places, part_of, runs, calls), calls, steps)


def agent_keys(read: Read) -> list[str | None]:
    """The key of each span's agent: its id, else the id its name has in the trace, else the name."""
    if not read.summary.agents:
        return [UNNAMED] * len(read.agents)
    ids: dict[str, str] = {}
    for identity, name in read.summary.agents:
        if identity is not None:
            ids.setdefault(name, identity)
    return [None if agent is None else agent.id or ids.get(agent.name, agent.name) for agent in read.agents]


def _places(read: Read, keys: list[str | None]) -> tuple[list[_Place], list[int] | None]:
    """The places there are, and each span's by index; None where there is but one."""
    summary = read.summary
    is_alike = len(set(keys)) == 1
    if is_alike and len(summary.sessions) < 2 and len(summary.users) < 2:
        return [_Place(keys[0], summary.session_id, summary.user_id)], None
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
    counted, llm = read.calls.counted, read.calls.llm
    calls: list[Call] = []
    steps: list[Step] = []
    known: set[tuple[object, ...]] = set()
    part = 0
    for index, span in enumerate(read.family.spans):
        seen = span.observation
        kind = seen.kind
        if kind is SPAN and not counted[index]:
            continue
        name = seen.tool_name if kind is TOOL else seen.model if kind in MODEL_KINDS else None
        label = name or span.name
        if part_of is not None:
            part = part_of[index]
        if counted[index]:
            calls.append(Call(part, kind, label, name is not None, span.sequence, seen.usage, seen.cost_usd))
        if kind is SPAN:
            continue
        is_call = kind is not LLM or llm[index]
        is_first = is_first_of_agent = False
        if is_call:
            like = (kind, label)
            is_first = is_first_of_agent = like not in known
            known.add(like)
            if len(agents) > 1:
                of_agent = (kind, label, agents[part])
                is_first_of_agent = of_agent not in known
                known.add(of_agent)
        length = span.end_ns - span.start_ns if span.end_ns and span.start_ns else UNKNOWN_NS
        steps.append(
            Step(
                part,
                kind,
                label,
                name is not None,
                span.sequence,
                max(length, UNKNOWN_NS),
                seen.failure is not None,
                is_call,
                is_first_of_agent,
                is_first,
            )
        )
    return tuple(calls), tuple(steps)


_NOBODY = AgentRun()


def _whole(read: Read, place: _Place, runs: dict[str, AgentRun], calls: Sequence[Call]) -> Part:
    """The only part of a trace: it has all that the trace has."""
    summary = read.summary
    return _part(place, runs, summary.environment, is_run=True)._replace(
        llm_calls=summary.llm_calls,
        tool_calls=summary.tool_calls,
        usage=summary.usage,
        cost_usd=summary.cost_usd,
        unpriced_calls=sum(call.cost_usd is None for call in calls) if summary.cost_is_partial else 0,
    )


def _part(place: _Place, runs: dict[str, AgentRun], environment: str | None, *, is_run: bool) -> Part:
    run = _NOBODY if place.agent is None else runs[place.agent]
    return Part(
        place.agent,
        run.agent_id,
        run.name,
        run.role,
        run.version,
        run.framework,
        place.session,
        place.user,
        environment,
        run.duration_ns,
        is_run and place.agent is not None,
        run.is_failed,
        run.has_errors,
    )


def _parts(
    read: Read,
    places: list[_Place],
    part_of: list[int] | None,
    runs: dict[str, AgentRun],
    calls: Sequence[Call],
) -> tuple[Part, ...]:
    llm, tools = [0] * len(places), [0] * len(places)
    for index, part in enumerate(part_of or ()):
        llm[part] += read.calls.llm[index]
        tools[part] += read.family.spans[index].observation.kind is TOOL
    counted: list[list[Call]] = [[] for _place in places]
    for call in calls:
        counted[call.part].append(call)
    made: list[Part] = []
    met: set[str | None] = set()
    for at, place in enumerate(places):
        costs = [call.cost_usd for call in counted[at] if call.cost_usd is not None]
        one = _part(place, runs, read.summary.environment, is_run=place.agent not in met)._replace(
            llm_calls=llm[at],
            tool_calls=tools[at],
            usage=add_usages([call.usage for call in counted[at]]),
            cost_usd=fsum(costs) if costs else None,
            unpriced_calls=len(counted[at]) - len(costs),
        )
        made.append(one)
        met.add(place.agent)
    return tuple(made)
