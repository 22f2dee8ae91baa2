"""One OTLP/JSON span or log record as a value of the model."""

from __future__ import annotations

from typing import Any, Final, Protocol

from opentelemetry.proto.logs.v1.logs_pb2 import SeverityNumber
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Status

from halo_dash.model.span import Event, Link, LogRecord, Span
from halo_dash.otlp.groups import Group
from halo_dash.otlp.ids import IdName, parent_of, parse_text, text_to_hex
from halo_dash.otlp.issues import Issues, UnreadableError
from halo_dash.otlp.jsonfields import any_value, get, integer, read_attributes, rows, text, uint32
from halo_dash.otlp.protospan import clamp


class Enum(Protocol):
    """What is used of a protobuf enum."""

    def items(self) -> list[tuple[str, Any]]:
        """(name, number) of each value."""


def _numbers(enum: Enum) -> dict[str, int]:
    return {name: int(number) for name, number in enum.items()}


KINDS: Final = _numbers(SpanMessage.SpanKind)
STATUS_CODES: Final = _numbers(Status.StatusCode)
SEVERITIES: Final = _numbers(SeverityNumber)


def read_span(raw: object, group: Group[object], index: int, issues: Issues) -> Span | None:
    """The span, or None when it was refused (noted in `issues`)."""
    where = group.place.item(index)
    try:
        return _span(_object(raw), where, group, issues)
    except UnreadableError as error:
        issues.reject(where, str(error))
        return None


def _span(raw: dict[str, Any], where: str, group: Group[object], issues: Issues) -> Span:
    status = _object(get(raw, "status") or {})
    return Span(
        trace_id=parse_text("traceId", get(raw, "traceId")),
        span_id=parse_text("spanId", get(raw, "spanId")),
        parent_span_id=parent_of(_loose_id("spanId", get(raw, "parentSpanId"), where, issues)),
        name=text(get(raw, "name"), ".name"),
        kind=_enum(get(raw, "kind"), KINDS, where, issues),
        start_ns=_time(get(raw, "startTimeUnixNano"), ".startTimeUnixNano", where, issues),
        end_ns=_time(get(raw, "endTimeUnixNano"), ".endTimeUnixNano", where, issues),
        status_code=_enum(get(status, "code"), STATUS_CODES, where, issues),
        status_message=text(get(status, "message"), ".status.message"),
        trace_state=text(get(raw, "traceState"), ".traceState"),
        flags=uint32(get(raw, "flags"), ".flags"),
        attributes=read_attributes(get(raw, "attributes"), ".attributes"),
        dropped_attributes_count=_dropped(raw, "droppedAttributesCount"),
        events=tuple(_event(_object(event), where, issues) for event in rows(get(raw, "events"), ".events")),
        dropped_events_count=_dropped(raw, "droppedEventsCount"),
        links=tuple(_link(_object(link), where, issues) for link in rows(get(raw, "links"), ".links")),
        dropped_links_count=_dropped(raw, "droppedLinksCount"),
        resource=group.resource,
        scope=group.scope,
    )


def _event(raw: dict[str, Any], where: str, issues: Issues) -> Event:
    return Event(
        time_ns=_time(get(raw, "timeUnixNano"), ".events.timeUnixNano", where, issues),
        name=text(get(raw, "name"), ".events.name"),
        attributes=read_attributes(get(raw, "attributes"), ".events.attributes"),
        dropped_attributes_count=_dropped(raw, "droppedAttributesCount"),
    )


def _link(raw: dict[str, Any], where: str, issues: Issues) -> Link:
    return Link(
        trace_id=_loose_id("traceId", get(raw, "traceId"), f"{where}.links", issues),
        span_id=_loose_id("spanId", get(raw, "spanId"), f"{where}.links", issues),
        trace_state=text(get(raw, "traceState"), ".links.traceState"),
        attributes=read_attributes(get(raw, "attributes"), ".links.attributes"),
        dropped_attributes_count=_dropped(raw, "droppedAttributesCount"),
        flags=uint32(get(raw, "flags"), ".links.flags"),
    )


def read_log(raw: object, group: Group[object], index: int, issues: Issues) -> LogRecord | None:
    """The record, or None when it has no span context (skipped) or was refused."""
    where = group.place.item(index)
    try:
        record = _object(raw)
        trace_id, span_id = (
            text_to_hex(text(get(record, name), f".{name}")) or "" for name in ("traceId", "spanId")
        )
        if len(trace_id) != 32 or len(span_id) != 16 or not trace_id.strip("0") or not span_id.strip("0"):
            issues.skipped += 1
            return None
        return LogRecord(
            trace_id=trace_id,
            span_id=span_id,
            time_ns=_time(get(record, "timeUnixNano"), ".timeUnixNano", where, issues),
            observed_ns=_time(get(record, "observedTimeUnixNano"), ".observedTimeUnixNano", where, issues),
            severity_number=_enum(get(record, "severityNumber"), SEVERITIES, where, issues),
            severity_text=text(get(record, "severityText"), ".severityText"),
            event_name=text(get(record, "eventName"), ".eventName"),
            body=any_value(get(record, "body"), ".body"),
            attributes=read_attributes(get(record, "attributes"), ".attributes"),
            dropped_attributes_count=_dropped(record, "droppedAttributesCount"),
            flags=uint32(get(record, "flags"), ".flags"),
            resource=group.resource,
            scope=group.scope,
        )
    except UnreadableError as error:
        issues.reject(where, str(error))
        return None


def _object(raw: object) -> dict[str, Any]:
    if isinstance(raw, dict):
        return raw
    raise UnreadableError(f": {type(raw).__name__} where an object is expected")


def _dropped(raw: dict[str, Any], name: str) -> int:
    return uint32(get(raw, name), f".{name}")


def _time(raw: object, name: str, where: str, issues: Issues) -> int:
    value = integer(raw, name)
    if value < 0:
        raise UnreadableError(f"{name}: {value} is before 1970")
    return clamp(value, where, issues)


def _enum(raw: object, names: dict[str, int], where: str, issues: Issues) -> int:
    """An enum as its number or its name. Unknown numbers are kept, unknown names are the default."""
    if isinstance(raw, str) and not raw.lstrip("-").isdigit():
        if raw not in names:
            issues.warn(where, f": unknown enum name {raw[:40]!r} was read as unset")
        return names.get(raw, 0)
    value = integer(raw, ".kind")
    if -(2**31) <= value < 2**31:
        return value
    raise UnreadableError(f": {value} is no enum number")


def _loose_id(name: IdName, raw: object, where: str, issues: Issues) -> str:
    """An id that may be missing or of any length: it only points somewhere, it identifies nothing."""
    source = text(raw, f".{name}")
    value = text_to_hex(source)
    if value is None:
        issues.warn(where, f": an id {source[:40]!r} that is neither hex nor base64 was left out")
    return value or ""
