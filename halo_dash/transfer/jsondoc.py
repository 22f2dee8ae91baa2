"""JSON as it is found in files: fast when it is clean, forgiving where a real writer was not."""

from __future__ import annotations

import json
import re
from typing import TypeAlias

import orjson

from halo_dash.errors import InvalidInputError

JsonValue: TypeAlias = "str | bool | int | float | list[JsonValue] | dict[str, JsonValue] | None"
JsonObject: TypeAlias = dict[str, JsonValue]

MAX_DEPTH = 100
"""Deepest nesting of a value taken from a file: as protobuf's decoders have it, far below Python's stack."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


def parse(data: bytes) -> JsonValue:
    """Parse one JSON document, also with NaN, Infinity and half surrogate pairs (Python writes those).

    Raises `InvalidInputError` that says what is wrong and at which line and column of `data`.
    """
    try:
        return orjson.loads(data)  # type: ignore[no-any-return]  # orjson says Any
    except orjson.JSONDecodeError as strict:
        try:
            return _whole_text(json.loads(data.decode("utf-8-sig"), parse_int=_bounded_int))
        except (UnicodeDecodeError, RecursionError):
            raise InvalidInputError(_no_json(strict)) from None
        except json.JSONDecodeError as lenient:
            raise InvalidInputError(_no_json(lenient)) from None


def _no_json(error: json.JSONDecodeError) -> str:
    place = f"character {error.colno}" if error.lineno == 1 else f"line {error.lineno}, column {error.colno}"
    return f"no JSON ({place}: {error.msg[:1].lower()}{error.msg[1:]})"


def _bounded_int(digits: str) -> int | float:
    # As orjson reads it: what no 64-bit integer holds becomes a double.
    number = int(digits) if len(digits) < 40 else 1 << 70
    return number if -(1 << 63) <= number < (1 << 64) else float(digits)


def _whole_text(value: JsonValue, depth: int = 0) -> JsonValue:
    if depth > MAX_DEPTH:
        raise InvalidInputError(f"values are nested deeper than {MAX_DEPTH} levels")
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_whole_text(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {str(_whole_text(key)): _whole_text(item, depth + 1) for key, item in value.items()}
    return value


def depth_is_bounded(value: JsonValue, limit: int = MAX_DEPTH) -> bool:
    """Whether no value lies deeper than `limit` levels; walks without recursion."""
    level: list[JsonValue] = [value]
    for _ in range(limit):
        deeper: list[JsonValue] = []
        for item in level:
            if isinstance(item, dict):
                deeper.extend(child for child in item.values() if isinstance(child, dict | list))
            elif isinstance(item, list):
                deeper.extend(child for child in item if isinstance(child, dict | list))
        if not deeper:
            return True
        level = deeper
    return False


_TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"?|[{}\[\]:,]', re.DOTALL)
"""A string that `head` cuts off is one token up to the end: to look into it would read JSON that it quotes as
keys, and take quadratic time over its escaped quotes."""


def top_level_keys(head: bytes) -> tuple[str, ...]:
    """The keys of the first JSON object in `head`, which may be cut off; a list around it is looked into.

    A file is recognised by them. Empty when `head` does not begin with an object.
    """
    keys: list[str] = []
    opened: list[bytes] = []
    last = b""
    for match in _TOKEN.finditer(head):
        token = match[0]
        if token in (b"{", b"["):
            opened.append(token)
        elif token in (b"}", b"]"):
            if not opened or len(opened) == 1 or opened == [b"[", b"{"]:
                break
            opened.pop()
        elif token == b":" and opened in ([b"{"], [b"[", b"{"]):
            keys.append(last[1:-1].decode("utf-8", "replace"))
        last = token
    return tuple(keys)
