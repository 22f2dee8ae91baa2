"""Values that are kept whole, as MessagePack: bodies of spans, log records, resources, scopes, summaries.

Everything comes back as it went in: bytes, NaN, the difference of 1 and 1.0, the order of attributes, whole
numbers of any size. Values are arrays whose first element is the version of their layout.
"""

from __future__ import annotations

from typing import Any

import msgspec

from halo_dash.errors import InvalidInputError, StoreError
from halo_dash.model.span import Attributes, EntityRef, Event, Link, LogRecord, Resource, Scope, Span

_LAYOUT = 1
_BIG_INTEGER = 1
"""MessagePack extension: a whole number beyond 64 bits, as decimal digits."""

_BROKEN_TEXT = 2
"""MessagePack extension: text with lone surrogates, which UTF-8 has no bytes for."""

_LARGEST = 2**63 - 1
SaidByEvent = tuple[str, Attributes]
SaidByLink = tuple[str, str, Attributes]
_encoder = msgspec.msgpack.Encoder()


def _read_extension(code: int, data: memoryview) -> object:
    if code == _BIG_INTEGER:
        return int(bytes(data))
    if code == _BROKEN_TEXT:
        return bytes(data).decode("utf-8", "surrogatepass")
    raise StoreError(
        f"A stored value has the unknown type {code}.",
        hint="Upgrade halo-dash: it was written by a newer one.",
    )


_decoder = msgspec.msgpack.Decoder(ext_hook=_read_extension)


def pack(value: object) -> bytes:
    """Encode plain values. Raises `InvalidInputError` where they are nested too deeply."""
    try:
        try:
            return _encoder.encode(value)
        except (OverflowError, UnicodeEncodeError):
            return _encoder.encode(_with_extensions(value))
    except RecursionError as error:
        raise InvalidInputError(
            "A value is nested too deeply to be stored.", hint="Send such attributes as JSON text."
        ) from error


def unpack(data: bytes) -> Any:
    """The inverse of `pack`; arrays come back as lists. Raises `StoreError` where `data` is damaged."""
    try:
        return _decoder.decode(data)
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"A stored value is damaged: {error}.", hint="Run `halo doctor` to check the store."
        ) from error


def _with_extensions(value: object) -> object:
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return msgspec.msgpack.Ext(_BIG_INTEGER, str(value).encode())
    if isinstance(value, str) and valid_text(value) != value:
        return msgspec.msgpack.Ext(_BROKEN_TEXT, value.encode("utf-8", "surrogatepass"))
    if isinstance(value, dict):
        return {valid_text(key): _with_extensions(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_with_extensions(each) for each in value]
    return value


def valid_text(text: str) -> str:
    """The text with `?` for lone surrogates."""
    return text.encode("utf-8", "replace").decode()


def in_column(number: int) -> int:
    """The number as a column can hold it: times beyond the year 2262 are cut, `pack_span` keeps them."""
    return number if 0 <= number <= _LARGEST else max(0, min(number, _LARGEST))


def pack_span(span: Span) -> bytes:
    """What `spans` has no column for."""
    times = None
    if not (0 <= span.start_ns <= _LARGEST and 0 <= span.end_ns <= _LARGEST):
        times = (span.start_ns, span.end_ns)
    return pack(
        (
            _LAYOUT,
            span.kind,
            span.status_code,
            span.status_message,
            span.trace_state,
            span.flags,
            span.attributes,
            span.dropped_attributes_count,
            [
                (event.time_ns, event.name, event.attributes, event.dropped_attributes_count)
                for event in span.events
            ],
            span.dropped_events_count,
            [
                (
                    link.trace_id,
                    link.span_id,
                    link.trace_state,
                    link.attributes,
                    link.dropped_attributes_count,
                    link.flags,
                )
                for link in span.links
            ],
            span.dropped_links_count,
            times,
        )
    )


def unpack_span(data: bytes, place: Span) -> Span:
    """The whole span; `place` has what the columns say."""
    (
        _layout,
        kind,
        status_code,
        status_message,
        trace_state,
        flags,
        attributes,
        dropped_attributes,
        events,
        dropped_events,
        links,
        dropped_links,
        times,
    ) = unpack(data)
    start_ns, end_ns = times or (place.start_ns, place.end_ns)
    return Span(
        trace_id=place.trace_id,
        span_id=place.span_id,
        parent_span_id=place.parent_span_id,
        name=place.name,
        kind=kind,
        start_ns=start_ns,
        end_ns=end_ns,
        status_code=status_code,
        status_message=status_message,
        trace_state=trace_state,
        flags=flags,
        attributes=attributes,
        dropped_attributes_count=dropped_attributes,
        events=tuple(Event(*event) for event in events),
        dropped_events_count=dropped_events,
        links=tuple(Link(*link) for link in links),
        dropped_links_count=dropped_links,
        resource=place.resource,
        scope=place.scope,
    )


def unpack_said(data: bytes) -> tuple[str, str, Attributes, list[SaidByEvent], list[SaidByLink]]:
    """(status_message, trace_state, attributes, events, links): what a span says, without building it."""
    values = unpack(data)
    events = [(event[1], event[2]) for event in values[8]]
    links = [(link[0], link[1], link[3]) for link in values[10]]
    return values[3], values[4], values[6], events, links


def pack_log(record: LogRecord) -> bytes:
    """A log record without its keys, resource and scope."""
    return pack(
        (
            _LAYOUT,
            record.time_ns,
            record.observed_ns,
            record.severity_number,
            record.severity_text,
            record.event_name,
            record.body,
            record.attributes,
            record.dropped_attributes_count,
            record.flags,
        )
    )


def unpack_log(data: bytes, trace_id: str, span_id: str, resource: Resource, scope: Scope) -> LogRecord:
    """The inverse of `pack_log`."""
    values = [trace_id, span_id, *unpack(data)[1:], resource, scope]
    return LogRecord(*values)


def pack_resource(resource: Resource) -> bytes:
    """A whole resource."""
    entities = [
        (each.type, each.schema_url, each.id_keys, each.description_keys) for each in resource.entity_refs
    ]
    return pack(
        (_LAYOUT, resource.attributes, resource.dropped_attributes_count, entities, resource.schema_url),
    )


def unpack_resource(data: bytes) -> Resource:
    """The inverse of `pack_resource`."""
    _layout, attributes, dropped, entities, schema_url = unpack(data)
    refs = tuple(EntityRef(kind, url, tuple(ids), tuple(words)) for kind, url, ids, words in entities)
    return Resource(attributes, dropped, refs, schema_url)


def pack_scope(scope: Scope) -> bytes:
    """A whole scope."""
    return pack(
        (
            _LAYOUT,
            scope.name,
            scope.version,
            scope.attributes,
            scope.dropped_attributes_count,
            scope.schema_url,
        )
    )


def unpack_scope(data: bytes) -> Scope:
    """The inverse of `pack_scope`."""
    return Scope(*unpack(data)[1:])
