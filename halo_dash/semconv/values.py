"""Reading attribute values as what a field needs; None means "absent", as does anything unreadable.

Every reader takes any attribute value and never raises. Numbers come as strings and floats from real
senders, NaN stands for "not known", MLflow JSON-encodes every value (semconv, wire level).
"""

from __future__ import annotations

import math
from typing import Any

import msgspec
import orjson

from halo_dash.model.span import AttributeValue

MAX_NAME = 512
"""Characters kept of a value that becomes a column (a name, an id): no sender may fill the index with one."""

MAX_COUNT = 2**53
"""Numbers beyond this are no ids and no amounts: as floats they would not be exact."""


_LARGEST = 2**62
"""Far beyond any count that is believed (`usage.MAX_TOKENS`), and a number that JSON can tell."""

_LONGEST_NUMBER = 32
"""Characters of a number sent as a string; longer ones are no honest figure."""


def text(value: AttributeValue) -> str | None:
    """A name or id. Numbers become their decimal form (user ids are often integers)."""
    if type(value) is str:
        trimmed = value.strip()
        if len(trimmed) > MAX_NAME:
            trimmed = trimmed[:MAX_NAME]
        return (trimmed if trimmed.isascii() else encodable(trimmed)) or None
    if type(value) is int:
        return str(value) if abs(value) < MAX_COUNT else None
    if type(value) is float and math.isfinite(value):
        return str(int(value)) if value.is_integer() and abs(value) < MAX_COUNT else repr(value)
    return None


def encodable(value: str) -> str:
    """The text without halves of surrogate pairs, which JSON can smuggle in and no index can hold."""
    return value.encode("utf-8", "replace").decode()


def words(value: AttributeValue) -> str | None:
    """A name or id that only counts when it was sent as a string."""
    return text(value) if type(value) is str else None


def decoded_text(value: AttributeValue) -> str | None:
    """A name or id that may be JSON-encoded once more (`"\\"TOOL\\""`)."""
    if type(value) is str and value[:1] == '"':
        inner = parsed(value)
        return text(inner) if isinstance(inner, str) else text(value)
    return text(value)


def whole(value: AttributeValue) -> int | None:
    """A token count: a non-negative integer, also as a float or a string; what 64 bits cannot hold is cut."""
    if type(value) is int:
        return min(value, _LARGEST) if value >= 0 else None
    number = amount(value)
    return int(min(number, _LARGEST)) if number is not None and number.is_integer() else None


def amount(value: AttributeValue) -> float | None:
    """A non-negative, finite number, also as a string."""
    if type(value) is int:
        value = float(value) if abs(value) < MAX_COUNT else None
    elif type(value) is str:
        try:
            value = float(value) if len(value) <= _LONGEST_NUMBER else None
        except ValueError:
            return None
    if type(value) is float and math.isfinite(value) and value >= 0:
        return value
    return None


def raw(value: AttributeValue) -> AttributeValue:
    """The value as it came, unless it says nothing."""
    if value is None or value == "" or (type(value) is float and math.isnan(value)):
        return None
    return value


def parsed(value: str | bytes) -> Any:
    """The JSON value in a string, or None where it is not JSON (malformed, too deep, lone surrogates)."""
    try:
        return orjson.loads(value)
    except orjson.JSONDecodeError:
        return None


def mapping(value: AttributeValue) -> dict[str, Any]:
    """An object that came as JSON text or as a structured value; `{}` where it is neither."""
    if type(value) is str:
        value = parsed(value) if _opens_object(value) else None
    return value if isinstance(value, dict) else {}


def _opens_object(value: str) -> bool:
    """Whether JSON text could be an object; looks at the beginning only, the rest may be megabytes."""
    return value[:1] == "{" or value[:64].lstrip()[:1] == "{"


class Head(msgspec.Struct):
    """The few members we want of a JSON object that may be megabytes long; the rest is skipped, not built."""

    id: Any = None
    model: Any = None
    model_name: Any = None
    session_id: Any = None
    thread_id: Any = None
    user_id: Any = None
    lc_agent_name: Any = None


NO_HEAD = Head()
_head_decoder = msgspec.json.Decoder(Head)


def head(value: AttributeValue) -> Head:
    """The wanted members of a JSON object (text or structured); all None where it is no object."""
    if type(value) is str:
        if not _opens_object(value):
            return NO_HEAD
        try:
            return _head_decoder.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
            return NO_HEAD
    if isinstance(value, dict):
        return Head(**{name: value.get(name) for name in Head.__struct_fields__})
    return NO_HEAD
