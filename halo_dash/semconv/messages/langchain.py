"""LangChain's messages: constructor form, `{"type","data"}`, flat `{"type","content"}` and pairs."""

from __future__ import annotations

from halo_dash.model.message import Message, Part, Role, ToolCall
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import items, mapping, string, type_of
from halo_dash.semconv.messages.message import build, read_message
from halo_dash.semconv.messages.role import known_role, role_of

_PAIR = 2


def is_langchain(raw: AttributeValue) -> bool:
    """Whether this is a LangChain message in one of its serialised forms."""
    if isinstance(raw, list):
        return len(raw) == _PAIR and known_role(raw[0]) is not None and isinstance(raw[1], str | list)
    if not isinstance(raw, dict):
        return False
    if raw.get("type") == "constructor":
        return "content" in mapping(raw.get("kwargs"))
    if known_role(raw.get("type")) is None or "role" in raw:
        return False
    return "content" in mapping(raw.get("data")) or ("content" in raw and not _is_result_part(raw))


def _is_result_part(raw: dict[str, AttributeValue]) -> bool:
    # Anthropic's and Vercel's result parts have a type that is also a word for a role.
    return type_of(raw) in {
        "tool_result",
        "tool-result",
        "tool_response",
        "tool-response",
        "tool_call",
        "tool-call",
    }


def read_langchain(raw: AttributeValue, default: Role) -> Message | None:
    """The message; None where it says nothing."""
    if isinstance(raw, list):
        return read_message({"role": raw[0], "content": raw[1]}, default)
    fields = _fields(mapping(raw))
    role = role_of(fields.get("role"), default)
    message = read_message({**fields, "role": role}, default)
    invalid = _invalid_calls(fields)
    if not invalid:
        return message
    parts: list[Part] = [*(message.parts if message else ()), *invalid]
    return build(role, parts, name=message.name if message else None, finish_reason=_finish_reason(fields))


def _fields(raw: dict[str, AttributeValue]) -> dict[str, AttributeValue]:
    """The members of the message itself, with its class or type as `role`."""
    if raw.get("type") == "constructor":
        path = items(raw.get("id"))
        kwargs = mapping(raw.get("kwargs"))
        named = string(kwargs.get("type")) or (path[-1] if path else None)
        inner = {**kwargs, "role": kwargs.get("role") or named}
    elif "content" in mapping(raw.get("data")):
        inner = {**mapping(raw.get("data")), "role": raw.get("type")}
    else:
        inner = {**raw, "role": raw.get("type")}
    extra = mapping(inner.get("additional_kwargs"))
    if inner.get("invalid_tool_calls"):
        inner["additional_kwargs"] = None  # it repeats them, unparsed
    if string(extra.get("reasoning_content")):
        inner["reasoning_content"] = extra["reasoning_content"]
    inner.pop("id", None)  # the message's own id, which must not pass for the id of a tool call
    return {**inner, "finish_reason": _finish_reason(inner)}


def _invalid_calls(fields: dict[str, AttributeValue]) -> list[ToolCall]:
    """Calls LangChain could not parse are calls all the same: their arguments stay raw."""
    return [
        ToolCall(name=string(call.get("name")) or "", id=string(call.get("id")), arguments=call.get("args"))
        for raw in items(fields.get("invalid_tool_calls"))
        if (call := mapping(raw))
    ]


def _finish_reason(fields: dict[str, AttributeValue]) -> str | None:
    about = mapping(fields.get("response_metadata"))
    return string(about.get("finish_reason")) or string(about.get("stop_reason"))


def read_generations(raw: AttributeValue) -> list[Message]:
    """`{"generations": [[{"text","message","generation_info"}]]}`, what a LangChain model answers."""
    found: list[Message] = []
    for batch in items(raw):
        for choice in items(batch) if isinstance(batch, list) else [batch]:
            generation = mapping(choice)
            reason = string(mapping(generation.get("generation_info")).get("finish_reason"))
            inner = generation.get("message")
            message = read_langchain(inner, "assistant") if is_langchain(inner) else None
            if message is None:
                message = read_message({"role": "assistant", "content": generation.get("text")}, "assistant")
            if message is not None:
                found.append(
                    Message(message.role, message.parts, message.name, reason or message.finish_reason)
                )
    return found
