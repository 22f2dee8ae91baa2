"""What a server has answered, put together from its pieces."""

from __future__ import annotations

import json
import math
import re
import uuid
from dataclasses import dataclass, field
from typing import Any, Literal

from halo_dash.analysis.provider.wire import ModelUsage, ToolCall

Finish = Literal["stop", "tool_calls", "length", "content_filter", "refusal"]
_FINISHES: dict[str, Finish] = {
    "length": "length",
    "max_tokens": "length",
    "max_output_tokens": "length",
    "content_filter": "content_filter",
    "refusal": "refusal",
}
"""Anything else ends an answer: servers have many words for it ("eos", "end_turn", …)."""


_SURROGATE = re.compile("[\ud800-\udfff]")


class NotAnAnswerError(Exception):
    """What came is no answer; the message says what it is."""


class BrokenOffError(Exception):
    """The answer ended before its end."""


class ServerError(Exception):
    """An error told inside an answer that began well."""

    def __init__(self, error: Any) -> None:
        self.body = error if isinstance(error, dict) else {"message": str(error)}
        super().__init__(text_of(self.body.get("message")) or json.dumps(self.body)[:500])


@dataclass(slots=True)
class _Call:
    call_id: str = ""
    name: str = ""
    arguments: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Answered:
    """Grows while the pieces come in."""

    texts: list[str] = field(default_factory=list)
    refusals: list[str] = field(default_factory=list)
    calls: list[_Call] = field(default_factory=list)
    finish: str | None = None
    """As the server says it. None: it has not said that the answer is whole."""
    usage: ModelUsage | None = None
    model: str = ""
    _places: dict[int, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """So far."""
        return "".join(self.texts)

    @property
    def refusal(self) -> str:
        """So far."""
        return "".join(self.refusals)

    @property
    def tool_calls(self) -> tuple[ToolCall, ...]:
        """So far; arguments are as the model wrote them."""
        return tuple(
            ToolCall(call.call_id or f"call_{uuid.uuid4().hex}", call.name, "".join(call.arguments))
            for call in self.calls
            if call.name or call.arguments
        )

    @property
    def finished(self) -> Finish:
        """Why it ended, in our words."""
        if self.refusal:
            return "refusal"
        known = _FINISHES.get(self.finish or "")
        return known or ("tool_calls" if self.calls else "stop")

    @property
    def is_empty(self) -> bool:
        """It ended by itself and said nothing."""
        return self.finished == "stop" and not self.text.strip()

    def call_piece(self, index: int | None, call_id: str, name: str, arguments: Any) -> None:
        """Add to a tool call. Servers differ: some give no index, some the same one to every call."""
        at = self._places.get(index) if index is not None else (len(self.calls) - 1 if self.calls else None)
        if at is not None and call_id and self.calls[at].call_id not in ("", call_id):
            at = None
        if at is None:
            at = len(self.calls)
            self.calls.append(_Call())
            if index is not None:
                self._places[index] = at
        call = self.calls[at]
        call.call_id = call.call_id or call_id
        call.name = call.name or name
        if arguments is not None and arguments != "":
            call.arguments.append(arguments if isinstance(arguments, str) else json.dumps(arguments))


def text_of(value: Any) -> str:
    """A text, or the texts of a list of parts."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "".join(text_of(part.get("text")) for part in value if isinstance(part, dict))
    return ""


def writable(text: str) -> str:
    """The text as UTF-8 can write it: halves of a pair that came apart are joined, lone ones replaced."""
    if _SURROGATE.search(text) is None:
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def objects(value: Any) -> list[dict[str, Any]]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def fields(value: Any) -> dict[str, Any]:
    """An object; empty where it is none."""
    return value if isinstance(value, dict) else {}


def count_of(value: Any) -> int:
    """A number of tokens."""
    return int(value) if isinstance(value, int | float) and 0 <= value < math.inf else 0


def sent_arguments(arguments: str) -> str:
    """Arguments of an earlier call as they go back: some servers answer 500 where that is no JSON object."""
    try:
        if isinstance(json.loads(arguments or "{}"), dict):
            return arguments or "{}"
    except (ValueError, RecursionError):
        pass
    return json.dumps({"not_json": arguments})
