"""One value of a span as a page shows it: pretty, with its exact size, and never silently cut."""

from __future__ import annotations

import base64
import json
import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from halo_dash.model.span import AttributeValue

HEAD_BYTES = 32 * 1024
"""How much of one value is put on a page; the whole is one click away."""
PAGE_BYTES = 256 * 1024
"""How much all values of one page may take before heads shrink to `SMALL_HEAD_BYTES`."""
SMALL_HEAD_BYTES = 1024

Shape: TypeAlias = Literal["text", "json", "pairs", "scalar", "empty"]

_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Unicode's direction controls: invisible, and able to make text read other than it is."""


class Budget:
    """How much text a page may still show. One per page or part of it."""

    def __init__(self, page_bytes: int = PAGE_BYTES, head_bytes: int = HEAD_BYTES) -> None:
        self._left = page_bytes
        self._head = head_bytes

    def take(self, size: int) -> int:
        """How many bytes of a value of `size` bytes to show."""
        allowed = min(size, self._head, max(self._left, SMALL_HEAD_BYTES))
        self._left = max(0, self._left - allowed)
        return allowed


@dataclass(frozen=True, slots=True)
class Pair:
    """One `key = value` line of a flat object."""

    key: str
    text: str
    is_code: bool
    """The value is no plain text: a number, a truth value, null or a nested value."""
    segments: tuple[tuple[str, bool], ...] = ()
    """`text` in pieces, with those that were looked for; empty where there are none."""


@dataclass(frozen=True, slots=True)
class Value:
    """A value, or the head of it."""

    shape: Shape
    text: str
    """Pretty-printed where it is JSON; what is shown of it."""
    size: int
    """UTF-8 bytes of the whole text."""
    shown: int
    """UTF-8 bytes of `text`."""
    pointer: str
    """JSON pointer (RFC 6901) into the span's JSON twin, where the whole value is."""
    pairs: tuple[Pair, ...] = ()
    raw: str | None = None
    """As it was sent, where that differs from `text` and is small enough to stand beside it."""
    is_turning: bool = False
    """Holds invisible direction controls: it may not read in the order it is stored."""
    segments: tuple[tuple[str, bool], ...] = ()
    """`text` in pieces, with those that were looked for; empty where there are none."""
    is_looked_at: bool = False
    """It is the hit that the reader walked to."""
    is_evidence: bool = False
    """It is the evidence that the reader follows; at most one value of a page."""

    @property
    def is_cut(self) -> bool:
        """Only its head is shown."""
        return self.shown < self.size

    @property
    def is_empty(self) -> bool:
        """Something was said, and it is nothing: `[]`, `{}`, `""`, `null`."""
        return self.shape == "empty"


def show(value: AttributeValue, pointer: str, budget: Budget) -> Value:
    """Make one value presentable. A string that holds JSON is shown as that JSON, its raw form beside it."""
    parsed = _parsed(value) if isinstance(value, str) else value
    if is_empty(parsed):
        text = '""' if parsed == "" else as_text(parsed)
        return Value("empty", text, len(text), len(text), pointer)
    if isinstance(parsed, str):
        return _text(parsed, "text", pointer, budget)
    if not isinstance(parsed, dict | list):
        return _text(as_text(parsed), "scalar", pointer, budget)
    shown = _text(as_text(parsed, indent=2), "json", pointer, budget)
    if shown.is_cut:
        return shown
    pairs = _pairs(parsed) if isinstance(parsed, dict) else ()
    return replace(shown, shape="pairs" if pairs else "json", pairs=pairs, raw=as_text(value))


_MOST_PAIRS = 12
_LONGEST_PAIR = 400


def _pairs(value: dict[str, AttributeValue]) -> tuple[Pair, ...]:
    """`key = value` lines, or none where lines would not make it easier to read."""
    pairs = [
        Pair(key, item if isinstance(item, str) else as_text(item), not isinstance(item, str))
        for key, item in value.items()
    ]
    fits = all(len(pair.key) + len(pair.text) <= _LONGEST_PAIR and "\n" not in pair.text for pair in pairs)
    return tuple(pairs) if fits and len(pairs) <= _MOST_PAIRS else ()


def _text(text: str, shape: Shape, pointer: str, budget: Budget) -> Value:
    encoded = text.encode("utf-8", "backslashreplace")
    head = encoded[: budget.take(len(encoded))].decode("utf-8", "ignore")
    return Value(
        shape,
        head,
        size=len(encoded),
        shown=len(head.encode()),
        pointer=pointer,
        is_turning=not _TURNING.isdisjoint(head),
    )


def _parsed(text: str) -> AttributeValue:
    """The object or list a string holds, else the string. Numbers and quoted words stay as they were sent."""
    if not text or text[:1] not in "{[" or text[-1:] not in "}]" or len(text) > _LONGEST_PARSED:
        return text
    try:
        value: AttributeValue = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, dict | list) else text


_LONGEST_PARSED = 1024 * 1024
"""Longer JSON strings are shown as they came: only a head is seen, and parsing costs more than it shows."""


def is_empty(value: AttributeValue) -> bool:
    """Whether a value that was said says nothing (semantic rule: empty results, on the unwrapped value)."""
    return value is None or (not isinstance(value, bool | int | float) and len(value) == 0) or value == "[]"


def as_text(value: AttributeValue, indent: int | None = None) -> str:
    """Any value as text: strings as they are, all else as JSON; bytes as base64, as OTLP/JSON has them."""
    if isinstance(value, str):
        return value
    if isinstance(value, float) and not math.isfinite(value):
        return {math.inf: "Infinity", -math.inf: "-Infinity"}.get(value, "NaN")
    try:
        return json.dumps(
            value,
            ensure_ascii=False,
            indent=indent,
            separators=(",", ": ") if indent else (", ", ": "),
            default=_octets,
        )
    except RecursionError:
        return repr(value)


def _octets(value: object) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)


def point(*steps: str | int) -> str:
    """A JSON pointer (RFC 6901): `point("attributes", "a/b")` is `/attributes/a~1b`."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in steps)


_MOST_DIGITS = 10
"""Of a place in a list."""


def resolve_pointer(document: object, pointer: str) -> object:
    """The value a JSON pointer names. Raises LookupError where there is none."""
    if pointer and not pointer.startswith("/"):
        raise LookupError(pointer)
    at: object = document
    for step in pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(at, dict):
            at = at[key]
        elif isinstance(at, list | tuple) and key.isascii() and key.isdigit() and len(key) < _MOST_DIGITS:
            at = at[int(key)]
        else:
            raise LookupError(pointer)
    return at
