"""The rules that need a whole trace, span by span: counting once, inheritance, error origins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from halo_dash.model.observation import Failure, Kind
from halo_dash.model.trace import Resolved, SpanReading
from halo_dash.semconv.agents import Agent, agents_of
from halo_dash.semconv.calls import count_calls
from halo_dash.semconv.lineage import NO_PARENT, Lineage, lineage


def resolve(spans: Sequence[SpanReading]) -> Mapping[str, Resolved]:
    """Span id -> what it gets from its trace. Any order, orphans, cycles and duplicates are fine."""
    family = lineage(spans)
    calls = count_calls(family)
    agents = agents_of(family)
    origins = error_origins(family)
    inherited = _inherited(family)
    resolved: list[Resolved] = []
    for index, span in enumerate(family.spans):
        agent: Agent | None = agents[index]
        failure = span.observation.failure
        resolved.append(
            Resolved(
                session_id=inherited[index][0],
                user_id=inherited[index][1],
                agent_name=agent.name if agent else None,
                agent_id=agent.id if agent else None,
                is_counted=calls.counted[index],
                is_llm_call=calls.llm[index],
                is_error_origin=origins[index],
                failure=failure and origin_failure(family, index),
            )
        )
    answer = {span.span_id: found for span, found in zip(family.spans, resolved, strict=True)}
    for placeholder, real in family.stood_in:
        answer[placeholder.span_id] = replace(
            resolved[real], is_counted=False, is_llm_call=False, is_error_origin=False, failure=None
        )
    return answer


def error_origins(family: Lineage) -> list[bool]:
    """Where errors start: a span in error with none in error below it (parents repeat their children's)."""
    size = len(family.spans)
    error_below = [False] * size
    origins = [False] * size
    for index in range(size - 1, -1, -1):
        is_error = family.spans[index].observation.failure is not None
        origins[index] = is_error and not error_below[index]
        up = family.parents[index]
        if up != NO_PARENT and (is_error or error_below[index]):
            error_below[up] = True
    return origins


def origin_failure(family: Lineage, index: int) -> Failure | None:
    """A span's failure; an LLM span without words borrows those of the LLM span it is a duplicate of.

    The inner of two nested LLM spans is the SDK's own: it knows an error code, the outer one the exception.
    """
    span = family.spans[index]
    failure = span.observation.failure
    if failure is None or failure.message or span.observation.kind is not Kind.LLM:
        return failure
    up = family.parents[index]
    while up != NO_PARENT:
        outer = family.spans[up].observation
        if outer.kind is Kind.LLM and outer.failure is not None and outer.failure.message:
            return outer.failure
        if outer.kind in (Kind.AGENT, Kind.TOOL):
            break
        up = family.parents[up]
    return failure


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
