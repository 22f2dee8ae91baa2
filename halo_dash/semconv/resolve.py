"""The rules that need a whole trace, span by span: counting once, inheritance, error origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from halo_dash.model.trace import Resolved, SpanReading
from halo_dash.semconv.agents import Agent, agents_of
from halo_dash.semconv.calls import count_calls
from halo_dash.semconv.lineage import NO_PARENT, Lineage, lineage
from halo_dash.semconv.outcome import error_origins, failures


def resolve(spans: Sequence[SpanReading]) -> Mapping[str, Resolved]:
    """Span id -> what it gets from its trace. Any order, orphans, cycles and duplicates are fine."""
    family = lineage(spans)
    calls = count_calls(family)
    agents = agents_of(family)
    origins = error_origins(family)
    inherited = _inherited(family)
    causes = failures(family)
    resolved: list[Resolved] = []
    for index in range(len(family.spans)):
        agent: Agent | None = agents[index]
        resolved.append(
            Resolved(
                session_id=inherited[index][0],
                user_id=inherited[index][1],
                agent_name=agent.name if agent else None,
                agent_id=agent.id if agent else None,
                is_counted=calls.counted[index],
                is_llm_call=calls.llm[index],
                is_error_origin=origins[index],
                failure=causes[index],
            )
        )
    answer = {span.span_id: found for span, found in zip(family.spans, resolved, strict=True)}
    for placeholder, real in family.stood_in:
        answer[placeholder.span_id] = replace(
            resolved[real], is_counted=False, is_llm_call=False, is_error_origin=False, failure=None
        )
    return answer


def _inherited(family: Lineage) -> list[tuple[str | None, str | None]]:
    """(session, user) of each span: its own, else its nearest ancestor's. Nothing is passed upwards."""
    found: list[tuple[str | None, str | None]] = []
    for index, span in enumerate(family.spans):
        session, user = span.observation.session_id, span.observation.user_id
        up = family.parents[index]
        if up != NO_PARENT and (session is None or user is None):
            above = found[up]
            session, user = session or above[0], user or above[1]
        found.append((session, user))
    return found
