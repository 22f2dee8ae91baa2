"""One protobuf `Span` or `LogRecord` as a value of the model."""

from __future__ import annotations

from typing import Final

from google.protobuf.message import DecodeError
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord as LogMessage
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

from halo_dash.model.span import Event, Link, LogRecord, Span
from halo_dash.otlp.anyvalue import read_attributes, read_value
from halo_dash.otlp.groups import Group
from halo_dash.otlp.ids import check_bytes, parent_of
from halo_dash.otlp.issues import Issues, UnreadableError
from halo_dash.otlp.protowire import undecodable

MAX_TIME_NS: Final = 2**63 - 1
"""OTLP times are unsigned, every store's integers are signed. The limit is in the year 2262."""


def read_span(raw: bytes, group: Group[bytes], index: int, issues: Issues) -> Span | None:
    """The span, or None when it was refused (noted in `issues`).

    Raises `InvalidInputError` for bytes that are no `Span`.
    """
    try:
        pb = SpanMessage.FromString(raw)
    except DecodeError as error:
        raise undecodable(group.place.item(index), error) from error
    try:
        trace_id = check_bytes("traceId", pb.trace_id)
        span_id = check_bytes("spanId", pb.span_id)
    except UnreadableError as error:
        issues.reject(group.place.item(index), str(error))
        return None
    start_ns, end_ns = pb.start_time_unix_nano, pb.end_time_unix_nano
    if start_ns > MAX_TIME_NS or end_ns > MAX_TIME_NS:
        start_ns, end_ns = (clamp(ns, group.place.item(index), issues) for ns in (start_ns, end_ns))
    status = pb.status
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        parent_span_id=parent_of(pb.parent_span_id.hex()),
        name=pb.name,
        kind=pb.kind,
        start_ns=start_ns,
        end_ns=end_ns,
        status_code=status.code,
        status_message=status.message,
        trace_state=pb.trace_state,
        flags=pb.flags,
        attributes=read_attributes(pb.attributes),
        dropped_attributes_count=pb.dropped_attributes_count,
        events=_events(pb, group, index, issues) if pb.events else (),
        dropped_events_count=pb.dropped_events_count,
        links=_links(pb) if pb.links else (),
        dropped_links_count=pb.dropped_links_count,
        resource=group.resource,
        scope=group.scope,
    )


def _events(pb: SpanMessage, group: Group[bytes], index: int, issues: Issues) -> tuple[Event, ...]:
    return tuple(
        Event(
            time_ns=clamp(event.time_unix_nano, group.place.item(index), issues),
            name=event.name,
            attributes=read_attributes(event.attributes),
            dropped_attributes_count=event.dropped_attributes_count,
        )
        for event in pb.events
    )


def _links(pb: SpanMessage) -> tuple[Link, ...]:
    return tuple(
        Link(
            trace_id=link.trace_id.hex(),
            span_id=link.span_id.hex(),
            trace_state=link.trace_state,
            attributes=read_attributes(link.attributes),
            dropped_attributes_count=link.dropped_attributes_count,
            flags=link.flags,
        )
        for link in pb.links
    )


def read_log(raw: bytes, group: Group[bytes], index: int, issues: Issues) -> LogRecord | None:
    """The record, or None when it has no span context (counted as skipped)."""
    try:
        pb = LogMessage.FromString(raw)
    except DecodeError as error:
        raise undecodable(group.place.item(index), error) from error
    try:
        trace_id = check_bytes("traceId", pb.trace_id)
        span_id = check_bytes("spanId", pb.span_id)
    except UnreadableError:
        issues.skipped += 1
        return None
    return LogRecord(
        trace_id=trace_id,
        span_id=span_id,
        time_ns=clamp(pb.time_unix_nano, group.place.item(index), issues),
        observed_ns=clamp(pb.observed_time_unix_nano, group.place.item(index), issues),
        severity_number=pb.severity_number,
        severity_text=pb.severity_text,
        event_name=pb.event_name,
        body=read_value(pb.body),
        attributes=read_attributes(pb.attributes),
        dropped_attributes_count=pb.dropped_attributes_count,
        flags=pb.flags,
        resource=group.resource,
        scope=group.scope,
    )


def clamp(ns: int, where: str, issues: Issues) -> int:
    """`ns`, or the last storable moment with a warning."""
    if ns <= MAX_TIME_NS:
        return ns
    issues.warn(where, f": the time {ns} is after the year 2262 and was set to its end")
    return MAX_TIME_NS
