"""Evidence: the words that show a problem, as they stand in a span."""

from __future__ import annotations

import json

from halo_dash.model.finding import QUOTE, Evidence, EvidenceField
from halo_dash.model.span import AttributeValue
from halo_dash.model.subject import ToolUse


def text_of(value: AttributeValue) -> str:
    """A value as a text: itself, or compact JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def quote(span_id: str, field: EvidenceField, text: str, offset: int | None = 0) -> Evidence:
    """The beginning of a text as evidence."""
    return Evidence(span_id, field, text[:QUOTE], offset)


def arguments_of(use: ToolUse) -> Evidence:
    """What a tool was called with."""
    field: EvidenceField = "input" if use.span is not None else "message"
    return quote(use.span_id, field, text_of(use.arguments) if use.arguments is not None else use.name)


def result_of(use: ToolUse, words: str | None = None, offset: int | None = None) -> Evidence:
    """What a tool returned, or the part of it that matters."""
    field: EvidenceField = "output" if use.span is not None else "message"
    if words is not None:
        return Evidence(use.span_id, field, words[:QUOTE], offset)
    return quote(use.span_id, field, text_of(use.result))


def short(text: str, length: int = 80) -> str:
    """On one line, at most so many characters."""
    line = " ".join(text.split())
    return line if len(line) <= length else line[: length - 1] + "…"
