"""The question and the answer of a span in one line each, for lists.

Read for AGENT and LLM spans and for roots. The plain forms are read here without building anything: a
string, OpenInference's flattened messages, GenAI message lists. For everything else `read_content` knows
all the forms; it is asked only for roots and AGENT spans, of which there are few, because a model call's
history may be megabytes long and every span passes through here on its way into the store.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from halo_dash.model.message import Message, Text, ToolCall
from halo_dash.model.observation import Content, Kind, Observation
from halo_dash.model.span import Attributes, AttributeValue, LogRecord, Span
from halo_dash.semconv.content import read_content
from halo_dash.semconv.embedded_json import compact
from halo_dash.semconv.kinds import AGENT
from halo_dash.semconv.values import encodable

LENGTH = 200
"""Characters of a preview."""

_DEEP_LIMIT = 256 * 1024
"""Bytes of JSON text beyond which a preview is cut from the text instead of read from its structure."""

_MANY = 4096
"""Attributes beyond which the same holds."""

_ENOUGH = LENGTH * 2
"""Characters looked at before white space is collapsed."""

_MARGIN = 64
"""Characters in which JSON text shows itself by its first one."""

_INPUT_TEXTS = ("input.value", "langfuse.observation.input", "gen_ai.retrieval.query.text", "reranker.query")
_OUTPUT_TEXTS = ("output.value", "langfuse.observation.output", "final_result", "ai.response.text")

_MAX_MESSAGES = 512
_ROLES = tuple(f"llm.input_messages.{n}.message.role" for n in range(_MAX_MESSAGES))


_ANSWERS = (
    "llm.output_messages.0.message.content",
    "llm.output_messages.0.message.contents.0.message_content.text",
)


class _Head(msgspec.Struct):
    role: Any = None
    parts: msgspec.Raw = msgspec.Raw(b"")
    content: msgspec.Raw = msgspec.Raw(b"")


_messages_decoder = msgspec.json.Decoder(list[_Head])


def one_line(value: str) -> str | None:
    """At most 200 characters, white space collapsed; None for nothing."""
    line = value[: LENGTH + 1].strip()
    if not line.isprintable() or "  " in line:
        line = " ".join(value[:_ENOUGH].split())
    if len(line) > LENGTH:
        line = line[: LENGTH - 1].rstrip() + "…"
    return (line if line.isascii() else encodable(line)) or None


def plain_previews(attributes: Attributes) -> tuple[str | None, str | None]:
    """(question, answer) as far as they can be read without building anything."""
    return _question(attributes), _answer(attributes)


def is_worth_reading(span: Span, kind: Kind, logs: Sequence[LogRecord]) -> bool:
    """Whether the deep reading may be asked: for the few spans of a trace that stand for a run."""
    return not span.parent_span_id or kind is AGENT or bool(logs)


def read_previews(
    span: Span, observation: Observation, logs: Sequence[LogRecord]
) -> tuple[str | None, str | None]:
    """(question, answer) from everything the span says."""
    sizes = (len(value) for value in span.attributes.values() if isinstance(value, str))
    if len(span.attributes) > _MANY or sum(sizes) > _DEEP_LIMIT:
        return _beginning(span.attributes, _INPUT_TEXTS), _beginning(span.attributes, _OUTPUT_TEXTS)
    content = read_content(span, observation, logs)
    question = _spoken(content.input_messages, "user") or _generic(content.input)
    return question, _said(content) or _generic(content.output)


def _beginning(attributes: Attributes, keys: tuple[str, ...]) -> str | None:
    """How the first of the generic values begins, whatever it is."""
    values = (attributes.get(key) for key in keys)
    return next((one_line(value) for value in values if type(value) is str and value), None)


def _question(attributes: Attributes) -> str | None:
    found = _flattened_question(attributes)
    if found is None:
        raw = attributes.get("gen_ai.input.messages")
        if type(raw) is str:
            found = _listed(raw, "user")
    return found or _plain(attributes, _INPUT_TEXTS)


def _answer(attributes: Attributes) -> str | None:
    for key in _ANSWERS:
        found = attributes.get(key)
        if type(found) is str and found and found[0] not in "[{":
            return one_line(found)
    raw = attributes.get("gen_ai.output.messages")
    if type(raw) is str:
        spoken = _listed(raw, "assistant")
        if spoken:
            return spoken
    call = attributes.get("llm.output_messages.0.message.tool_calls.0.tool_call.function.name")
    if type(call) is str:
        arguments = attributes.get("llm.output_messages.0.message.tool_calls.0.tool_call.function.arguments")
        return _call(call, arguments)
    return _plain(attributes, _OUTPUT_TEXTS)


def _flattened_question(attributes: Attributes) -> str | None:
    """The last user message of OpenInference's flattened list."""
    last = None
    for number, key in enumerate(_ROLES):
        role = attributes.get(key)
        if role is None:
            break
        if role == "user":
            last = number
    if last is None:
        return None
    message = f"llm.input_messages.{last}.message."
    content = attributes.get(message + "content")
    if type(content) is not str:
        content = attributes.get(message + "contents.0.message_content.text")
    return one_line(content) if type(content) is str and content[:1] not in ("[", "{") else None


def _plain(attributes: Attributes, keys: tuple[str, ...]) -> str | None:
    """The first of the generic values, if it is words and no JSON."""
    for key in keys:
        value = attributes.get(key)
        if type(value) is str and value:
            return None if value[:_MARGIN].lstrip()[:1] in ("{", "[", '"') else one_line(value)
    return None


def _listed(raw: str, role: str) -> str | None:
    """The last message of a role in a JSON list; only that message is built."""
    try:
        heads = _messages_decoder.decode(raw)
        for head in reversed(heads):
            if head.role == role:
                body = bytes(head.parts) or bytes(head.content)
                return _body_words(msgspec.json.decode(body)) if body else None
    except (msgspec.DecodeError, RecursionError, UnicodeEncodeError):
        return None
    return None


def _body_words(body: Any) -> str | None:
    if isinstance(body, str):
        return one_line(body)
    if not isinstance(body, list):
        return None
    parts = [part for part in body if isinstance(part, dict)]
    for part in parts:
        words = part.get("content") or part.get("text")
        if part.get("type", "text") == "text" and isinstance(words, str):
            return one_line(words)
    for part in parts:
        if part.get("type") == "tool_call" and isinstance(part.get("name"), str):
            return _call(part["name"], part.get("arguments"))
    return None


def _call(name: str, arguments: AttributeValue) -> str | None:
    return one_line(f"→ {name}({compact(arguments) if arguments is not None else ''})")


def _said(content: Content) -> str | None:
    """The assistant's words, else the first tool it asks for."""
    spoken = _spoken(content.output_messages, "assistant")
    if spoken is not None:
        return spoken
    for message in content.output_messages:
        for part in message.parts:
            if isinstance(part, ToolCall):
                return _call(part.name, part.arguments)
    return None


def _spoken(messages: Sequence[Message], role: str) -> str | None:
    for message in reversed(messages):
        if message.role == role:
            words = " ".join(part.text for part in message.parts if isinstance(part, Text))
            if words.strip():
                return one_line(words)
    return None


def _generic(value: AttributeValue) -> str | None:
    """The generic value; what holds a single value is that value (`{"question": "…"}`, `["…"]`)."""
    if isinstance(value, dict) and len(value) == 1:
        (value,) = value.values()
    elif isinstance(value, list) and len(value) == 1:
        (value,) = value
    return one_line(compact(value)) if value or value in (0, False) else None
