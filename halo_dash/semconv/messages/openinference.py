"""OpenInference: messages spread over dotted keys, `llm.*_messages.N.message.*`."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, field

from halo_dash.model.message import Message, Other, Part, Role, Text, ToolCall
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import LONGEST_INDEX, SaidAttributes, mapping, numbered, string, unflatten
from halo_dash.semconv.messages.conversation import expanded
from halo_dash.semconv.messages.message import build, read_content_value, read_message
from halo_dash.semconv.messages.parts import is_part, media, not_among, read_part
from halo_dash.semconv.messages.responses_api import joined_output
from halo_dash.semconv.messages.role import role_of
from halo_dash.semconv.messages.tool_parts import call_arguments, tool_call

_MOST_REMEMBERED = 4_000_000
"""Characters of messages that are remembered; a longer one never is."""

_Flat = tuple[tuple[str, AttributeValue], ...]
"""The keys of one message below its number, with their values."""


@dataclass(slots=True)
class _Memory(threading.local):
    """What messages were read as: call after call sends its history again, message by message."""

    known: dict[tuple[Role, _Flat], tuple[Message, ...]] = field(default_factory=dict)
    characters: int = 0

    def keep(self, key: tuple[Role, _Flat], size: int, found: tuple[Message, ...]) -> None:
        """Remember it, and nothing of before where that would be too much."""
        if size > _MOST_REMEMBERED:
            return
        self.characters += size
        if self.characters > _MOST_REMEMBERED:
            self.known.clear()
            self.characters = size
        self.known[key] = found


_memory = _Memory()


def read_openinference(said: SaidAttributes, prefix: str, default: Role) -> list[Message]:
    """Messages under `llm.input_messages.` or `llm.output_messages.`, spread over numbered keys."""
    if not said.has(prefix):
        return []
    flat = _by_number(said, prefix)
    if flat is None:  # something without a number stands among them
        return [message for raw in numbered(said.tree(prefix)) for message in _read(raw, default)]
    return [message for number in sorted(flat, key=int) for message in _remembered(flat[number], default)]


def _by_number(said: SaidAttributes, prefix: str) -> dict[str, list[tuple[str, AttributeValue]]] | None:
    found: dict[str, list[tuple[str, AttributeValue]]] = {}
    start = len(prefix)
    for key, value in said.own.items():
        if key.startswith(prefix):
            number, dot, rest = key[start:].partition(".")
            if not (dot and number.isdecimal() and len(number) < LONGEST_INDEX):
                return None
            found.setdefault(number, []).append((rest, value))
    return found


def _remembered(flat: Sequence[tuple[str, AttributeValue]], default: Role) -> tuple[Message, ...]:
    # Numbers are left out: 1, 1.0 and True are equal and are not the same.
    if not all(isinstance(value, str) for _key, value in flat):
        return _read_flat(flat, default)
    key = (default, tuple(flat))
    found = _memory.known.get(key)
    if found is None:
        found = _read_flat(flat, default)
        _memory.keep(key, sum(len(str(value)) for _key, value in flat), found)
    return found


def _read_flat(flat: Sequence[tuple[str, AttributeValue]], default: Role) -> tuple[Message, ...]:
    raw = unflatten(dict(flat))
    return tuple(_read(raw, default)) if isinstance(raw, dict) else ()


def _read(raw: dict[str, AttributeValue], default: Role) -> list[Message]:
    fields = mapping(raw.get("message"))
    inner = expanded(fields.get("content"), default)
    if inner:
        return _with_own_calls(inner, fields, default)
    message = _openinference_message(fields, default)
    return [message] if message else []


def read_span_level_calls(tree: AttributeValue) -> list[ToolCall]:
    """Google GenAI's automatic function calling: `message.tool_calls.M.*` on the span itself."""
    return _listed_calls({"tool_calls": mapping(tree).get("tool_calls")})


def _with_own_calls(inner: list[Message], fields: dict[str, AttributeValue], default: Role) -> list[Message]:
    """Messages from a content that was a whole list, plus the calls that stand beside it."""
    if default != "assistant":
        return inner
    calls = _listed_calls(fields)
    extra = build("assistant", list(calls)) if calls else None
    return joined_output([*inner, *([extra] if extra else [])])


def _openinference_message(fields: dict[str, AttributeValue], default: Role) -> Message | None:
    role = role_of(fields.get("role"), default)
    listed = [part for raw in numbered(fields.get("contents")) for part in _content_part(raw)]
    name = string(fields.get("name"))
    calls = _listed_calls(fields)
    if role == "tool" and not calls:
        content = fields.get("content")
        if content is None and listed and all(isinstance(part, Text) for part in listed):
            content = "\n".join(part.text for part in listed if isinstance(part, Text))
        return read_message(
            {"role": "tool", "content": content, "tool_call_id": fields.get("tool_call_id"), "name": name},
            "tool",
        )
    said = {part.text.strip() for part in listed if isinstance(part, Text)}
    whole = "".join(part.text for part in listed if isinstance(part, Text)).strip()
    content_parts = [
        part
        for part in read_content_value(fields.get("content"))
        if not (isinstance(part, Text) and (part.text.strip() in said or part.text.strip() == whole))
    ]
    parts: list[Part] = [*content_parts, *listed, *not_among(calls, listed)]
    return build(role, parts, name=name, finish_reason=string(fields.get("finish_reason")))


def _content_part(raw: dict[str, AttributeValue]) -> list[Part]:
    """`contents.M`: `message_content.{type,text,image.image.url,…}`, beside it maybe `tool_call.*`."""
    call = tool_call(raw) if mapping(raw.get("tool_call")) else None
    if call:
        return [call]
    content = mapping(raw.get("message_content"))
    for kind in ("image", "audio"):
        if sent := mapping(content.get(kind)):
            return [media({"type": kind, kind: mapping(sent.get(kind)) or sent})]
    if is_part(content):
        return read_part(content)
    text = string(content.get("text"))
    rest: list[Part] = [Other(raw)] if content else []
    return [Text(text)] if text else rest


def _listed_calls(fields: dict[str, AttributeValue]) -> list[ToolCall]:
    calls = [call for raw in numbered(fields.get("tool_calls")) if (call := tool_call(raw))]
    name = string(fields.get("function_call_name"))
    if name and not calls:
        calls.append(
            ToolCall(name=name, arguments=call_arguments(fields.get("function_call_arguments_json")))
        )
    return calls
