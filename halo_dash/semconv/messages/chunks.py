"""Streamed answers in pieces: OpenAI's `choices[].delta`, joined to the message they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from halo_dash.model.message import Message
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import items, mapping, string
from halo_dash.semconv.messages.message import read_message


def is_chunk(raw: AttributeValue) -> bool:
    """Whether this is one piece of a streamed chat completion."""
    choices = items(mapping(raw).get("choices"))
    return bool(choices) and all("delta" in mapping(choice) for choice in choices)


def join_chunks(chunks: Sequence[AttributeValue]) -> Message | None:
    """The message the first choice of these chunks makes, in the order given; None if it says nothing."""
    content: list[str] = []
    reasoning: list[str] = []
    calls: dict[int, _Call] = {}
    reason: str | None = None
    for chunk in chunks:
        choice = mapping(next(iter(items(mapping(chunk).get("choices"))), None))
        delta = mapping(choice.get("delta"))
        content.append(string(delta.get("content")) or "")
        reasoning.append(string(delta.get("reasoning_content")) or "")
        for position, raw in enumerate(items(delta.get("tool_calls"))):
            _join_call(calls, position, mapping(raw))
        reason = string(choice.get("finish_reason")) or reason
    return read_message(
        {
            "role": "assistant",
            "content": "".join(content),
            "reasoning_content": "".join(reasoning),
            "tool_calls": [
                {"id": call.id, "function": {"name": call.name, "arguments": call.arguments}}
                for _, call in sorted(calls.items())
            ],
            "finish_reason": reason,
        },
        "assistant",
    )


@dataclass(slots=True)
class _Call:
    id: str | None = None
    name: str = ""
    arguments: str = ""


def _join_call(calls: dict[int, _Call], position: int, piece: dict[str, AttributeValue]) -> None:
    index = piece.get("index")
    call = calls.setdefault(index if isinstance(index, int) else position, _Call())
    function = mapping(piece.get("function"))
    call.id = call.id or string(piece.get("id"))
    call.name += string(function.get("name")) or ""
    call.arguments += string(function.get("arguments")) or ""
