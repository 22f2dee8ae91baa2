"""Writing a conversation down once, although every call of it repeats the history."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from halo_dash.model.message import Message, Part, Reasoning, Role, Text, ToolCall, ToolResult
from halo_dash.semconv.call_groups import Exchange, SpanContent
from halo_dash.semconv.known_parts import Entry, KnownParts

_REMEMBERED = 4
"""Histories remembered per opening; enough for a few branches of one conversation."""
_OPENING = 2
"""Messages that tell conversations of one trace apart: the system prompt and the first question."""


@dataclass(slots=True)
class _Walk:
    """One input on its way along the thread: never backwards, and only over what stood there before."""

    begin: int = 0
    """What stands before belongs to other conversations, whatever ids it uses."""
    cursor: int = 0
    end: int = 0
    reached: int = 0
    """Behind the last part of this input, found or appended."""
    said: Counter[tuple[str, ...]] = field(default_factory=Counter)
    """How often this input has said a system text, or made a call of one id and tool."""
    calls: dict[str, int | None] = field(default_factory=dict)
    """Call id -> index of the call that this input means by it."""


@dataclass(slots=True)
class _History:
    """The input of an earlier call: a later call that starts with it has nothing new up to there."""

    messages: tuple[Message, ...]
    walk: _Walk


@dataclass(slots=True)
class Conversation:
    """The thread as it grows, exchange by exchange; one trace or many traces of a session."""

    known: KnownParts = field(default_factory=KnownParts)
    _messages: int = 0
    _exchanges: int = 0
    _histories: dict[tuple[str, ...], list[_History]] = field(default_factory=dict)
    _start: int = 0
    """Where the trace that is being added begins."""
    _opening: int | None = None
    """Where its request stands, if it sends nothing of earlier traces again before it."""

    def add(self, exchange: Exchange, *, is_request: bool = False) -> None:
        """Append what this exchange adds: the unknown part of its input, then its output.

        `is_request` is for the first exchange of a trace: what its user says at the end of the input is
        what the trace was asked, so it is said also where an earlier trace was asked the same.
        """
        self._exchanges += 1
        start_ns, end_ns = exchange.span.reading.start_ns, exchange.span.reading.end_ns
        heard = exchange.input.messages
        if is_request:
            self._start, self._opening = len(self.known.entries), None
        request = _request(heard) if is_request else len(heard)
        self._hear(heard, exchange.input.span, start_ns, request)
        outputs = exchange.output.messages
        if all(message.role == "assistant" for message in outputs):
            self._speak(outputs, exchange.output.span, max(start_ns, end_ns))
        else:  # a run's output may be the whole conversation
            self._hear(outputs, exchange.output.span, max(start_ns, end_ns), len(outputs))

    def _speak(self, messages: Sequence[Message], span: SpanContent, time_ns: int) -> None:
        for message in messages:
            self._messages += 1
            for part in message.parts:
                if not self._is_recorded(part):
                    role = _shown_role(part, message.role)
                    self.known.append(Entry(part, role, span, self._messages, self._exchanges, time_ns))

    def _is_recorded(self, part: Part) -> bool:
        """Whether an output's call was recorded before: the same id, tool and arguments.

        Ids alone do not tell: senders reuse them for other calls. Nor does another trace record it.
        """
        if isinstance(part, ToolResult) and part.id is not None:
            return self.known.result(part.id, self._latest_call(part.id)) is not None
        if not isinstance(part, ToolCall) or part.id is None:
            return False
        if self.known.same_call(part, self._start) is not None:
            return True
        places = self.known.calls(part.id, part.name)
        others = (self.known.entries[index].part for index in places if index >= self._start)
        # Malformed arguments are sent raw by one recorder and as `{}` by the other.
        return any(_is_lost(other) or _is_lost(part) for other in others)

    def _latest_call(self, call_id: str) -> int | None:
        return next(reversed(self.known.calls(call_id)), None)

    def _hear(self, messages: tuple[Message, ...], span: SpanContent, time_ns: int, request: int) -> None:
        """Append what is not known of an input; what its user says from message `request` on never is."""
        if not messages:
            return
        is_opening = request < len(messages) and all(each.role == "system" for each in messages[:request])
        if is_opening:  # what earlier traces sent is no part of this one's history
            self._histories.clear()
        histories = self._histories.setdefault(_opening(messages), [])
        past = next((h for h in histories if _starts_with(messages[:request], h.messages)), None)
        walk = past.walk if past else self._new_walk(messages)
        walk.cursor, walk.end = walk.reached, len(self.known.entries)
        if past is not None:
            histories.remove(past)
        if is_opening:
            walk.begin = walk.cursor = walk.end
        for at in range(len(past.messages) if past else 0, len(messages)):
            if at >= request and messages[at].role == "user":
                if is_opening and self._opening is None:
                    self._opening = len(self.known.entries)
                self._ask(messages[at], walk, span, time_ns)
            else:
                self._hear_message(messages[at], walk, span, time_ns)
        histories.insert(0, _History(messages, walk))
        del histories[_REMEMBERED:]

    def _ask(self, message: Message, walk: _Walk, span: SpanContent, time_ns: int) -> None:
        self._messages += 1
        for part in message.parts:
            self._hear_part(part, "user", walk, span, time_ns)

    def _new_walk(self, messages: tuple[Message, ...]) -> _Walk:
        """A walk from the start; from the request of its trace if that is the first the input holds."""
        spoken = next((message for message in messages if message.role != "system"), None)
        opening = self._opening
        if opening is None or spoken is None or not spoken.parts or spoken.role != "user":
            return _Walk()
        begin = self.known.next_like(spoken.parts[0], "user", opening, opening + 1) or 0
        return _Walk(begin, reached=begin)

    def _hear_message(self, message: Message, walk: _Walk, span: SpanContent, time_ns: int) -> None:
        found = [self._find(part, message.role, walk) for part in message.parts]
        is_known = any(index is not None for index in found)
        if not is_known and message.role == "assistant" and self._is_retold(message, walk):
            return
        self._messages += 1
        for part, index in zip(message.parts, found, strict=True):
            # Reasoning beside known parts is the reasoning of that earlier output.
            if index is None and not (is_known and isinstance(part, Reasoning)):
                self._hear_part(part, message.role, walk, span, time_ns)

    def _hear_part(self, part: Part, role: Role, walk: _Walk, span: SpanContent, time_ns: int) -> None:
        answers = walk.calls.get(part.id) if isinstance(part, ToolResult) and part.id else None
        index = self.known.append(
            Entry(part, _shown_role(part, role), span, self._messages, None, time_ns), answers
        )
        walk.reached = index + 1
        if isinstance(part, ToolCall) and part.id is not None:
            walk.calls[part.id] = index

    def _find(self, part: Part, role: Role, walk: _Walk) -> int | None:
        """Where the thread holds this part: calls and results wherever their id stands, the rest ahead."""
        if role == "system" and isinstance(part, Text):
            # A system message is repeated in front of each call, also of a second agent's: it may stand
            # anywhere and moves nothing, but said twice in one input it is there twice.
            mark = ("system", part.text.strip())
            walk.said[mark] += 1
            return self.known.occurrence(part, role, walk.said[mark] - 1, walk.end)
        index = self._find_by_id(part, walk)
        if index is None:
            index = self.known.next_like(part, _shown_role(part, role), walk.cursor, walk.end)
        if index is not None:
            walk.cursor = max(walk.cursor, index + 1)
            walk.reached = max(walk.reached, walk.cursor)
        return index

    def _find_by_id(self, part: Part, walk: _Walk) -> int | None:
        if isinstance(part, ToolResult) and part.id is not None:
            return self.known.result(part.id, walk.calls.setdefault(part.id, self._latest_call(part.id)))
        if not isinstance(part, ToolCall) or part.id is None:
            return None
        places = [index for index in self.known.calls(part.id, part.name) if index >= walk.begin]
        mark = ("call", part.id, part.name)
        number = walk.said[mark]
        walk.said[mark] += 1
        index = self.known.same_call(part, walk.begin) if len(places) > 1 or number else None
        if index is None and number < len(places):
            index = places[number]  # its arguments come back in other words: the n-th of that id is meant
        if index is not None:
            walk.calls[part.id] = index
        return index

    def _is_retold(self, message: Message, walk: _Walk) -> bool:
        """Whether an earlier output is next: this assistant message is that output in other words."""
        entries = self.known.entries
        at = walk.cursor
        while at < walk.end and entries[at].role == "system":
            at += 1
        if at >= walk.end or entries[at].output_of is None:
            return False
        if all(isinstance(part, Reasoning) for part in message.parts):
            return True  # the rest of that output is still to come
        output = entries[at].output_of
        while at < walk.end and entries[at].output_of == output:
            at += 1
        walk.cursor = at
        walk.reached = max(walk.reached, at)
        return True


def _request(messages: tuple[Message, ...]) -> int:
    """Where the user's own words at the end of an input begin; notes of the system may stand among them."""
    at = len(messages)
    while at and (messages[at - 1].role == "system" or _is_users(messages[at - 1])):
        at -= 1
    return at


def _is_users(message: Message) -> bool:
    # Some providers return the results of tools in the user's name.
    return message.role == "user" and not any(isinstance(part, ToolResult) for part in message.parts)


def _is_lost(part: Part) -> bool:
    """Whether a call's arguments are missing or malformed."""
    return isinstance(part, ToolCall) and (
        part.arguments is None or part.arguments == {} or isinstance(part.arguments, str)
    )


def _shown_role(part: Part, role: Role) -> Role:
    """Calls are the assistant's and results are a tool's, whatever message they came in."""
    if isinstance(part, ToolResult):
        return "tool"
    return "assistant" if isinstance(part, ToolCall) else role


def _opening(messages: tuple[Message, ...]) -> tuple[str, ...]:
    """A cheap mark of where a history starts."""
    return tuple(
        part.text for message in messages[:_OPENING] for part in message.parts[:1] if isinstance(part, Text)
    )


def _starts_with(messages: tuple[Message, ...], past: tuple[Message, ...]) -> bool:
    if len(messages) < len(past):
        return False
    try:
        return messages[: len(past)] == past
    except RecursionError:  # arguments nested deeper than the interpreter compares
        return False
