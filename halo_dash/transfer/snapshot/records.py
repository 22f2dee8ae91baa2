"""Spans and log records <-> the JSON records of a snapshot, derived from the model's own fields.

Nothing is listed by hand: a field that OTLP gains and the model takes in is in the next snapshot, and
a field of a type nobody told us about fails when this module is imported. What equals its default
is left out.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Callable
from typing import Any, Generic, TypeVar

from halo_dash.errors import InvalidInputError
from halo_dash.model.annotation import ANNOTATION_KINDS, Annotation, AnnotationKind, Target
from halo_dash.model.span import EntityRef, Event, Link, LogRecord, Resource, Scope, Span
from halo_dash.transfer.jsondoc import JsonObject, JsonValue
from halo_dash.transfer.snapshot.values import (
    members_from_json,
    members_to_json,
    value_from_json,
    value_to_json,
)

T = TypeVar("T")
_DIGITS = re.compile(r"\d{1,20}", re.ASCII)


@dataclasses.dataclass(frozen=True, slots=True)
class _FieldCodec:
    """How values of one field are written and read; `read` raises `InvalidInputError`."""

    write: Callable[[Any], JsonValue]
    read: Callable[[Any], Any]


class RecordCodec(Generic[T]):
    """Writes and reads one dataclass of the model as a JSON object."""

    def __init__(self, record_type: type[T], *, apart: frozenset[str] = frozenset()) -> None:
        self._type = record_type
        self._fields = [
            (field.name, _codec_of(field), _default_of(field))
            for field in dataclasses.fields(record_type)  # type: ignore[arg-type]  # T is a dataclass
            if field.name not in apart
        ]

    def write(self, record: T) -> JsonObject:
        """The JSON object of `record`, its fields in the model's order."""
        written: JsonObject = {}
        for name, codec, default in self._fields:
            value = getattr(record, name)
            if value is default or (value == default and type(value) is type(default)):
                continue
            written[name] = codec.write(value)
        return written

    def read(self, record: JsonValue, **apart: object) -> T:
        """The record that `write` wrote; `apart` gives the fields that are kept elsewhere.

        Members nobody knows are ignored: a later program may add some. Raises `InvalidInputError`.
        """
        if not isinstance(record, dict):
            raise InvalidInputError(f"a {self._type.__name__} must be an object")
        found: dict[str, object] = dict(apart)
        for name, codec, default in self._fields:
            if name in record:
                try:
                    found[name] = codec.read(record[name])
                except InvalidInputError as error:
                    raise InvalidInputError(f"{name}: {error}") from None
            elif default is dataclasses.MISSING:
                raise InvalidInputError(f"{name} is missing")
        return self._type(**found)


def _default_of(field: dataclasses.Field[Any]) -> object:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _codec_of(field: dataclasses.Field[Any]) -> _FieldCodec:
    # Times are written as strings of digits, as OTLP/JSON does: tools round integers beyond 2^53.
    return _FIELD_CODECS["time" if field.name.endswith("_ns") else field.type]  # type: ignore[index]  # a string


def _read_text(value: object) -> str:
    if not isinstance(value, str):
        raise InvalidInputError("expected a string")
    return value


def _read_int(value: object) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise InvalidInputError("expected an integer")
    return value


def _read_time(value: object) -> int:
    if not isinstance(value, str) or not _DIGITS.fullmatch(value) or int(value) >= 1 << 64:
        raise InvalidInputError("expected nanoseconds as a string of digits")
    return int(value)


def _read_list(value: object) -> list[JsonValue]:
    if not isinstance(value, list):
        raise InvalidInputError("expected a list")
    return value


def _read_members(value: object) -> object:
    if not isinstance(value, dict):
        raise InvalidInputError("expected an object")
    return members_from_json(value)


def _read_kind(value: object) -> AnnotationKind:
    for kind in ANNOTATION_KINDS:
        if value == kind:
            return kind
    raise InvalidInputError(f"expected one of {', '.join(ANNOTATION_KINDS)}")


def _same(value: JsonValue) -> JsonValue:
    return value


def _tuple_of(record_type: type[object]) -> _FieldCodec:
    codec = RecordCodec(record_type)
    return _FieldCodec(
        lambda items: [codec.write(item) for item in items],
        lambda items: tuple(codec.read(item) for item in _read_list(items)),
    )


_FIELD_CODECS: dict[str, _FieldCodec] = {
    "str": _FieldCodec(_same, _read_text),
    "int": _FieldCodec(_same, _read_int),
    "time": _FieldCodec(str, _read_time),
    "AnnotationKind": _FieldCodec(_same, _read_kind),
    "AttributeValue": _FieldCodec(value_to_json, value_from_json),
    "Attributes": _FieldCodec(members_to_json, _read_members),
    "tuple[str, ...]": _FieldCodec(list, lambda items: tuple(_read_text(item) for item in _read_list(items))),
}
for _part in (Event, Link, EntityRef):
    _FIELD_CODECS[f"tuple[{_part.__name__}, ...]"] = _tuple_of(_part)
_TARGETS = RecordCodec(Target)
_FIELD_CODECS["Target"] = _FieldCodec(_TARGETS.write, _TARGETS.read)

ANNOTATIONS = RecordCodec(Annotation)
RESOURCES = RecordCodec(Resource)
SCOPES = RecordCodec(Scope)
SPANS = RecordCodec(Span, apart=frozenset({"trace_id", "resource", "scope"}))
"""The trace id stands on the trace; resource and scope are written once a trace and named by number."""
LOG_RECORDS = RecordCodec(LogRecord, apart=frozenset({"trace_id", "span_id", "resource", "scope"}))
