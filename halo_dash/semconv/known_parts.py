"""The growing thread, and finding again in it what a later call repeats."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from halo_dash.model.message import Media, Other, Part, Reasoning, Role, Text, ToolCall, ToolResult
from halo_dash.model.observation import Content
from halo_dash.semconv.call_groups import SpanContent
from halo_dash.semconv.embedded_json import canonical

_Key = tuple[str, ...]
_NOTHING = Content()


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
    _ids: dict[_Key, list[int]] = field(default_factory=dict)
    _places: dict[_Key, list[int]] = field(default_factory=dict)

    def append(self, entry: Entry, answers: int | None = None) -> int:
        """Add a part at the end; its index. `answers` is the index of the call a result belongs to."""
        index = len(self.entries)
        self.entries.append(entry)
        if isinstance(entry.part, ToolCall) and entry.part.id is not None:
            self._ids.setdefault(("call", entry.part.id), []).append(index)
            self._ids.setdefault(("call", entry.part.id, entry.part.name), []).append(index)
        if isinstance(entry.part, ToolResult) and entry.part.id is not None:
            self._ids.setdefault(("result", entry.part.id, str(answers)), []).append(index)
        self._places.setdefault(_likeness(entry.part, entry.role), []).append(index)
        return index

    def answer(self, call: int, result: ToolResult) -> None:
        """Let the result of the call at this index be known, although no message of the thread holds it.

        By its id it is found where the call stands; one without is found behind all that was said so far.
        """
        if result.id is not None:
            self._ids.setdefault(("result", result.id, str(call)), []).append(call)
        else:
            self.append(replace(self.entries[call], part=result, role="tool", output_of=None))

    def forget_content(self, start: int) -> None:
        """Let go of what the spans of the entries from `start` on say; who said it stays."""
        for entry in self.entries[start:]:
            entry.span = replace(entry.span, content=_NOTHING)

    def calls(self, call_id: str, name: str | None = None) -> Sequence[int]:
        """Where calls with this id (of this tool) stand; ids are reused now and then."""
        return self._ids.get(("call", call_id) if name is None else ("call", call_id, name), ())

    def same_call(self, call: ToolCall, start: int = 0) -> int | None:
        """Where a call with this very id, tool and arguments stands, from `start` on."""
        places = self._places.get(_likeness(call, "assistant"), [])
        for at in range(bisect_left(places, start), len(places)):
            if _call_id(self.entries[places[at]].part) == call.id:
                return places[at]
        return None

    def result(self, call_id: str, answers: int | None) -> int | None:
        """Where the result of that call stands."""
        return next(iter(self._ids.get(("result", call_id, str(answers)), ())), None)

    def next_like(self, part: Part, role: Role, start: int, end: int) -> int | None:
        """The first part that says the same, in [start, end). Two different ids are two different things."""
        places = self._places.get(_likeness(part, role), [])
        for at in range(bisect_left(places, start), len(places)):
            index = places[at]
            if index >= end:
                break
            if not (_has_id(part) and _has_id(self.entries[index].part)):
                return index
        return None

    def occurrence(self, part: Part, role: Role, number: int, end: int) -> int | None:
        """Where the part is said for the n-th time (from 0), before `end`."""
        places = self._places.get(_likeness(part, role), [])
        return places[number] if number < len(places) and places[number] < end else None


def _call_id(part: Part) -> str | None:
    return part.id if isinstance(part, ToolCall) else None


def _has_id(part: Part) -> bool:
    return isinstance(part, ToolCall | ToolResult) and part.id is not None


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
