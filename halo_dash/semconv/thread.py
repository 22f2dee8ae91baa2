"""The conversation of a trace, each thing said once (rules: docs/reading-messages.md)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

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

__all__ = [
    "SpanContent",
    "finish_reasons",
    "parts_of_thread",
    "recover_tool_io",
    "thread",
    "thread_of_traces",
]


TraceContent: TypeAlias = tuple[str | None, Sequence[SpanContent]]
"""A trace id and the spans that count; None keeps the id out of the items."""

_PATIENCE = 64
"""Calls that may wait for an answer of a later trace."""


def thread(spans: Sequence[SpanContent]) -> tuple[ThreadItem, ...]:
    """The conversation of one trace, top to bottom. Empty when no span carries messages."""
    return thread_of_traces([(None, spans)])


def thread_of_traces(traces: Iterable[TraceContent]) -> tuple[ThreadItem, ...]:
    """The conversation of several traces (in order of time) that repeat one another's history."""
    return tuple(item for added in parts_of_thread(traces) for item in added)


def parts_of_thread(traces: Iterable[TraceContent]) -> Iterator[tuple[ThreadItem, ...]]:
    """What each trace adds to the conversation, trace by trace; reads no further than it is asked.

    A trace repeats what was said before it in any length. What its user asked is its own, though an earlier
    trace was asked the same; a tool that ran in it may answer the call of an earlier one.
    """
    conversation = Conversation()
    known = conversation.known
    waiting: list[int] = []
    for trace_id, spans in traces:
        trace = lay_out(spans)
        start = len(known.entries)
        for number, exchange in enumerate(exchanges(trace)):
            conversation.add(exchange, is_request=number == 0)
        places = {id(known.entries[at]): at for at in (*waiting, *range(start, len(known.entries)))}
        open_calls = [known.entries[at] for at in waiting]
        answered = with_answers(known.entries[start:], tool_runs(trace), open_calls)
        for call, result in answered.told:
            known.answer(places[id(call)], result)
        waiting = [places[id(call)] for call in answered.open[-_PATIENCE:]]
        items = items_of(answered, trace_id)
        known.forget_content(start)
        yield tuple(items)


def exchanges(trace: TraceSpans) -> list[Exchange]:
    """The LLM calls; where none has messages the innermost agents, else the innermost chains."""
    return (
        speaking_calls(trace)
        or innermost_speakers(trace, Kind.AGENT)
        or innermost_speakers(trace, Kind.CHAIN)
    )


def items_of(answered: Answered, trace_id: str | None = None) -> list[ThreadItem]:
    """Entries as items: the parts of one message together, as far as they can be read in one go."""
    items: list[ThreadItem] = []
    open_parts: list[Part] = []
    before: Entry | None = None
    for index, entry in enumerate(answered.entries):
        if before is not None and not _goes_with(entry, before, open_parts):
            items.append(_item(before, open_parts, None, trace_id))
            open_parts, before = [], None
        if isinstance(entry.part, ToolResult):
            items.append(_item(entry, [entry.part], answered.runs.get(index), trace_id))
            continue
        open_parts.append(entry.part)
        before = entry
    if before is not None:
        items.append(_item(before, open_parts, None, trace_id))
    return items


def _goes_with(entry: Entry, before: Entry, parts: Sequence[Part]) -> bool:
    """Whether a part continues an item: text first, then calls, and each text stands for itself."""
    if isinstance(entry.part, ToolResult) or (entry.message, entry.role) != (before.message, before.role):
        return False
    if isinstance(entry.part, Text):
        return not any(isinstance(part, Text | ToolCall) for part in parts)
    return True


def _item(entry: Entry, parts: Sequence[Part], run: ToolRun | None, trace_id: str | None) -> ThreadItem:
    span = run.span if run is not None else entry.span
    return ThreadItem(
        role=entry.role,
        parts=tuple(parts),
        span_id=span.reading.span_id,
        agent_name=span.resolved.agent_name,
        is_error=run is not None and run.is_error,
        start_ns=span.reading.start_ns,
        trace_id=trace_id,
    )
