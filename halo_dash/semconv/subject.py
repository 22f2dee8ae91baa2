"""A trace put together for those who judge it: calls, tools and conversation, in any dialect."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from halo_dash.model.message import ToolCall, ToolResult
from halo_dash.model.observation import Failure
from halo_dash.model.page import StoredSpan
from halo_dash.model.subject import LlmCall, Subject, SubjectSpan, ToolUse
from halo_dash.model.trace import TraceSummary
from halo_dash.semconv.call_groups import Exchange, SpanContent, TraceSpans, lay_out, llm_calls
from halo_dash.semconv.content import read_exchange
from halo_dash.semconv.conversation import Conversation
from halo_dash.semconv.failure import read_exceptions
from halo_dash.semconv.lineage import NO_PARENT
from halo_dash.semconv.resolve import resolve
from halo_dash.semconv.summary import summarise
from halo_dash.semconv.thread import exchanges, items_of
from halo_dash.semconv.tool_answers import Answered, ToolRun, results_of, runs_of, tool_runs, with_answers


def read_subject(
    trace_id: str, stored: Sequence[StoredSpan], *, summary: TraceSummary | None = None, is_quiet: bool = True
) -> Subject:
    """Everything a rule may ask about one trace. `stored` is not empty, in any order.

    `summary` is made from the spans where it is not given.
    """
    readings = [each.reading for each in stored]
    resolved = resolve(readings)
    contents = [
        SpanContent(reading, resolved[reading.span_id], read_exchange(each.span, each.observation, each.logs))
        for each, reading in zip(stored, readings, strict=True)
    ]
    trace = lay_out(contents)
    exceptions = {each.span.span_id: read_exceptions(each.span) for each in stored if each.span.events}
    spans = _spans(trace, exceptions)
    by_id = {span.span_id: span for span in spans}
    calls = llm_calls(trace)
    runs = tool_runs(trace)
    answered = _conversation(trace, runs)
    return Subject(
        summary=summary or summarise(trace_id, readings),
        spans=spans,
        calls=tuple(_call(each, by_id) for each in calls),
        tools=_tools(answered, runs, by_id),
        thread=tuple(items_of(answered)),
        is_quiet=is_quiet,
    )


def _spans(trace: TraceSpans, exceptions: Mapping[str, tuple[Failure, ...]]) -> tuple[SubjectSpan, ...]:
    family = trace.family
    found: list[SubjectSpan] = []
    for index in family.timeline:
        whole, up = trace.at(index), family.parents[index]
        found.append(
            SubjectSpan(
                reading=whole.reading,
                resolved=whole.resolved,
                content=whole.content,
                exceptions=exceptions.get(whole.reading.span_id, ()),
                parent=None if up == NO_PARENT else family.spans[up].span_id,
            )
        )
    return tuple(found)


def _call(exchange: Exchange, by_id: Mapping[str, SubjectSpan]) -> LlmCall:
    span = by_id[exchange.span.reading.span_id]
    definitions = span.content.tool_definitions or exchange.input.span.content.tool_definitions
    return LlmCall(
        span=span,
        input=exchange.input.messages,
        output=exchange.output.messages,
        finish_reason=exchange.finish_reason,
        tool_definitions=definitions,
    )


def _conversation(trace: TraceSpans, runs: Sequence[ToolRun]) -> Answered:
    conversation = Conversation()
    for exchange in exchanges(trace):
        conversation.add(exchange)
    return with_answers(conversation.known.entries, runs)


def _tools(
    answered: Answered, runs: Sequence[ToolRun], by_id: Mapping[str, SubjectSpan]
) -> tuple[ToolUse, ...]:
    """What the messages tell of, joined with what ran; then what ran and no message tells of."""
    entries = answered.entries
    run_of, result_of = runs_of(entries, runs), results_of(entries)
    found: list[ToolUse] = []
    told: set[str] = set()
    for index, entry in enumerate(entries):
        if not isinstance(entry.part, ToolCall):
            continue
        run = run_of.get(index)
        asked_by = None if entry.span is (run and run.span) else entry.span.reading.span_id
        if run is not None:
            told.add(run.span.reading.span_id)
            found.append(_ran(run, by_id, entry.part, asked_by))
            continue
        answer = entries[result_of[index]].part if index in result_of else None
        found.append(
            ToolUse(
                name=entry.part.name,
                arguments=entry.part.arguments,
                result=answer.content if isinstance(answer, ToolResult) else None,
                start_ns=entry.time_ns,
                span_id=entry.span.reading.span_id,
                call_id=entry.part.id,
                asked_by=asked_by,
            )
        )
    found += [_ran(run, by_id) for run in runs if run.span.reading.span_id not in told]
    return tuple(sorted(found, key=lambda use: use.start_ns))


def _ran(
    run: ToolRun, by_id: Mapping[str, SubjectSpan], call: ToolCall | None = None, asked_by: str | None = None
) -> ToolUse:
    span = by_id[run.span.reading.span_id]
    return ToolUse(
        name=run.name,
        arguments=run.arguments if run.arguments is not None or call is None else call.arguments,
        result=run.result,
        start_ns=span.reading.start_ns,
        span_id=span.span_id,
        call_id=span.seen.tool_call_id or (call.id if call else None),
        span=span,
        asked_by=asked_by,
        failure=span.resolved.failure or span.seen.failure,
    )
