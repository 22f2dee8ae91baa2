"""Normalised chat messages, and the thread: the conversation of a trace or session, each thing once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.model.span import AttributeValue

Role: TypeAlias = Literal["system", "user", "assistant", "tool"]


@dataclass(frozen=True, slots=True)
class Text:
    """Plain words."""

    text: str


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What the model thought, where the provider shows it."""

    text: str


@dataclass(frozen=True, slots=True)
class ToolCall:
    """The model asks for a tool. `arguments` is parsed JSON, or the raw string where it is malformed."""

    name: str
    id: str | None = None
    arguments: AttributeValue = None


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What a tool answered."""

    content: AttributeValue
    id: str | None = None
    name: str | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """An image, sound or file; `uri` or base64 `data`."""

    mime: str | None = None
    uri: str | None = None
    data: str | None = None


@dataclass(frozen=True, slots=True)
class Other:
    """A part of a type nobody told us about, kept as it came."""

    raw: AttributeValue


Part: TypeAlias = Text | Reasoning | ToolCall | ToolResult | Media | Other


@dataclass(frozen=True, slots=True)
class Message:
    """One message of a model call."""

    role: Role
    parts: tuple[Part, ...]
    name: str | None = None
    finish_reason: str | None = None


@dataclass(frozen=True, slots=True)
class ThreadItem:
    """One step of the conversation; all parts share a role and a span.

    `span_id` is the span to open for it: the LLM call that said it or received it first, the TOOL span
    for a tool result where there is one.
    """

    role: Role
    parts: tuple[Part, ...]
    span_id: str | None = None
    agent_name: str | None = None
    is_error: bool = False
    start_ns: int | None = None
    trace_id: str | None = None
    """The trace that said it first, in the thread of a session; None in the thread of one trace."""
