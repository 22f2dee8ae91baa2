"""The prompts of a trace's LLM calls, each with the call before of the same agent and conversation."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from halo_dash.model.observation import NO_USAGE, Kind, Observation, Usage
from halo_dash.model.xray import Prompt
from halo_dash.semconv.call_groups import Exchange, TraceSpans, llm_calls
from halo_dash.semconv.context_window import prompt_of
from halo_dash.semconv.lineage import NO_PARENT

_REMEMBERED = 8
"""Calls of an agent among which the one before is looked for: parallel ones interleave."""

_Agent = tuple[str | None, str | None, int]


@dataclass(frozen=True, slots=True)
class CallPrompt:
    """One LLM call."""

    span_id: str
    """The span that stands for the call."""
    recorded_by: tuple[str, ...]
    """Every span that recorded something of it."""
    observation: Observation
    start_ns: int
    usage: Usage
    prompt: Prompt
    previous: Prompt | None = None
    previous_span_id: str | None = None


def call_prompts(trace: TraceSpans) -> Iterator[CallPrompt]:
    """The LLM calls in order of time. Needs the contents of the LLM spans alone."""
    recent: dict[_Agent, list[tuple[str, Prompt]]] = {}
    agents = _agent_runs(trace)
    places = {span.span_id: at for at, span in enumerate(trace.family.spans)}
    for call in llm_calls(trace):
        prompt = _prompt(call)
        span = call.span.reading
        agent = (
            call.span.resolved.agent_id,
            call.span.resolved.agent_name,
            agents[places[span.span_id]],
        )
        before = recent.setdefault(agent, [])
        previous = _previous(before, prompt)
        yield CallPrompt(
            span_id=span.span_id,
            recorded_by=tuple(
                dict.fromkeys(
                    (span.span_id, call.input.span.reading.span_id, call.output.span.reading.span_id)
                )
            ),
            observation=span.observation,
            start_ns=span.start_ns,
            usage=_usage(call),
            prompt=prompt,
            previous=previous[1] if previous else None,
            previous_span_id=previous[0] if previous else None,
        )
        if prompt.messages:
            before.append((span.span_id, prompt))
            del before[:-_REMEMBERED]


def _prompt(call: Exchange) -> Prompt:
    tools = call.input.span.content.tool_definitions or call.span.content.tool_definitions
    return prompt_of(call.input.messages, tools)


def _usage(call: Exchange) -> Usage:
    """Of the span that stands for the call, else of the one that lent its messages."""
    own = call.span.reading.observation.usage
    return own if own is not NO_USAGE and own.input is not None else call.input.span.reading.observation.usage


def _agent_runs(trace: TraceSpans) -> list[int]:
    """Of each span the nearest AGENT span around it, or `NO_PARENT`: two runs of one agent are two."""
    runs = [NO_PARENT] * len(trace.family.spans)
    for at, up in enumerate(trace.family.parents):
        if up != NO_PARENT:
            is_agent = trace.family.spans[up].observation.kind is Kind.AGENT
            runs[at] = up if is_agent else runs[up]
    return runs


def _previous(before: Iterable[tuple[str, Prompt]], prompt: Prompt) -> tuple[str, Prompt] | None:
    """The call that this one goes on from: most messages in common, of several the latest.

    A call that has nothing in common with it belongs to another conversation.
    """
    wanted = {message.digest for message in prompt.messages}
    best: tuple[int, tuple[str, Prompt]] | None = None
    for each in before:
        shared = len({message.digest for message in each[1].messages} & wanted)
        if shared and (best is None or shared >= best[0]):
            best = (shared, each)
    return best[1] if best else None


def by_span(calls: Iterable[CallPrompt]) -> Mapping[str, CallPrompt]:
    """Each call under every span that recorded something of it; the standing span comes first."""
    found: dict[str, CallPrompt] = {}
    for call in calls:
        for span_id in call.recorded_by:
            if span_id == call.span_id or span_id not in found:
                found[span_id] = call
    return found
