"""HALO JSONL: one span a line, attributes as plain JSON, as HALO's own tracing writes it."""

from __future__ import annotations

from typing import TypeVar, cast

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import (
    EMPTY_RESOURCE,
    EMPTY_SCOPE,
    Attributes,
    Event,
    Link,
    Resource,
    Scope,
    Span,
    SpanKind,
    StatusCode,
)
from halo_dash.transfer.batch import Batch
from halo_dash.transfer.ids import optional_id, required_id
from halo_dash.transfer.iso_time import parse_ns
from halo_dash.transfer.jsondoc import JsonObject, JsonValue, depth_is_bounded, parse

_KINDS = {f"SPAN_KIND_{kind.name}": int(kind) for kind in SpanKind}
_STATUS = {f"STATUS_CODE_{code.name}": int(code) for code in StatusCode}

T = TypeVar("T")


def is_span(keys: tuple[str, ...]) -> bool:
    """Whether a JSON object with these keys is a HALO JSONL span; the first few keys are enough."""
    return "trace_id" in keys or "span_id" in keys


def read_line(data: bytes) -> Batch:
    """One line of a file. Raises `InvalidInputError`."""
    line = parse(data)
    if not isinstance(line, dict):
        raise InvalidInputError("is not an object")
    return Batch(spans=(span_from_json(line),))


def span_from_json(line: JsonObject) -> Span:
    """The span that one parsed line holds; ids stay opaque (24 hex characters are usual here).

    Raises `InvalidInputError` naming the key that cannot be read.
    """
    if not depth_is_bounded(line):
        raise InvalidInputError("values are nested too deeply")
    status = _object(line, "status")
    return Span(
        trace_id=_id(line, "trace_id"),
        span_id=_id(line, "span_id"),
        parent_span_id=optional_id("parent_span_id", _text(line, "parent_span_id")),
        name=_text(line, "name"),
        kind=_enum(line, "kind", _KINDS),
        start_ns=_time(line, "start_time"),
        end_ns=_time(line, "end_time"),
        status_code=_enum(status, "code", _STATUS),
        status_message=_text(status, "message"),
        trace_state=_text(line, "trace_state"),
        attributes=_attributes(line),
        events=tuple(_event(item) for item in _objects(line, "events")),
        links=tuple(_link(item) for item in _objects(line, "links")),
        resource=_resource(line),
        scope=_scope(line),
    )


def _resource(line: JsonObject) -> Resource:
    attributes = _attributes(_object(line, "resource"))
    return Resource(attributes) if attributes else EMPTY_RESOURCE


def _scope(line: JsonObject) -> Scope:
    scope = _object(line, "scope")
    name, version, attributes = _text(scope, "name"), _text(scope, "version"), _attributes(scope)
    return Scope(name, version, attributes) if name or version or attributes else EMPTY_SCOPE


def _event(item: JsonObject) -> Event:
    key = next((key for key in ("time", "timestamp") if key in item), "time")
    return Event(_time(item, key), _text(item, "name"), _attributes(item))


def _link(item: JsonObject) -> Link:
    return Link(_id(item, "trace_id"), _id(item, "span_id"), _text(item, "trace_state"), _attributes(item))


def _attributes(owner: JsonObject) -> Attributes:
    # A null is how this format says "absent"; one deeper inside a value is part of the value.
    found = _object(owner, "attributes")
    return cast("Attributes", {key: value for key, value in found.items() if value is not None})


def _id(owner: JsonObject, key: str) -> str:
    return required_id(key, _text(owner, key))


def _time(owner: JsonObject, key: str) -> int:
    text = _text(owner, key)
    try:
        return parse_ns(text) if text else 0
    except InvalidInputError as error:
        raise InvalidInputError(f"{key}: {error}") from None


def _enum(owner: JsonObject, key: str, names: dict[str, int]) -> int:
    value = owner.get(key)
    if value is None or value == "":
        return 0
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value in names:
        return names[value]
    raise InvalidInputError(f"{key} {str(value)[:40]!r} is none of {', '.join(names)}")


def _text(owner: JsonObject, key: str) -> str:
    return _typed(owner, key, str, "")


def _object(owner: JsonObject, key: str) -> JsonObject:
    return cast("JsonObject", _typed(owner, key, dict, {}))


def _objects(owner: JsonObject, key: str) -> list[JsonObject]:
    items: list[JsonValue] = _typed(owner, key, list, [])
    if not all(isinstance(item, dict) for item in items):
        raise InvalidInputError(f"{key} holds something that is no object")
    return cast("list[JsonObject]", items)


def _typed(owner: JsonObject, key: str, wanted: type[T], absent: T) -> T:
    value = owner.get(key)
    if value is None:
        return absent
    if not isinstance(value, wanted):
        raise InvalidInputError(f"{key} is {type(value).__name__}, expected {wanted.__name__}")
    return value
