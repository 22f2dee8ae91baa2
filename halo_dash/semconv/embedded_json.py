"""JSON that travels inside strings: reading it without ever failing, and writing it in one way."""

from __future__ import annotations

import base64
import json

from halo_dash.model.span import AttributeValue

_DECODINGS = 3
"""How often a string inside a string is decoded (traceloop and MLflow encode twice)."""


def parse(value: AttributeValue) -> AttributeValue:
    """The value a JSON string holds; anything else, malformed JSON included, as it came.

    Only objects, lists, quoted strings and `null` are decoded: `42` or `true` read the same as text,
    and a text that merely looks like a number ("1e5", "007") stays what its sender wrote.
    """
    for _ in range(_DECODINGS):
        if not isinstance(value, str):
            break
        text = value.strip()
        if not text or (text[0] not in '{["' and text != "null"):
            break
        try:
            decoded: AttributeValue = json.loads(text)
        except (ValueError, RecursionError):
            break
        value = decoded
    return value


def compact(value: AttributeValue) -> str:
    """Text as it is, everything else as JSON without blanks (key order and non-ASCII kept)."""
    return value if isinstance(value, str) else _dump(value, is_sorted=False)


def canonical(value: AttributeValue) -> str:
    """The same string for equal values: JSON with sorted keys, also when it came inside a string."""
    parsed = parse(value)
    return parsed.strip() if isinstance(parsed, str) else _dump(parsed, is_sorted=True)


def _dump(value: AttributeValue, *, is_sorted: bool) -> str:
    try:
        return json.dumps(
            value, separators=(",", ":"), ensure_ascii=False, sort_keys=is_sorted, default=_binary
        )
    except (TypeError, ValueError, RecursionError):
        # Nested deeper than the interpreter's stack: no reader can show it, any stable text will do.
        return f"<{type(value).__name__} nested too deeply to write>"


def _binary(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
