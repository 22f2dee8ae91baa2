"""Protobuf requests, cut up by hand so that one span at a time becomes objects.

Parsing a whole request costs a multiple of its size in memory; the outer three levels are nothing but
length-delimited fields, so they are walked here (encoding: protobuf.dev/programming-guides/encoding)
and only `Resource`, `Scope` and each record are handed to protobuf.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from google.protobuf.message import DecodeError, Message
from opentelemetry.proto.common.v1.common_pb2 import InstrumentationScope
from opentelemetry.proto.resource.v1.resource_pb2 import Resource as ResourceMessage

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import EntityRef, Resource, Scope
from halo_dash.otlp.anyvalue import TOO_DEEP, read_attributes
from halo_dash.otlp.groups import Group, Signal

HINT: Final = "send protobuf, or JSON with the header Content-Type: application/json"
VARINT, BYTES, NO_KIND = 0, 2, 8
FIRST_TAG: Final = 8  # field numbers start at 1, and the wire type takes the lowest three bits
SKIPPED: Final = {1: 8, 5: 4}  # wire types of fixed size: fixed64, fixed32
HEAD, ITEMS, SCHEMA_URL = (
    1,
    2,
    3,
)  # field numbers of ResourceSpans, ScopeSpans, ResourceLogs and ScopeLogs alike


def groups(body: bytes, signal: Signal) -> Iterator[Group[bytes]]:
    """The groups of a request; raises `InvalidInputError` where the bytes stop being protobuf."""
    resource_index = -1
    for field, start, end in _fields(body, 0, len(body), signal.outer):
        if field != 1:
            continue
        resource_index += 1
        where = signal.place(resource_index, 0)
        head, schema_url = _head(body, start, end, f"{signal.outer}[{resource_index}]")
        resource = read_resource(head, schema_url, f"{signal.outer}[{resource_index}].resource")
        scope_index = -1
        for inner, inner_start, inner_end in _fields(body, start, end, signal.inner):
            if inner != ITEMS:
                continue
            scope_index += 1
            where = signal.place(resource_index, scope_index)
            head, schema_url = _head(body, inner_start, inner_end, where.group())
            scope = read_scope(head, schema_url, f"{where.group()}.scope")
            records = (
                body[first:last]
                for leaf, first, last in _fields(body, inner_start, inner_end, where.group())
                if leaf == ITEMS
            )
            yield Group(where, resource, scope, records)


def _head(body: bytes, start: int, end: int, where: str) -> tuple[bytes, str]:
    """The resource or scope and the schema URL, wherever they stand among the records."""
    head = b""
    schema_url = ""
    for field, first, last in _fields(body, start, end, where):
        if field == HEAD:
            head += body[first:last]  # protobuf merges a repeated message, and so does concatenation
        elif field == SCHEMA_URL:
            try:
                schema_url = body[first:last].decode()
            except UnicodeDecodeError as error:
                raise InvalidInputError(f"{where}.schemaUrl: not UTF-8", hint=HINT) from error
    return head, schema_url


def _fields(body: bytes, index: int, end: int, where: str) -> Iterator[tuple[int, int, int]]:
    """(field number, start, end) of each length-delimited field of body[index:end]; others are skipped."""
    try:
        while index < end:
            at = index
            tag = body[index]
            index += 1
            if tag > 0x7F:
                tag, index = _varint(body, index - 1)
            kind = tag & 7 if tag >= FIRST_TAG else NO_KIND
            if kind == BYTES:
                size = body[index]
                index += 1
                if size > 0x7F:
                    size, index = _varint(body, index - 1)
                start = index
                index += size
                if index > end:
                    break
                yield tag >> 3, start, index
            elif kind == VARINT:
                _, index = _varint(body, index)
            elif kind in SKIPPED:
                index += SKIPPED[kind]
            else:
                raise InvalidInputError(f"{where}: byte {at:,} is no protobuf field", hint=HINT)
    except IndexError:
        index = end + 1
    if index != end:
        raise InvalidInputError(
            f"{where}: the protobuf is cut off or damaged near byte {min(index, len(body)):,}", hint=HINT
        )


def _varint(body: bytes, index: int) -> tuple[int, int]:
    value = shift = 0
    while shift < 70:
        byte = body[index]
        index += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, index
        shift += 7
    raise InvalidInputError(f"byte {index:,}: a number that never ends is no protobuf", hint=HINT)


def parse(message: Message, raw: bytes, where: str) -> None:
    """Fill `message` from `raw`; raises `InvalidInputError` naming the place."""
    try:
        message.ParseFromString(raw)
    except DecodeError as error:
        raise undecodable(where, error) from error


def undecodable(where: str, error: DecodeError) -> InvalidInputError:
    """The error for a message that protobuf refused."""
    return InvalidInputError(f"{where}: {explain(error)}", hint=HINT)


def explain(error: DecodeError) -> str:
    """Protobuf's own words, in ours."""
    said = str(error)
    if "UTF-8" in said:
        return "a string is not valid UTF-8"
    if "MaxDepth" in said:
        return TOO_DEEP
    return "no valid protobuf message"


def read_resource(raw: bytes, schema_url: str, where: str) -> Resource:
    """A `Resource` message with its schema URL."""
    message = ResourceMessage()
    parse(message, raw, where)
    return Resource(
        attributes=read_attributes(message.attributes),
        dropped_attributes_count=message.dropped_attributes_count,
        entity_refs=tuple(
            EntityRef(
                type=ref.type,
                schema_url=ref.schema_url,
                id_keys=tuple(ref.id_keys),
                description_keys=tuple(ref.description_keys),
            )
            for ref in message.entity_refs
        ),
        schema_url=schema_url,
    )


def read_scope(raw: bytes, schema_url: str, where: str) -> Scope:
    """An `InstrumentationScope` message with its schema URL."""
    message = InstrumentationScope()
    parse(message, raw, where)
    return Scope(
        name=message.name,
        version=message.version,
        attributes=read_attributes(message.attributes),
        dropped_attributes_count=message.dropped_attributes_count,
        schema_url=schema_url,
    )
