"""Which agent each span belongs to (semconv, inheritance)."""

from __future__ import annotations

from typing import NamedTuple

from halo_dash.model.observation import Observation
from halo_dash.model.trace import SpanReading
from halo_dash.semconv.kinds import AGENT
from halo_dash.semconv.lineage import NO_PARENT, Lineage


class Agent(NamedTuple):
    """A named actor; `id` is None where the sender gives none."""

    id: str | None
    name: str


def agents_of(family: Lineage) -> list[Agent | None]:
    """The agent of each span, by index.

    An AGENT span is its own agent, everything else belongs to its nearest AGENT ancestor. Where there is
    none (LangGraph has no AGENT spans), the name on the span counts, else its parent's agent.
    """
    has_named_below = named_agents_below(family)
    agents: list[Agent | None] = []
    in_agent: list[bool] = []
    for index, span in enumerate(family.spans):
        seen = span.observation
        up = family.parents[index]
        above, is_inside = (None, False) if up == NO_PARENT else (agents[up], in_agent[up])
        if seen.kind is AGENT:
            is_agent = not is_wrapper(span, has_named_below=has_named_below[index])
            agents.append(_stated(seen) if is_agent else above)
            in_agent.append(is_inside or is_agent)
        else:
            agents.append(above if is_inside else _stated(seen) or above)
            in_agent.append(is_inside)
    return agents


def is_wrapper(span: SpanReading, *, has_named_below: bool) -> bool:
    """Whether an AGENT span is only a workflow around agents: named by nothing but its span name."""
    seen = span.observation
    return seen.agent_name is None or (seen.agent_name_is_derived and has_named_below)


def _stated(seen: Observation) -> Agent | None:
    return None if seen.agent_name is None else Agent(seen.agent_id, seen.agent_name)


def named_agents_below(family: Lineage) -> list[bool]:
    """Whether an AGENT span with a name of its own is below each span.

    An AGENT span that is only named by its span name and has one below it is a workflow wrapper
    (the OpenAI Agents SDK under OpenInference), no agent of its own.
    """
    below = [False] * len(family.spans)
    for index in range(len(below) - 1, -1, -1):
        up = family.parents[index]
        if up == NO_PARENT:
            continue
        seen = family.spans[index].observation
        is_named = seen.kind is AGENT and seen.agent_name is not None and not seen.agent_name_is_derived
        if is_named or below[index]:
            below[up] = True
    return below


def distinct_agents(family: Lineage, agents: list[Agent | None]) -> tuple[tuple[str | None, str], ...]:
    """(id, name) of each agent in order of first appearance; a name with an id is not listed without it."""
    seen = dict.fromkeys(agent for index in family.timeline if (agent := agents[index]) is not None)
    identified = {agent.name for agent in seen if agent.id is not None}
    return tuple(
        (agent.id, agent.name) for agent in seen if agent.id is not None or agent.name not in identified
    )
