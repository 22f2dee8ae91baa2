"""What an agent has before it: its items in order, and those that a summary stands for.

Every item has a place. The answers of the tool calls of one message have the places right after it, in the
order of the calls, so that a process which takes over knows which of them are missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

from halo_dash.analysis.provider.wire import AssistantItem, Item, SystemItem, ToolCall, ToolItem, UserItem
from halo_dash.store.runs.values import StoredItem

Note: TypeAlias = Literal[
    "",
    "question",  # of the user, or of the agent above
    "material",  # what an agent begins with
    "budget",  # how much is left
    "nudge",  # there was no tool call
    "go_on",  # the answer was cut off at the limit of the output
    "closing",  # the one call that is left
    "summary",  # stands for older items
    "form",  # the answer could not be read
    "problems",  # the answer was checked and came back
    "accepted",  # the answer is taken
    "progress",  # the answer to a call that does something else each time
    "refused",  # the model was asked again after it refused
    "length",  # said by the model: cut off at the limit of the output
    "refusal",  # said by the model: it will not
]
"""What the engine itself knows of an item."""


@dataclass(frozen=True, slots=True)
class Entry:
    """An item in its place."""

    position: int
    item: Item
    turn: int = 0
    note: Note = ""
    covers: int | None = None
    is_error: bool = False

    def stored(self, agent: str) -> StoredItem:
        """As the store keeps it."""
        value = write_item(self.item) | {"note": self.note, "is_error": self.is_error}
        return StoredItem(
            agent=agent, position=self.position, value=value, turn=self.turn, covers=self.covers
        )

    @classmethod
    def read(cls, stored: StoredItem) -> Entry:
        """The inverse of `stored`."""
        value = stored.value
        return cls(
            stored.position,
            read_item(value),
            stored.turn,
            value.get("note", ""),
            stored.covers,
            bool(value.get("is_error")),
        )


class Context:
    """The items of one agent. One thread at a time adds to it; any number may read meanwhile."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self.entries: tuple[Entry, ...] = _in_order(entries)

    @property
    def next_position(self) -> int:
        """The place of what comes next, once every call is answered."""
        return self.entries[-1].position + 1 if self.entries else 0

    @property
    def turns(self) -> int:
        """How often this agent spoke in this run."""
        # A summary, too, bears the number of the turn it makes room for; nobody has spoken in that yet.
        spoken = (each.turn for each in self.entries if isinstance(each.item, AssistantItem))
        return max(spoken, default=0)

    def add(self, entry: Entry) -> None:
        """Take in an item; answers may come in any order."""
        # A new one each time: another tool may be looking something up.
        self.entries = _in_order((*self.entries, entry))

    def effective(self) -> list[Entry]:
        """What the model is sent: the instructions, the latest summary, and all that came after it."""
        summary = max(
            (each for each in self.entries if each.covers is not None),
            key=lambda each: each.position,
            default=None,
        )
        if summary is None:
            return list(self.entries)
        rest = (
            each for each in self.entries if each.covers is None and each.position > (summary.covers or 0)
        )
        return [self.entries[0], summary, *rest]

    def items(self) -> tuple[Item, ...]:
        """The same as items."""
        return tuple(each.item for each in self.effective())

    def last_spoken(self) -> Entry | None:
        """The last message of the model in this run."""
        return next(
            (each for each in reversed(self.entries) if each.turn and isinstance(each.item, AssistantItem)),
            None,
        )

    def unanswered(self) -> list[tuple[int, ToolCall]]:
        """(place of the answer, the call) for calls of the last message that have no answer yet."""
        spoken = self.last_spoken()
        if spoken is None or not isinstance(spoken.item, AssistantItem):
            return []
        there = {each.position for each in self.entries}
        places = enumerate(spoken.item.tool_calls, spoken.position + 1)
        return [(place, call) for place, call in places if place not in there]

    def count(self, note: Note) -> int:
        """How often an item of this sort came since the last question."""
        return sum(each.note == note for each in self._since_question())

    def trailing(self, note: Note) -> int:
        """How many of the last things said to the model are of this sort, lines on the budget aside."""
        count = 0
        for each in reversed(self.entries):
            if isinstance(each.item, AssistantItem) or each.note == "budget":
                continue
            if each.note != note:
                break
            count += 1
        return count

    def answers_to(self, call: ToolCall, latest: int) -> list[str]:
        """What the very same call was answered among the `latest` calls since the last question.

        Without those that do something else each time.
        """
        since = self._since_question()
        answers = {each.position: each for each in since if isinstance(each.item, ToolItem)}
        made = [
            (other, answers[place])
            for each in since
            if isinstance(each.item, AssistantItem)
            for place, other in enumerate(each.item.tool_calls, each.position + 1)
            if place in answers
        ]
        return [
            answer.item.text
            for other, answer in made[max(0, len(made) - latest) :]
            if (other.name, other.arguments) == (call.name, call.arguments) and answer.note != "progress"
        ]

    def _since_question(self) -> list[Entry]:
        start = max((each.position for each in self.entries if each.note == "question"), default=-1)
        return [each for each in self.entries if each.position > start]

    def find(self, position: int) -> Entry | None:
        """The item in a place."""
        return next((each for each in self.entries if each.position == position), None)


def _in_order(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    return tuple(sorted(entries, key=lambda each: each.position))


def write_item(item: Item) -> dict[str, Any]:
    """An item as plain values."""
    match item:
        case SystemItem(text):
            return {"role": "system", "text": text}
        case UserItem(text):
            return {"role": "user", "text": text}
        case AssistantItem(text, tool_calls):
            calls = [[each.call_id, each.name, each.arguments] for each in tool_calls]
            return {"role": "assistant", "text": text, "tool_calls": calls}
        case ToolItem(call_id, text):
            return {"role": "tool", "call_id": call_id, "text": text}


def read_item(value: Mapping[str, Any]) -> Item:
    """The inverse of `write_item`."""
    text = value["text"]
    match value["role"]:
        case "system":
            return SystemItem(text)
        case "user":
            return UserItem(text)
        case "assistant":
            return AssistantItem(text, tuple(ToolCall(*each) for each in value["tool_calls"]))
        case _:
            return ToolItem(value["call_id"], text)
