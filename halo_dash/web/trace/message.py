"""Messages and their parts, ready to read; used by the detail pane and the thread."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.model.message import Media, Message, Other, Part, Reasoning, Role, Text, ToolCall, ToolResult
from halo_dash.web.trace.value import Budget, Value, point, show

PartKind: TypeAlias = Literal["text", "reasoning", "call", "result", "media", "other"]

_IMAGE_TYPES = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
"""Drawn in place when they came inside the trace. Nothing is fetched; and no SVG, which is a document."""

_INLINE_IMAGE = 256 * 1024
"""Base64 characters of an image that is still put on the page."""


@dataclass(frozen=True, slots=True)
class PartView:
    """One part of a message."""

    kind: PartKind
    value: Value
    name: str | None = None
    """The tool's name of a call or result; the MIME type of media."""
    id: str | None = None
    """Tool call id."""
    image: str | None = None
    """A `data:` address of an image that came inside the trace."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """One message: who speaks, and what in which form."""

    role: Role
    name: str | None
    finish_reason: str | None
    parts: tuple[PartView, ...]
    preview: str
    """One line, for the closed state."""
    is_open: bool


OPEN_AT_THE_END = 4
"""Of a long history the last messages are open; the ones before are a click away."""


def messages(found: Sequence[Message], pointer: str, budget: Budget) -> tuple[MessageView, ...]:
    """Make messages presentable; `pointer` leads to their list in the span's document."""
    # The last messages are what the call was about: they get the room first.
    views = [
        _message(found[at], f"{pointer}/{at}", budget, is_open=_is_open(found, at))
        for at in range(len(found) - 1, -1, -1)
    ]
    return tuple(reversed(views))


def _is_open(found: Sequence[Message], at: int) -> bool:
    return found[at].role != "system" and len(found) - at <= OPEN_AT_THE_END


def _message(message: Message, pointer: str, budget: Budget, *, is_open: bool) -> MessageView:
    parts = tuple(part(each, f"{pointer}/parts/{at}", budget) for at, each in enumerate(message.parts))
    return MessageView(
        role=message.role,
        name=message.name,
        finish_reason=message.finish_reason,
        parts=parts,
        preview=preview(parts),
        is_open=is_open,
    )


def part(found: Part, pointer: str, budget: Budget) -> PartView:
    """Make one part presentable; `pointer` leads to it in the document it is shown of."""
    match found:
        case Text(text=text):
            return PartView("text", show(text, pointer + "/text", budget))
        case Reasoning(text=text):
            return PartView("reasoning", show(text, pointer + "/text", budget))
        case ToolCall(name=name, id=call_id, arguments=arguments):
            return PartView("call", show(arguments, pointer + "/arguments", budget), name, call_id)
        case ToolResult(content=content, id=call_id, name=name):
            return PartView("result", show(content, pointer + "/content", budget), name, call_id)
        case Media():
            return _media(found, pointer, budget)
        case Other(raw=raw):
            return PartView("other", show(raw, pointer + "/raw", budget))


def _media(found: Media, pointer: str, budget: Budget) -> PartView:
    inside = found.data
    if inside is None and found.uri and found.uri.startswith("data:"):
        mime, _, encoded = found.uri[5:].partition(";base64,")
        inside, kind = encoded, mime
    else:
        kind = found.mime or ""
    image = None
    if inside and kind in _IMAGE_TYPES and len(inside) <= _INLINE_IMAGE:
        image = f"data:{kind};base64,{inside}"
    field = "uri" if found.uri else "data"
    value = show(found.uri or found.data or "", pointer + point(field), Budget(budget.take(200), 200))
    return PartView("media", value, name=kind or None, image=image)


_PREVIEW = 140


def preview(parts: Sequence[PartView]) -> str:
    """The first words of a message, or the names of the tools it calls."""
    for found in parts:
        if found.kind in {"text", "result", "other"} and found.value.text.strip():
            words = " ".join((found.value.raw or found.value.text)[: _PREVIEW * 4].split())
            return words if len(words) <= _PREVIEW else words[: _PREVIEW - 1] + "\N{HORIZONTAL ELLIPSIS}"
    calls = [f"\N{RIGHTWARDS ARROW} {found.name}" for found in parts if found.kind == "call"]
    return ", ".join(calls) or (parts[0].kind if parts else "(no content)")
