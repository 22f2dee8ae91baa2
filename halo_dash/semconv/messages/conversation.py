"""Lists of messages, whatever mixture of shapes they hold."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from halo_dash.model.message import Message, Other, Role
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import items, mapping, unflatten
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages.langchain import is_langchain, read_langchain
from halo_dash.semconv.messages.message import BODY_KEYS, build, is_message, read_message
from halo_dash.semconv.messages.responses_api import is_response, is_response_item, read_response_item

_LONG = 2_000
"""Characters from which on it pays to look whether a list continues the one that was read before it."""


@dataclass(slots=True)
class _Read:
    """A list as it was sent, up to its closing bracket, and its messages."""

    head: str
    messages: list[Message]


class _Memory(threading.local):
    """The list that was read last, for each default role: call after call sends its history again."""

    def __init__(self) -> None:
        self.last: dict[Role, _Read] = {}


_memory = _Memory()


def read_list(value: AttributeValue, default: Role) -> list[Message]:
    """The messages of a list (or of one message); empty where nothing in it is one.

    Plain strings in a list are no messages: they stay the generic input or output. A batch (a list in
    the list) is opened once; an item that is a whole response gives the items of its output. Beside
    messages, an object of no known shape is kept as it came.
    """
    if isinstance(value, str) and len(value) >= _LONG:
        return _read_text(value, default)
    return [] if value is None else _read_items(_flat(parse(value)), default, is_some=False)


def _read_text(value: str, default: Role) -> list[Message]:
    """The same for a long text; what it has in common with the one before it is not read again."""
    text = value.strip()
    last = _memory.last.get(default)
    if last is not None and text.startswith(last.head):
        rest = text[len(last.head) :].lstrip()
        if rest == "]":
            return list(last.messages)
        more = parse("[" + rest[1:]) if rest.startswith(",") else None
        if isinstance(more, list) and more:
            found = [*last.messages, *_read_items(_flat(more), default, is_some=True)]
            _memory.last[default] = _Read(text[:-1].rstrip(), found)
            return list(found)
    parsed = parse(text)
    found = _read_items(_flat(parsed), default, is_some=False)
    if found and isinstance(parsed, list) and text.startswith("["):
        _memory.last[default] = _Read(text[:-1].rstrip(), found)
    return list(found)


def _flat(value: AttributeValue) -> list[AttributeValue]:
    flat: list[AttributeValue] = []
    for raw in items([value] if isinstance(value, dict) else value):
        if isinstance(raw, list) and not is_langchain(raw):
            flat += raw
        elif is_response(raw):
            flat += items(mapping(raw)["output"])
        else:
            flat.append(raw)
    return flat


def _read_items(flat: list[AttributeValue], default: Role, *, is_some: bool) -> list[Message]:
    """The messages of items; `is_some` says that messages stand before them."""
    read = [read_item(raw, default) for raw in flat]
    if not is_some and not any(read):
        return []
    return [
        message
        for raw, messages in zip(flat, read, strict=True)
        for message in (messages or _kept(raw, default))
    ]


def _kept(raw: AttributeValue, default: Role) -> list[Message]:
    """What stands among messages but is none we know: said by an unknown role, or no message at all."""
    if not isinstance(raw, dict) or _is_known(raw):
        return []
    message = read_message(raw, default) if any(key in raw for key in BODY_KEYS) else None
    message = message or build(default, [Other(raw)] if set(raw) - {"role", "type", "id"} else [])
    return [message] if message else []


def _is_known(raw: AttributeValue) -> bool:
    return is_response_item(raw) or is_langchain(raw) or is_message(raw) or _is_roleless(raw)


def read_item(raw: AttributeValue, default: Role) -> list[Message]:
    """One item of a list as messages: none, one, or several where its content is a list of messages."""
    if isinstance(raw, dict) and any(key.startswith("message.") for key in raw):
        raw = mapping(unflatten(raw)).get("message")
    if isinstance(raw, dict) and isinstance(raw.get("message"), dict) and "role" not in raw:
        raw = raw["message"]
    message = None
    if is_response_item(raw):
        message = read_response_item(mapping(raw), default)
    elif is_langchain(raw):
        message = read_langchain(raw, default)
    elif is_message(raw) or _is_roleless(raw):
        inner = expanded(mapping(raw).get("content"), default)
        if inner:
            return inner
        message = read_message(mapping(raw), default)
    return [message] if message else []


def expanded(content: AttributeValue, default: Role) -> list[Message]:
    """The messages in a `content` that is the JSON of a whole list of them (Catalyst, Responses API)."""
    if not isinstance(content, str) or not content.lstrip().startswith("["):
        return []
    listed = parse(content)
    if not isinstance(listed, list) or not listed:
        return []
    if not all(is_message(raw) or is_response_item(raw) for raw in listed):
        return []
    return [message for raw in listed for message in read_item(raw, default)]


def _is_roleless(raw: AttributeValue) -> bool:
    """A message of any schema that leaves the role out (Gemini requests, streamed messages)."""
    fields = mapping(raw)
    if "role" in fields or "type" in fields:
        return False
    if isinstance(fields.get("parts"), list) or isinstance(fields.get("tool_calls"), list):
        return True
    return "content" in fields and set(fields) <= _BARE_KEYS


_BARE_KEYS = frozenset({"content", "name", "refusal", "finish_reason", "tool_call_id", "id"})
