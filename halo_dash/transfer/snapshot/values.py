"""Attribute values <-> JSON, losing nothing, whatever JSON tool touches the file in between.

JSON has no bytes, no NaN, and many tools round integers beyond 2^53, so those are written as an
object with one key: `{"$bytes": "aGk="}`, `{"$double": "NaN"}`, `{"$int": "9007199254740993"}`. A map
that has a key beginning with `$` is wrapped in `{"$map": …}`.
"""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Callable

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import AttributeValue
from halo_dash.transfer.jsondoc import JsonValue

_SAFE_INT = 1 << 53
_DOUBLES = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}


def value_to_json(value: AttributeValue) -> JsonValue:
    """The JSON form of one attribute value."""
    if isinstance(value, str) or value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if -_SAFE_INT <= value <= _SAFE_INT else {"$int": str(value)}
    if isinstance(value, float):
        return value if math.isfinite(value) else {"$double": _double_name(value)}
    if isinstance(value, bytes):
        return {"$bytes": base64.b64encode(value).decode("ascii")}
    if isinstance(value, list):
        return [value_to_json(item) for item in value]
    members: dict[str, JsonValue] = {key: value_to_json(item) for key, item in value.items()}
    return {"$map": members} if any(key.startswith("$") for key in members) else members


def _double_name(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def value_from_json(value: JsonValue) -> AttributeValue:
    """The inverse of `value_to_json`. Raises `InvalidInputError` on a tag that is none of ours."""
    if isinstance(value, list):
        return [value_from_json(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        tag, inner = next(iter(value.items()))
        if tag.startswith("$"):
            return _tagged(tag, inner)
    return members_from_json(value)


def members_from_json(members: dict[str, JsonValue]) -> dict[str, AttributeValue]:
    """A map whose keys are plain keys, `$` or not (attributes, or what `$map` holds)."""
    return {key: value_from_json(item) for key, item in members.items()}


def members_to_json(members: dict[str, AttributeValue]) -> dict[str, JsonValue]:
    """The inverse of `members_from_json`."""
    return {key: value_to_json(item) for key, item in members.items()}


def _tagged(tag: str, inner: JsonValue) -> AttributeValue:
    if tag == "$map" and isinstance(inner, dict):
        return members_from_json(inner)
    read = _TAGS.get(tag)
    if read is None or not isinstance(inner, str):
        raise InvalidInputError(f"{tag} is no value of a snapshot")
    try:
        return read(inner)
    except (binascii.Error, KeyError, ValueError):
        raise InvalidInputError(f"{tag} {inner[:40]!r} cannot be read") from None


def _bytes(text: str) -> AttributeValue:
    return base64.b64decode(text, validate=True)


def _double(text: str) -> AttributeValue:
    return _DOUBLES[text]


_TAGS: dict[str, Callable[[str], AttributeValue]] = {"$bytes": _bytes, "$double": _double, "$int": int}
