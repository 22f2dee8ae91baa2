"""The detail of one span: everything it says, in the order a reader wants it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from halo_dash.model.ledger import Ledger
from halo_dash.model.observation import Content, Failure, Kind, Observation
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import Attributes, AttributeValue, Event, LogRecord, Span, SpanKind, StatusCode
from halo_dash.model.tree import TreeRow
from halo_dash.web.trace.message import MessageView, messages
from halo_dash.web.trace.raw import RawSpan, raw_span
from halo_dash.web.trace.row import MARK_WORDS
from halo_dash.web.trace.said import Said
from halo_dash.web.trace.value import Budget, Value, point, show
from halo_dash.web.trace.xray import ContextView

_ATTRIBUTES_BYTES = 192 * 1024
_ATTRIBUTE_HEAD = 2 * 1024
"""Most attributes repeat what is shown above in words; of a long one the table has the head."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One key of an attribute table."""

    key: str
    type: str
    value: Value


@dataclass(frozen=True, slots=True)
class Occurrence:
    """An event or a log record of the span."""

    name: str
    time_ns: int
    offset_ns: int
    """Since the span's start; negative where it came before."""
    entries: tuple[Entry, ...]
    severity: str = ""
    body: Value | None = None


@dataclass(frozen=True, slots=True)
class LinkView:
    """A link to another span, maybe of another trace."""

    trace_id: str
    span_id: str
    is_same_trace: bool
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class DocumentView:
    """A retrieved or reranked document."""

    id: str | None
    score: float | None
    content: Value | None
    metadata: Value | None


@dataclass(frozen=True, slots=True)
class ToolView:
    """A tool that was offered."""

    name: str
    description: str | None
    parameters: Value | None


@dataclass(frozen=True, slots=True)
class ErrorView:
    """Why the span is in error."""

    type: str
    full_type: str
    message: Value | None
    stack: Value | None


@dataclass(frozen=True, slots=True)
class SpanDetail:
    """One span, ready to read."""

    trace_id: str
    span_id: str
    parent_span_id: str
    name: str
    kind: Kind
    otel_kind: str
    status: str
    status_message: str
    observation: Observation
    agent_name: str | None
    ledger: Ledger | None
    """How its tokens and its cost came about; None where it says nothing of either."""
    context: ContextView | None
    """What filled the prompt of a model call."""
    start_ns: int
    end_ns: int
    duration_ns: int | None
    self_ns: int | None
    marks: tuple[tuple[str, str], ...]
    error: ErrorView | None
    is_tool: bool
    is_recovered: bool
    """The arguments are what the model asked for: the span itself does not carry them."""
    input: Value | None
    input_messages: tuple[MessageView, ...]
    output: Value | None
    output_messages: tuple[MessageView, ...]
    raised: bool
    """It ended by its error: no output, and that is why."""
    documents: tuple[DocumentView, ...]
    tools: tuple[ToolView, ...]
    parameters: Value | None
    metadata: Value | None
    tags: tuple[str, ...]
    finish_reason: str | None
    is_streaming: bool | None
    time_to_first_token_ns: int | None
    attributes: tuple[Entry, ...]
    events: tuple[Occurrence, ...]
    logs: tuple[Occurrence, ...]
    links: tuple[LinkView, ...]
    resource: tuple[Entry, ...]
    scope: tuple[Entry, ...]
    scope_name: str
    scope_version: str
    dropped: int
    """Attributes, events and links that the sender says it left out."""
    raw: RawSpan


def span_detail(
    stored: StoredSpan,
    found: Said,
    row: TreeRow | None,
    self_ns: int | None,
    *,
    account: Ledger | None = None,
    context: ContextView | None = None,
) -> SpanDetail:
    """Read a span for the detail pane. `row` is its place in the tree where that is known."""
    span, observation, content = stored.span, stored.observation, found.content
    failure = (row.resolved.failure if row else None) or observation.failure
    budget = Budget()
    is_tool = observation.kind in {Kind.TOOL, Kind.RETRIEVER}
    output = _said(content.output, "output", budget)
    output_messages = messages(content.output_messages, "/output_messages", budget)
    input_messages = messages(content.input_messages, "/input_messages", budget)
    table = Budget(_ATTRIBUTES_BYTES, _ATTRIBUTE_HEAD)
    return SpanDetail(
        trace_id=span.trace_id,
        span_id=span.span_id,
        parent_span_id=span.parent_span_id,
        name=span.name or "(no name)",
        kind=observation.kind,
        otel_kind=_name(SpanKind, span.kind),
        status=_name(StatusCode, span.status_code),
        status_message=span.status_message,
        observation=observation,
        agent_name=row.resolved.agent_name if row else observation.agent_name,
        ledger=account,
        context=context,
        start_ns=span.start_ns,
        end_ns=span.end_ns,
        duration_ns=row.duration_ns if row else (span.end_ns - span.start_ns if span.end_ns else None),
        self_ns=self_ns,
        marks=tuple(MARK_WORDS[mark] for mark in MARK_WORDS if mark in row.marks) if row else (),
        error=_error(failure, content, budget),
        is_tool=is_tool,
        is_recovered=found.is_recovered,
        input=None if input_messages else _said(content.input, "input", budget),
        input_messages=input_messages,
        output=None if output_messages else output,
        output_messages=output_messages,
        raised=failure is not None and content.output is None and not output_messages,
        documents=_documents(content, budget),
        tools=_tools(content, budget),
        parameters=_said(content.parameters, "parameters", budget),
        metadata=_said(content.metadata, "metadata", budget),
        tags=content.tags,
        finish_reason=content.finish_reason,
        is_streaming=content.is_streaming,
        time_to_first_token_ns=content.time_to_first_token_ns,
        attributes=entries(span.attributes, point("attributes"), table),
        events=tuple(_event(event, at, span.start_ns, table) for at, event in enumerate(span.events)),
        logs=tuple(_log(record, at, span.start_ns, table) for at, record in enumerate(stored.logs)),
        links=_links(span, table),
        resource=entries(span.resource.attributes, point("resource", "attributes"), table),
        scope=entries(span.scope.attributes, point("scope", "attributes"), table),
        scope_name=span.scope.name,
        scope_version=span.scope.version,
        dropped=span.dropped_attributes_count + span.dropped_events_count + span.dropped_links_count,
        raw=raw_span(stored, Budget()),
    )


def _links(span: Span, budget: Budget) -> tuple[LinkView, ...]:
    return tuple(
        LinkView(
            link.trace_id,
            link.span_id,
            link.trace_id == span.trace_id,
            entries(link.attributes, point("links", at, "attributes"), budget),
        )
        for at, link in enumerate(span.links)
    )


def _name(names: type[SpanKind | StatusCode], number: int) -> str:
    """The name of an OTLP enum value; a number nobody has named stays a number."""
    try:
        return names(number).name
    except ValueError:
        return str(number)


def _said(value: AttributeValue, name: str, budget: Budget) -> Value | None:
    return None if value is None else show(value, point(name), budget)


def _error(failure: Failure | None, content: Content, budget: Budget) -> ErrorView | None:
    if failure is None:
        return None
    message = failure.said
    return ErrorView(
        type=failure.type,
        full_type=failure.full_type,
        message=show(message, point("failure", "message"), budget) if message else None,
        stack=show(content.stack, point("stack"), budget) if content.stack else None,
    )


def _documents(content: Content, budget: Budget) -> tuple[DocumentView, ...]:
    return tuple(
        DocumentView(
            id=found.id,
            score=found.score,
            content=show(found.content, point("documents", at, "content"), budget)
            if found.content is not None
            else None,
            metadata=show(found.metadata, point("documents", at, "metadata"), budget)
            if found.metadata is not None
            else None,
        )
        for at, found in enumerate(content.documents)
    )


def _tools(content: Content, budget: Budget) -> tuple[ToolView, ...]:
    return tuple(
        ToolView(
            tool.name,
            tool.description,
            show(tool.parameters, point("tool_definitions", at, "parameters"), budget)
            if tool.parameters is not None
            else None,
        )
        for at, tool in enumerate(content.tool_definitions)
    )


def entries(attributes: Attributes, pointer: str, budget: Budget) -> tuple[Entry, ...]:
    """An attribute table in the order of the keys."""
    return tuple(
        Entry(key, _type_name(attributes[key]), show(attributes[key], pointer + point(key), budget))
        for key in sorted(attributes)
    )


def _type_name(value: AttributeValue) -> str:
    if value is None:
        return "empty"
    names: Mapping[type, str] = {bool: "bool", str: "string", int: "int", float: "double", bytes: "bytes"}
    return names.get(type(value), "array" if isinstance(value, list) else "kvlist")


def _event(event: Event, at: int, start_ns: int, budget: Budget) -> Occurrence:
    return Occurrence(
        name=event.name or "(no name)",
        time_ns=event.time_ns,
        offset_ns=event.time_ns - start_ns,
        entries=entries(event.attributes, point("events", at, "attributes"), budget),
    )


def _log(record: LogRecord, at: int, start_ns: int, budget: Budget) -> Occurrence:
    return Occurrence(
        name=record.event_name or "log record",
        time_ns=record.order_ns,
        offset_ns=record.order_ns - start_ns,
        entries=entries(record.attributes, point("logs", at, "attributes"), budget),
        severity=record.severity_text,
        body=None if record.body is None else show(record.body, point("logs", at, "body"), budget),
    )
