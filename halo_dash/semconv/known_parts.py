"""The growing thread, and finding again in it what a later call repeats."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, field

from halo_dash.model.message import Media, Other, Part, Reasoning, Role, Text, ToolCall, ToolResult
from halo_dash.semconv.call_groups import SpanContent
from halo_dash.semconv.embedded_json import canonical

_Key = tuple[str, ...]


@dataclass(slots=True)
class Entry:
    """One part of the thread."""

    part: Part
    role: Role
    span: SpanContent
    """The span that said it or received it first."""
    message: int
    """Number of the message it came in; its parts stay together."""
    output_of: int | None
    """Number of the exchange whose output it is; None for what went in."""
    time_ns: int


@dataclass(slots=True)
class KnownParts:
    """Append-only: an index, once given, stays. Parts are found by hash, never by scanning."""

    entries: list[Entry] = field(default_factory=list)
    _ids: dict[_Key, int] = field(default_factory=dict)
    _places: dict[_Key, list[int]] = field(default_factory=dict)

    def append(self, entry: Entry) -> int:
        """Add a part at the end; its index."""
        index = len(self.entries)
        self.entries.append(entry)
        identity = _identity(entry.part)
        if identity is not None:
            self._ids.setdefault(identity, index)
        self._places.setdefault(_likeness(entry.part, entry.role), []).append(index)
        return index

    def by_id(self, part: Part) -> int | None:
        """Where the call or result with this id stands, anywhere in the thread."""
        identity = _identity(part)
        return None if identity is None else self._ids.get(identity)

    def next_like(self, part: Part, role: Role, start: int, end: int) -> int | None:
        """The first part that says the same, in [start, end). Two different ids are two different things."""
        places = self._places.get(_likeness(part, role), [])
        has_id = _identity(part) is not None
        for at in range(bisect_left(places, start), len(places)):
            index = places[at]
            if index >= end:
                break
            if not (has_id and _identity(self.entries[index].part) is not None):
                return index
        return None

    def occurrence(self, part: Part, role: Role, number: int, end: int) -> int | None:
        """Where the part is said for the n-th time (from 0), before `end`."""
        places = self._places.get(_likeness(part, role), [])
        return places[number] if number < len(places) and places[number] < end else None


def _identity(part: Part) -> _Key | None:
    if isinstance(part, ToolCall) and part.id is not None:
        return ("call", part.id)
    if isinstance(part, ToolResult) and part.id is not None:
        return ("result", part.id)
    return None


def _likeness(part: Part, role: Role) -> _Key:
    """Equal for parts that say the same thing."""
    match part:
        case Text(text):
            return ("text", role, text.strip())
        case Reasoning(text):
            return ("reasoning", text.strip())
        case ToolCall(name, _, arguments):
            return ("call", name, canonical(arguments))
        case ToolResult(content):
            return ("result", canonical(content))
        case Media(mime, uri, data):
            return ("media", role, mime or "", uri or "", data or "")
        case Other(raw):
            return ("other", role, canonical(raw))
