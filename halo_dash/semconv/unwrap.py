"""Peeling the wrappers off tool arguments and results (rules: docs/reading-messages.md)."""

from __future__ import annotations

from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import type_of
from halo_dash.semconv.embedded_json import parse

_WRAPPERS = 4
"""How many wrappers can lie in one another; no sender was seen with more than three."""


def unwrap_arguments(value: AttributeValue) -> AttributeValue:
    """What the tool was called with; the raw string where it is malformed JSON."""
    for _ in range(_WRAPPERS):
        value = parse(value)
        if not isinstance(value, dict):
            break
        if set(value) == {"INVALID_JSON"}:
            return value["INVALID_JSON"]  # the model's own malformed words, never parsed again
        if set(value) == {"inputs"} and isinstance(parse(value["inputs"]), dict):
            value = value["inputs"]
        elif isinstance(value.get("args"), list) and "kwargs" in value:
            kwargs = parse(value["kwargs"])
            if value["args"]:
                return {"args": value["args"], "kwargs": kwargs}
            value = kwargs
        else:
            break
    return value


def unwrap_result(value: AttributeValue) -> AttributeValue:
    """What the tool answered."""
    for _ in range(_WRAPPERS):
        value = parse(value)
        inner = _wrapped_result(value)
        if inner is None:
            return joined_text(value)
        value = inner[0]
    return parse(value)


def _wrapped_result(value: AttributeValue) -> tuple[AttributeValue] | None:
    if not isinstance(value, dict):
        return None
    if set(value) == {"output"}:
        return (value["output"],)
    if type_of(value) in {"tool", "constructor"}:  # LangChain's ToolMessage in its three forms
        for level in (value.get("data"), value.get("kwargs"), value):
            if isinstance(level, dict) and "content" in level:
                return (level["content"],)
    if (
        type_of(value) in _TYPED_OUTPUTS
        and set(value) <= {"type", "value", "providerOptions"}
        and "value" in value
    ):
        return (value["value"],)
    return None


_TYPED_OUTPUTS = frozenset({"json", "text", "error-text", "error-json", "content"})
"""Vercel's typed tool output, `{"type":"json","value":…}`."""


def joined_text(value: AttributeValue) -> AttributeValue:
    """A list of nothing but text parts is the text they make; anything else stays."""
    if not isinstance(value, list) or not value:
        return value
    texts: list[str] = []
    for part in value:
        text = _part_text(part)
        if text is None:
            return value
        texts.append(text)
    return parse("\n".join(texts))


def _part_text(part: AttributeValue) -> str | None:
    if not isinstance(part, dict):
        return None
    if type_of(part) in {"text", "output_text", "input_text"}:
        text = part.get("text", part.get("content"))
        return text if isinstance(text, str) else None
    if set(part) == {"text"} and isinstance(part["text"], str):  # Bedrock
        return part["text"]
    return None
