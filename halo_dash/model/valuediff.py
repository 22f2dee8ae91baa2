"""What differs between two values: JSON by key, everything else as text.

Ids that are made anew in each run are no difference.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.model.message import Media, Message, Other, Part, Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.span import AttributeValue
from halo_dash.model.twin.values import as_text

EntryState: TypeAlias = Literal["same", "changed", "left", "right"]

_MADE_ANEW = frozenset(
    {"tool_call_id", "call_id", "run_id", "request_id", "response_id", "system_fingerprint"}
)
"""Keys under which frameworks put what is random in every run."""
_RANDOM = re.compile(r"[a-z_]*[-_]*[0-9A-Za-z_-]{16,}")
"""What stands under the plain key `id` is left aside only where it looks like this."""
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Entry:
    """One leaf of two JSON values: where it is, and what each side has there (None: nothing)."""

    path: str
    """`city`, `filters.0.name`; empty for the value itself."""
    state: EntryState
    left: str | None
    right: str | None


def steady(value: AttributeValue, depth: int = 0) -> AttributeValue:
    """A value without what is made anew in each run, to compare it by."""
    if depth > _DEEPEST:
        return value
    if isinstance(value, dict):
        kept = ((key, inner) for key, inner in value.items() if not _is_made_anew(key, inner))
        return {key: steady(inner, depth + 1) for key, inner in kept}
    if isinstance(value, list):
        return [steady(inner, depth + 1) for inner in value]
    return value


def _is_made_anew(key: str, value: AttributeValue) -> bool:
    return key in _MADE_ANEW or (key == "id" and isinstance(value, str) and bool(_RANDOM.fullmatch(value)))


def digest(value: AttributeValue) -> str:
    """16 hexadecimal digits that equal values share; keys in any order, ids left aside."""
    read = steady(read_json(value))
    try:
        text = read if isinstance(read, str) else json.dumps(read, sort_keys=True, default=repr)
    except (RecursionError, TypeError):
        text = repr(read)
    return hashlib.blake2b(text.encode("utf-8", "backslashreplace"), digest_size=8).hexdigest()


def read_json(value: AttributeValue) -> AttributeValue:
    """The object or list that a string holds, else the value."""
    if not isinstance(value, str) or value[:1] not in {"{", "["}:
        return value
    try:
        found: AttributeValue = json.loads(value)
    except (ValueError, RecursionError):
        return value
    return found if isinstance(found, dict | list) else value


def compare_json(left: AttributeValue, right: AttributeValue) -> tuple[Entry, ...] | None:
    """Leaf by leaf, in the order of the left side; None where these are not two objects or two lists."""
    left, right = read_json(left), read_json(right)
    both_objects = isinstance(left, dict) and isinstance(right, dict)
    if not both_objects and not (isinstance(left, list) and isinstance(right, list)):
        return None
    return tuple(_entries("", left, right, 0))


def _entries(path: str, left: AttributeValue, right: AttributeValue, depth: int) -> Iterator[Entry]:
    mine, others = _members(left), _members(right)
    if digest(left) == digest(right):
        yield Entry(path, "same", as_text(left), as_text(right))
    elif mine is None or others is None or type(left) is not type(right) or depth > _DEEPEST:
        yield Entry(path, "changed", as_text(left), as_text(right))
    else:
        for key in dict.fromkeys((*mine, *others)):
            inner = f"{path}.{key}" if path else key
            if key not in others:
                yield Entry(inner, "left", as_text(mine[key]), None)
            elif key not in mine:
                yield Entry(inner, "right", None, as_text(others[key]))
            elif _is_made_anew(key, mine[key]) and _is_made_anew(key, others[key]):
                yield Entry(inner, "same", as_text(mine[key]), as_text(others[key]))
            else:
                yield from _entries(inner, mine[key], others[key], depth + 1)


def _members(value: AttributeValue) -> dict[str, AttributeValue] | None:
    """Those of an object by key, those of a list by place."""
    if isinstance(value, list):
        return {str(at): inner for at, inner in enumerate(value)}
    return value if isinstance(value, dict) else None


def messages_text(messages: Sequence[Message]) -> str:
    """Messages as text to read and compare, ids left out: who speaks, then what, a blank line between."""
    return "\n\n".join(_message_text(message) for message in messages)


def _message_text(message: Message) -> str:
    head = message.role + (f" ({message.name})" if message.name else "")
    return "\n".join([f"{head}:", *(part_text(part) for part in message.parts)])


def part_text(part: Part) -> str:
    """One part as text, a call as `→ name(arguments)`."""
    match part:
        case Text(text=text):
            return text
        case Reasoning(text=text):
            return f"(reasoning) {text}"
        case ToolCall():
            return f"\N{RIGHTWARDS ARROW} {part.name}({pretty(part.arguments)})"
        case ToolResult():
            return f"\N{LEFTWARDS ARROW} {part.name or 'result'}: {pretty(part.content)}"
        case Media():
            size = f", {len(part.data):,} characters" if part.data else ""
            return f"[{part.mime or 'media'}{size}]{f' {part.uri}' if part.uri else ''}"
        case Other(raw=raw):
            return pretty(raw)


def pretty(value: AttributeValue) -> str:
    """A value as text of several lines, keys in order, so that equal parts are equal lines."""
    value = read_json(value)
    if isinstance(value, dict | list):
        try:
            return json.dumps(steady(value), ensure_ascii=False, indent=1, sort_keys=True, default=repr)
        except (RecursionError, TypeError):
            return as_text(value)
    return "" if value is None else as_text(value)
