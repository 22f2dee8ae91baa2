"""The LLM calls of a trace with all the spans that recorded them, and what those say together.

One call may be recorded by several spans: an instrumentation's span around the SDK's own, or two side by
side. `resolve` chose the span that stands for the call; the others lend what it lacks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from halo_dash.model.message import Message
from halo_dash.model.observation import Content, Kind
from halo_dash.model.trace import Resolved, SpanReading
from halo_dash.semconv.finish_reason import corrected
from halo_dash.semconv.lineage import NO_PARENT, Lineage, lineage

_NESTING = 8
"""Recordings of one call inside one another that are asked; three were the most ever seen."""
_BOUNDARIES = frozenset({Kind.AGENT, Kind.TOOL})
"""What lies beyond these is another call: a tool that runs an agent of its own."""


@dataclass(frozen=True, slots=True)
class SpanContent:
    """One span with all three readings of it."""

    reading: SpanReading
    resolved: Resolved
    content: Content


@dataclass(frozen=True, slots=True)
class Said:
    """Messages, and the span they stand on."""

    span: SpanContent
    messages: tuple[Message, ...] = ()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One step of the conversation: what went in and what came out."""

    span: SpanContent
    """The span that stands for it."""
    input: Said
    output: Said
    finish_reason: str | None = None

    @property
    def has_messages(self) -> bool:
        """Whether anything is known of what was said."""
        return bool(self.input.messages or self.output.messages)


@dataclass(frozen=True, slots=True)
class TraceSpans:
    """The spans of one trace, laid out once for every rule that walks them."""

    family: Lineage
    contents: Mapping[str, SpanContent]

    def at(self, index: int) -> SpanContent:
        """The span at an index of the lineage."""
        return self.contents[self.family.spans[index].span_id]

    def in_order(self, indices: Iterable[int]) -> list[int]:
        """Indices by start time; of spans that share a start the parent first, then order of arrival."""
        return sorted(indices, key=lambda index: (self.family.spans[index].start_ns, index))


def lay_out(spans: Sequence[SpanContent]) -> TraceSpans:
    """Arrange the spans of one trace, in whatever order they came."""
    family = lineage([span.reading for span in spans])
    kept = {id(reading) for reading in family.spans}
    return TraceSpans(family, {s.reading.span_id: s for s in spans if id(s.reading) in kept})


def llm_calls(trace: TraceSpans) -> list[Exchange]:
    """The LLM calls of a trace by start time, each with what all its recordings say together."""
    return [call for call, is_counted in _all_calls(trace) if is_counted]


def speaking_calls(trace: TraceSpans) -> list[Exchange]:
    """The LLM calls that have messages, by start time.

    With them come model spans that are counted as none because another agent's calls lie below them, but
    that say something no other span says.
    """
    return [call for call, _ in _all_calls(trace) if call.has_messages]


def finish_reasons(spans: Sequence[SpanContent]) -> Mapping[str, str]:
    """Span id of each LLM call that says why it ended -> the reason; its other recordings lend theirs."""
    return {
        call.span.reading.span_id: call.finish_reason
        for call in llm_calls(lay_out(spans))
        if call.finish_reason is not None
    }


def _all_calls(trace: TraceSpans) -> list[tuple[Exchange, bool]]:
    """(call, whether it is counted) in order of time."""
    family = trace.family
    models = [i for i, span in enumerate(family.spans) if span.observation.kind is Kind.LLM]
    stands = {i for i in models if trace.at(i).resolved.is_llm_call}
    around = _wrappers(trace, stands)
    beside = _repeats(trace, [i for i in models if i not in stands], stands)
    lending = {i for wrappers in around.values() for i in wrappers} | {i for s in beside.values() for i in s}
    found: list[tuple[Exchange, bool]] = []
    first, last = _ends(trace, around)
    for index in trace.in_order(models):
        if index in stands:
            inputs = [index, *beside[index], *(i for i in around[index] if first[i] == index)]
            outputs = [index, *beside[index], *(i for i in around[index] if last[i] == index)]
            found.append((_exchange(trace, index, inputs, outputs), True))
        elif index not in lending:
            found.append((_exchange(trace, index, [index], [index]), False))
    return found


def _wrappers(trace: TraceSpans, stands: set[int]) -> dict[int, list[int]]:
    """Call -> the LLM spans around it that recorded the same call, the nearest first."""
    family = trace.family
    nearest = [NO_PARENT] * len(family.spans)
    for index, up in enumerate(family.parents):
        if up == NO_PARENT:
            continue
        kind = family.spans[up].observation.kind
        if kind is Kind.LLM:
            nearest[index] = up
        elif kind not in _BOUNDARIES:
            nearest[index] = nearest[up]
    found: dict[int, list[int]] = {}
    for index in stands:
        chain: list[int] = []
        up = nearest[index]
        while up != NO_PARENT and len(chain) < _NESTING:
            chain.append(up)
            up = nearest[up]
        found[index] = chain
    return found


def _repeats(trace: TraceSpans, others: list[int], stands: set[int]) -> dict[int, list[int]]:
    """Call -> the spans of other scopes beside it that carry the same response id."""
    by_response: dict[str, list[int]] = {}
    for index in trace.in_order(stands):
        if response_id := trace.family.spans[index].observation.response_id:
            by_response.setdefault(response_id, []).append(index)
    found: dict[int, list[int]] = {index: [] for index in stands}
    for index in others:
        span = trace.family.spans[index]
        same = by_response.get(span.observation.response_id or "", [])
        for call in same[:1]:
            if trace.family.spans[call].scope_name != span.scope_name:
                found[call].append(index)
    return found


def _ends(trace: TraceSpans, around: Mapping[int, list[int]]) -> tuple[dict[int, int], dict[int, int]]:
    """Wrapper -> the first and the last call it wraps: the one gets its input, the other its output."""
    first: dict[int, int] = {}
    last: dict[int, int] = {}
    for index in trace.in_order(around):
        for wrapper in around[index]:
            first.setdefault(wrapper, index)
            last[wrapper] = index
    return first, last


def _exchange(trace: TraceSpans, index: int, inputs: list[int], outputs: list[int]) -> Exchange:
    heard = next((i for i in inputs if trace.at(i).content.input_messages), index)
    spoken = next((i for i in outputs if trace.at(i).content.output_messages), index)
    reason = next((r for i in outputs if (r := trace.at(i).content.finish_reason)), None)
    answer = trace.at(spoken).content.output_messages
    return Exchange(
        span=trace.at(index),
        input=Said(trace.at(heard), trace.at(heard).content.input_messages),
        output=Said(trace.at(spoken), answer),
        finish_reason=corrected(reason, answer),
    )


def innermost_speakers(trace: TraceSpans, kind: Kind) -> list[Exchange]:
    """The spans of a kind that have messages with none of their kind below them that has."""
    family = trace.family
    speaks = [
        span.observation.kind is kind and _has_messages(trace.at(index).content)
        for index, span in enumerate(family.spans)
    ]
    below = [False] * len(speaks)
    for index in range(len(speaks) - 1, -1, -1):
        up = family.parents[index]
        if up != NO_PARENT and (speaks[index] or below[index]):
            below[up] = True
    chosen = trace.in_order(i for i, said in enumerate(speaks) if said and not below[i])
    return [_exchange(trace, index, [index], [index]) for index in chosen]


def _has_messages(content: Content) -> bool:
    return bool(content.input_messages or content.output_messages)
