"""The conversation of a trace, each thing said once (rules: docs/reading-messages.md)."""

from __future__ import annotations

from collections.abc import Sequence

from halo_dash.model.message import Part, Text, ThreadItem, ToolCall, ToolResult
from halo_dash.model.observation import Kind
from halo_dash.semconv.call_groups import (
    Exchange,
    SpanContent,
    TraceSpans,
    finish_reasons,
    innermost_speakers,
    lay_out,
    speaking_calls,
)
from halo_dash.semconv.conversation import Conversation
from halo_dash.semconv.known_parts import Entry
from halo_dash.semconv.tool_answers import Answered, ToolRun, tool_runs, with_answers
from halo_dash.semconv.tool_recovery import recover_tool_io

__all__ = ["SpanContent", "finish_reasons", "recover_tool_io", "thread", "thread_of_traces"]


def thread(spans: Sequence[SpanContent]) -> tuple[ThreadItem, ...]:
    """The conversation of one trace, top to bottom. Empty when no span carries messages."""
    return thread_of_traces([spans])


def thread_of_traces(traces: Sequence[Sequence[SpanContent]]) -> tuple[ThreadItem, ...]:
    """The conversation of several traces (in order of time) that repeat one another's history."""
    conversation = Conversation()
    items: list[ThreadItem] = []
    for spans in traces:
        trace = lay_out(spans)
        start = len(conversation.known.entries)
        for exchange in exchanges(trace):
            conversation.add(exchange)
        entries = conversation.known.entries[start:]
        if entries:
            items += items_of(with_answers(entries, tool_runs(trace)))
    return tuple(items)


def exchanges(trace: TraceSpans) -> list[Exchange]:
    """The LLM calls; where none has messages the innermost agents, else the innermost chains."""
    return (
        speaking_calls(trace)
        or innermost_speakers(trace, Kind.AGENT)
        or innermost_speakers(trace, Kind.CHAIN)
    )


def items_of(answered: Answered) -> list[ThreadItem]:
    """Entries as items: the parts of one message together, as far as they can be read in one go."""
    items: list[ThreadItem] = []
    open_parts: list[Part] = []
    before: Entry | None = None
    for index, entry in enumerate(answered.entries):
        if before is not None and not _goes_with(entry, before, open_parts):
            items.append(_item(before, open_parts, None))
            open_parts, before = [], None
        if isinstance(entry.part, ToolResult):
            items.append(_item(entry, [entry.part], answered.runs.get(index)))
            continue
        open_parts.append(entry.part)
        before = entry
    if before is not None:
        items.append(_item(before, open_parts, None))
    return items


def _goes_with(entry: Entry, before: Entry, parts: Sequence[Part]) -> bool:
    """Whether a part continues an item: text first, then calls, and each text stands for itself."""
    if isinstance(entry.part, ToolResult) or (entry.message, entry.role) != (before.message, before.role):
        return False
    if isinstance(entry.part, Text):
        return not any(isinstance(part, Text | ToolCall) for part in parts)
    return True


def _item(entry: Entry, parts: Sequence[Part], run: ToolRun | None) -> ThreadItem:
    span = run.span if run is not None else entry.span
    return ThreadItem(
        role=entry.role,
        parts=tuple(parts),
        span_id=span.reading.span_id,
        agent_name=span.resolved.agent_name,
        is_error=run is not None and run.is_error,
        start_ns=span.reading.start_ns,
    )
