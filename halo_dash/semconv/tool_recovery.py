"""Tool arguments that the TOOL span does not carry, found in what the model asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from halo_dash.model.message import ToolCall
from halo_dash.model.observation import Kind
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.call_groups import Exchange, SpanContent, TraceSpans, lay_out, llm_calls

ToolIO = tuple[AttributeValue, AttributeValue]


def recover_tool_io(spans: Sequence[SpanContent]) -> Mapping[str, ToolIO]:
    """Span id of each TOOL span of a trace -> (arguments, result), in order of start.

    None is unknown. Missing or empty arguments are those of the LLM's tool call with the same id, else of
    the next call of that tool, in order, that the latest LLM call before the tool made.
    """
    return recovered(lay_out(spans))


def recovered(trace: TraceSpans) -> dict[str, ToolIO]:
    """`recover_tool_io` for a trace that is laid out already."""
    readings = trace.family.spans
    tools = trace.in_order(i for i, span in enumerate(readings) if span.observation.kind is Kind.TOOL)
    asked: _Asked | None = None
    found: dict[str, ToolIO] = {}
    for span in map(trace.at, tools):
        arguments = span.content.input
        if asked is None and any(_is_empty(trace.at(i).content.input) for i in tools):
            asked = _Asked.of(llm_calls(trace))
        if asked is not None:
            call = asked.take(span)
            if call is not None and _is_empty(arguments):
                arguments = call.arguments
        if arguments == "":
            arguments = None
        found[span.reading.span_id] = (arguments, span.content.output)
    return found


def _is_empty(arguments: AttributeValue) -> bool:
    return arguments is None or arguments in ("", {})


@dataclass(slots=True)
class _Asked:
    """The tool calls that LLM calls made, each to be used once."""

    by_id: dict[str, list[tuple[int, ToolCall]]] = field(default_factory=dict)
    """Call id -> (start of the LLM call, call); ids are reused now and then."""
    by_name: dict[str, list[tuple[int, int, ToolCall]]] = field(default_factory=dict)
    """Tool name -> (start of the LLM call, minus its position there, call), for the ones not used yet."""

    @classmethod
    def of(cls, calls: Sequence[Exchange]) -> _Asked:
        asked = cls()
        for exchange in calls:
            start_ns = exchange.span.reading.start_ns
            made = [p for m in exchange.output.messages for p in m.parts if isinstance(p, ToolCall)]
            for position, call in enumerate(made):
                if call.id is not None:
                    asked.by_id.setdefault(call.id, []).append((start_ns, call))
                asked.by_name.setdefault(call.name, []).append((start_ns, -position, call))
        for waiting in asked.by_name.values():
            waiting.sort(key=lambda entry: entry[:2])
        return asked

    def take(self, span: SpanContent) -> ToolCall | None:
        """The call this TOOL span answers."""
        observation = span.reading.observation
        if observation.tool_call_id is not None:
            same = self.by_id.get(observation.tool_call_id, [])
            before = [call for start_ns, call in same if start_ns <= span.reading.start_ns]
            named = [call for call in before if call.name == observation.tool_name]
            return next(reversed(named or before or [call for _, call in same]), None)
        waiting = self.by_name.get(observation.tool_name or "", [])
        for at in range(len(waiting) - 1, -1, -1):
            if waiting[at][0] <= span.reading.start_ns:
                return waiting.pop(at)[2]
        return None
