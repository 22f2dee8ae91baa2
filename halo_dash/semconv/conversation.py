"""Writing a conversation down once, although every call of it repeats the history."""

from __future__ import annotations

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
class _History:
    """The input of an earlier call: a later call that starts with it has nothing new up to there."""

    messages: tuple[Message, ...]
    cursor: int
    systems: dict[str, int]


@dataclass(slots=True)
class _Walk:
    """One input on its way along the thread: never backwards, and only over what stood there before."""

    cursor: int
    end: int
    systems: dict[str, int]
    """System text -> how often this input has said it so far."""
    reached: int = 0
    """Behind the last part of this input, found or appended."""


@dataclass(slots=True)
class Conversation:
    """The thread as it grows, exchange by exchange; one trace or many traces of a session."""

    known: KnownParts = field(default_factory=KnownParts)
    _messages: int = 0
    _exchanges: int = 0
    _histories: dict[tuple[str, ...], list[_History]] = field(default_factory=dict)

    def add(self, exchange: Exchange) -> None:
        """Append what this exchange adds: the unknown part of its input, then its output."""
        self._exchanges += 1
        start_ns, end_ns = exchange.span.reading.start_ns, exchange.span.reading.end_ns
        self._hear(exchange.input.messages, exchange.input.span, start_ns)
        outputs = exchange.output.messages
        if all(message.role == "assistant" for message in outputs):
            self._speak(outputs, exchange.output.span, max(start_ns, end_ns))
        else:  # a run's output may be the whole conversation
            self._hear(outputs, exchange.output.span, max(start_ns, end_ns))

    def _speak(self, messages: Sequence[Message], span: SpanContent, time_ns: int) -> None:
        for message in messages:
            self._messages += 1
            for part in message.parts:
                if self.known.by_id(part) is None:
                    self._append(part, message.role, span, time_ns, self._exchanges)

    def _hear(self, messages: tuple[Message, ...], span: SpanContent, time_ns: int) -> None:
        if not messages:
            return
        histories = self._histories.setdefault(_opening(messages), [])
        past = next((h for h in histories if _starts_with(messages, h.messages)), None)
        walk = _Walk(cursor=0, end=len(self.known.entries), systems={})
        if past is not None:
            walk.cursor, walk.reached, walk.systems = past.cursor, past.cursor, dict(past.systems)
            histories.remove(past)
        for message in messages[len(past.messages) if past else 0 :]:
            self._hear_message(message, walk, span, time_ns)
        histories.insert(0, _History(messages, walk.reached, walk.systems))
        del histories[_REMEMBERED:]

    def _hear_message(self, message: Message, walk: _Walk, span: SpanContent, time_ns: int) -> None:
        found = [self._find(part, message.role, walk) for part in message.parts]
        is_known = any(index is not None for index in found)
        if not is_known and message.role == "assistant" and self._is_retold(message, walk):
            return
        self._messages += 1
        for part, index in zip(message.parts, found, strict=True):
            if index is not None or (is_known and isinstance(part, Reasoning)):
                continue  # reasoning beside known parts is the reasoning of that earlier output
            if self.known.by_id(part) is None:
                walk.reached = self._append(part, message.role, span, time_ns, None) + 1

    def _find(self, part: Part, role: Role, walk: _Walk) -> int | None:
        """Where the rest of the thread holds this part. Calls and results count wherever their id stands."""
        if role == "system" and isinstance(part, Text):
            # A system message is repeated in front of each call, also of a second agent's: it may stand
            # anywhere and moves nothing, but said twice in one input it is there twice.
            text = part.text.strip()
            number = walk.systems.get(text, 0)
            walk.systems[text] = number + 1
            return self.known.occurrence(part, role, number, walk.end)
        index = self.known.by_id(part)
        if index is None:
            index = self.known.next_like(part, _shown_role(part, role), walk.cursor, walk.end)
        if index is not None:
            walk.cursor = max(walk.cursor, index + 1)
            walk.reached = max(walk.reached, walk.cursor)
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

    def _append(self, part: Part, role: Role, span: SpanContent, time_ns: int, output_of: int | None) -> int:
        return self.known.append(
            Entry(part, _shown_role(part, role), span, self._messages, output_of, time_ns)
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
    try:
        return messages[: len(past)] == past
    except RecursionError:  # arguments nested deeper than the interpreter compares
        return False
