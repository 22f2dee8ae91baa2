"""The row of a trace: who ran, what it cost, how it ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from math import fsum
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar

from halo_dash.model.observation import MODEL_KINDS, NO_USAGE, Kind, Observation, Usage
from halo_dash.model.trace import SpanReading, TraceSummary
from halo_dash.semconv.agents import Agent, agents_of, distinct_agents
from halo_dash.semconv.calls import Calls, count_calls
from halo_dash.semconv.kinds import AGENT, LLM, TOOL
from halo_dash.semconv.lineage import Lineage, lineage
from halo_dash.semconv.outcome import outcome

T = TypeVar("T")


class Said(NamedTuple):
    """What the spans say, each in order of time."""

    kinds: Sequence[Kind]
    services: Sequence[str | None]
    environments: Sequence[str | None]
    sessions: Sequence[str | None]
    users: Sequence[str | None]
    roles: Sequence[str | None]
    versions: Sequence[str | None]
    service_versions: Sequence[str | None]


class Read(NamedTuple):
    """A trace as the whole-trace rules see it; lists are by index into the lineage."""

    summary: TraceSummary
    family: Lineage
    calls: Calls
    agents: list[Agent | None]
    head: SpanReading
    """The first root; without one the topmost span."""
    said: Said


def summarise(trace_id: str, spans: Sequence[SpanReading]) -> TraceSummary:
    """The list row of a trace. `spans` is not empty; the result does not depend on their order."""
    return read_trace(trace_id, spans).summary


def read_trace(trace_id: str, spans: Sequence[SpanReading]) -> Read:
    """The list row of a trace, and what it was made from."""
    family = lineage(spans)
    calls = count_calls(family)
    agents = agents_of(family)
    ordered = [family.spans[index] for index in family.timeline]
    roots = [span for span in ordered if not span.parent_span_id]
    head = roots[0] if roots else family.spans[0]
    verdict = outcome(family)
    costs = _costs(family, calls)
    start_ns, end_ns = _times(ordered)
    question, answer = _previews(family, head)
    seen = [span.observation for span in ordered]
    said = Said(*zip(*map(_said, seen), strict=True))
    summary = TraceSummary(
        trace_id=trace_id,
        name=_name(head, ordered),
        kind=head.observation.kind,
        root_span_id=roots[0].span_id if roots else None,
        start_ns=start_ns,
        end_ns=end_ns,
        is_error=verdict.is_error,
        is_open=not roots or any(not span.end_ns for span in roots),
        span_count=len(ordered),
        error_count=len([one for one in seen if one.failure is not None]),
        llm_calls=sum(calls.llm),
        tool_calls=len([one for one in seen if one.kind is TOOL]),
        orphan_count=family.orphans,
        usage=_usage(family, calls),
        cost_usd=costs.usd,
        cost_is_partial=costs.is_partial,
        failure=verdict.failure,
        failed_span_id=verdict.span_id,
        failed_name=verdict.name,
        agents=distinct_agents(family, agents),
        input_preview=question,
        output_preview=answer,
        names=_distinct([span.name for span in ordered]),
        **_named(head.observation, seen, said),
    )
    return Read(summary, family, calls, agents, head, said)


def _named(head: Observation, seen: list[Observation], said: Said) -> dict[str, Any]:
    """The names that filters look for, each in order of first appearance; where there is one, the root's.

    Models of LLM calls come before embedding and reranking models.
    """
    model_spans = [one for one in seen if one.kind in MODEL_KINDS]
    # A list shows the first: the model that answered says more than the one that embedded the question.
    model_spans.sort(key=lambda one: one.kind is not LLM)
    return {
        "environment": head.environment or _first(said.environments),
        "session_id": head.session_id or _first(said.sessions),
        "user_id": head.user_id or _first(said.users),
        "services": _distinct(said.services),
        "sessions": _distinct(said.sessions),
        "users": _distinct(said.users),
        "models": _distinct([one.model for one in model_spans]),
        "providers": _distinct([one.provider for one in model_spans]),
        "tools": _distinct([one.tool_name for one in seen if one.kind is TOOL]),
        "kinds": _distinct(said.kinds),
    }


_said = attrgetter(
    "kind",
    "service",
    "environment",
    "session_id",
    "user_id",
    "agent_role",
    "agent_version",
    "service_version",
)


def _distinct(values: Iterable[T | None]) -> tuple[T, ...]:
    found = dict.fromkeys(values)
    found.pop(None, None)
    return tuple(found)  # type: ignore[arg-type] # without None


def _first(values: Iterable[str | None]) -> str | None:
    for value in values:
        if value is not None:
            return value
    return None


def _name(head: SpanReading, ordered: list[SpanReading]) -> str:
    """What the sender calls the trace: on the root, else on any span, else the root's own name.

    LangSmith repeats each span's own name as the trace's, so below the root such a name says nothing.
    """
    if head.observation.trace_name is not None:
        return head.observation.trace_name
    for span in ordered:
        name = span.observation.trace_name
        if name is not None and name != span.name:
            return name
    return head.name


def _times(ordered: list[SpanReading]) -> tuple[int, int]:
    """The earliest start and the latest end; a span without a start does not move the trace to 1970."""
    starts = [span.start_ns for span in ordered if span.start_ns]
    start = min(starts, default=0)
    end = max(span.end_ns for span in ordered)
    return start or end, max(start, end)


@dataclass(frozen=True, slots=True)
class _Costs:
    usd: float | None
    is_partial: bool


def _costs(family: Lineage, calls: Calls) -> _Costs:
    """The sum of what is known, and whether that of a counted call is not known."""
    known: list[float] = []
    is_partial = False
    for index, is_counted in enumerate(calls.counted):
        if is_counted:
            cost = family.spans[index].observation.cost_usd
            if cost is None:
                is_partial = True
            else:
                known.append(cost)
    return _Costs(fsum(known) if known else None, is_partial)


def _usage(family: Lineage, calls: Calls) -> Usage:
    """The sum over the counted spans; a figure nobody gave stays None."""
    return add_usages(
        [
            family.spans[index].observation.usage
            for index, is_counted in enumerate(calls.counted)
            if is_counted
        ]
    )


def add_usages(parts: Sequence[Usage]) -> Usage:
    """The sum of usages; a figure nobody gave stays None."""
    return Usage(*map(_sum, zip(*map(_figures, parts), strict=True))) if parts else NO_USAGE


_figures = attrgetter(*(figure.name for figure in fields(Usage)))


def _sum(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _previews(family: Lineage, head: SpanReading) -> tuple[str | None, str | None]:
    """The question and the answer: the root's, else the topmost agent's, else of the first and last LLM span.

    Any LLM span, not only those that count as calls: a wrapper around the SDK's span has the messages.
    """
    spans = family.spans
    agents = [span.observation for span in spans if span.observation.kind is AGENT][:1]
    timeline = [spans[index].observation for index in family.timeline]
    models = [seen for seen in timeline if seen.kind is LLM]
    first = [head.observation, *agents, *models]
    last = [head.observation, *agents, *reversed(models)]
    return _first(one.input_preview for one in first), _first(one.output_preview for one in last)
