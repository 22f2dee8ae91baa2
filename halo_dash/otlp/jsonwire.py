"""OTLP/JSON requests: parsed with orjson, walked by hand, forgiving where senders differ.

Accepted beside what OTLP prescribes, because real exporters write it: snake_case names, `null` for
anything, the pre-1.0 `instrumentationLibrarySpans`, lone surrogates, bare NaN and Infinity (the last two
only in requests that are parsed at once).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any, Final, TypeAlias, cast

import msgspec
import orjson

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import Resource, Scope
from halo_dash.otlp.groups import Group, Signal
from halo_dash.otlp.issues import UnreadableError
from halo_dash.otlp.jsonfields import get, read_attributes, read_entity_ref, rows, text, uint32

JsonObject: TypeAlias = dict[str, Any]

WHOLE: Final = 4 << 20
"""Up to this many bytes the body is parsed at once; above, one record at a time (objects cost 5-10 times
their text)."""
SURROGATES: Final = re.compile("[\ud800-\udfff]")
BOM: Final = b"\xef\xbb\xbf"
OPEN_BRACKET: Final = ord("[")
TOO_DEEP: Final = "the JSON is nested too deeply to be an OTLP request"


def groups(body: bytes, signal: Signal) -> Iterator[Group[object]]:
    """The groups of a request; raises `InvalidInputError` for what is not an OTLP/JSON object."""
    root = parse(body) if len(body) <= WHOLE else split(body)
    if not isinstance(root, dict):
        raise InvalidInputError(f"the body is a JSON {_type(root)}, expected an object with {signal.outer!r}")
    try:
        yield from _groups(root, signal)
    except UnreadableError as error:
        raise InvalidInputError(str(error)) from error


def _groups(root: JsonObject, signal: Signal) -> Iterator[Group[object]]:
    for i, outer in enumerate(rows(unpack(get(root, signal.outer)), signal.outer)):
        where = f"{signal.outer}[{i}]"
        outer_object = _object(outer, where)
        resource = read_resource(
            _object(unpack(get(outer_object, "resource")) or {}, f"{where}.resource"),
            text(unpack(get(outer_object, "schemaUrl")), f"{where}.schemaUrl"),
            f"{where}.resource",
        )
        inner_rows = unpack(get(outer_object, signal.inner) or get(outer_object, signal.old_inner))
        for j, inner in enumerate(rows(inner_rows, f"{where}.{signal.inner}")):
            place = signal.place(i, j)
            at = place.group()
            inner_object = _object(inner, at)
            scope = read_scope(
                _object(
                    unpack(get(inner_object, "scope") or get(inner_object, "instrumentationLibrary")) or {},
                    at,
                ),
                text(unpack(get(inner_object, "schemaUrl")), f"{at}.schemaUrl"),
                f"{at}.scope",
            )
            raw = unpack(
                get(inner_object, signal.leaf) or get(inner_object, signal.old_leaf), list[msgspec.Raw]
            )
            yield Group(place, resource, scope, iter(rows(raw, f"{at}.{signal.leaf}")))


def parse(body: bytes | msgspec.Raw) -> object:
    """A JSON value. Raises `InvalidInputError` naming the line and column of what is not JSON."""
    try:
        return cast(
            "object",
            orjson.loads(memoryview(body) if isinstance(body, msgspec.Raw) else body.removeprefix(BOM)),
        )
    except orjson.JSONDecodeError as error:
        return _parse_leniently(bytes(body), error)


def _parse_leniently(body: bytes, error: orjson.JSONDecodeError) -> object:
    """Take what orjson must not and the standard library does: lone surrogates, NaN, huge integers."""
    try:
        source = body.decode("utf-8-sig")
    except UnicodeDecodeError as not_utf8:
        raise InvalidInputError(
            f"the body is not UTF-8: byte {not_utf8.start:,} is 0x{body[not_utf8.start]:02x}"
        ) from None
    try:
        return _mend(json.loads(source))
    except RecursionError:
        raise InvalidInputError(TOO_DEEP) from None
    except ValueError:
        raise InvalidInputError(f"the body is not JSON: {error}") from None


def _mend(value: object) -> object:
    if isinstance(value, str):
        return SURROGATES.sub("\ufffd", value)
    if isinstance(value, list):
        return [_mend(item) for item in value]
    if isinstance(value, dict):
        return {SURROGATES.sub("\ufffd", key): _mend(item) for key, item in value.items()}
    return value


def split(body: bytes) -> object:
    """The outermost object of a big body, its values still text."""
    return _decode(body.removeprefix(BOM), dict[str, msgspec.Raw])


def unpack(value: object, kind: Any = list[dict[str, msgspec.Raw] | None]) -> object:
    """`value`, parsed if it is still text: wholly, or when it is a big list one level deep as `kind`."""
    if not isinstance(value, msgspec.Raw):
        return value
    source = memoryview(value)
    if len(source) > WHOLE and source[0] == OPEN_BRACKET:
        return _decode(value, kind)
    return parse(value)


def _decode(body: bytes | msgspec.Raw, kind: Any) -> object:
    try:
        return cast("object", msgspec.json.decode(body, type=kind))
    except RecursionError:
        raise InvalidInputError(TOO_DEEP) from None
    except msgspec.DecodeError as error:
        raise InvalidInputError(f"the body is not an OTLP/JSON request: {error}") from None


def _object(value: object, where: str) -> JsonObject:
    if isinstance(value, dict):
        return value
    raise UnreadableError(f"{where}: a JSON {_type(value)} where an object is expected")


def _type(value: object) -> str:
    names = {dict: "object", list: "array", str: "string", bool: "boolean", type(None): "null"}
    return names.get(type(value), "number")


def read_resource(raw: JsonObject, schema_url: str, where: str) -> Resource:
    """A resource object with its schema URL."""
    refs = rows(get(raw, "entityRefs"), f"{where}.entityRefs")
    return Resource(
        attributes=read_attributes(get(raw, "attributes"), f"{where}.attributes"),
        dropped_attributes_count=uint32(
            get(raw, "droppedAttributesCount"), f"{where}.droppedAttributesCount"
        ),
        entity_refs=tuple(read_entity_ref(ref, f"{where}.entityRefs[{i}]") for i, ref in enumerate(refs)),
        schema_url=schema_url,
    )


def read_scope(raw: JsonObject, schema_url: str, where: str) -> Scope:
    """An instrumentation scope object with its schema URL."""
    return Scope(
        name=text(get(raw, "name"), f"{where}.name"),
        version=text(get(raw, "version"), f"{where}.version"),
        attributes=read_attributes(get(raw, "attributes"), f"{where}.attributes"),
        dropped_attributes_count=uint32(
            get(raw, "droppedAttributesCount"), f"{where}.droppedAttributesCount"
        ),
        schema_url=schema_url,
    )
