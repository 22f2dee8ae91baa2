"""OpenAI's Responses API: a flat list of items where others have messages."""

from __future__ import annotations

from halo_dash.model.message import Message, Other, Part, Role
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import mapping, type_of
from halo_dash.semconv.messages.message import build, read_message
from halo_dash.semconv.messages.parts import reasoning
from halo_dash.semconv.messages.tool_parts import tool_call, tool_result

_CALLS = frozenset({"function_call", "custom_tool_call", "mcp_call"})
_RESULTS = frozenset({"function_call_output", "custom_tool_call_output"})
_HOSTED = frozenset({
    "file_search_call", "web_search_call", "computer_call", "computer_call_output", "image_generation_call",
    "code_interpreter_call", "local_shell_call", "local_shell_call_output", "shell_call",
    "shell_call_output", "apply_patch_call", "apply_patch_call_output", "mcp_list_tools",
    "mcp_approval_request", "mcp_approval_response",
})  # fmt: skip
"""Tools the provider runs itself: kept as they came, beside what the model says."""


def is_response_item(raw: AttributeValue) -> bool:
    """Whether this is an item that only the Responses API has (its messages read as chat messages)."""
    if not isinstance(raw, dict):
        return False
    kind = type_of(raw)
    if kind == "message":
        return "content" in raw
    if kind == "reasoning":
        return "summary" in raw or "encrypted_content" in raw
    if kind in _CALLS:
        return "name" in raw and ("call_id" in raw or kind == "mcp_call")
    return kind in _RESULTS or kind in _HOSTED


def read_response_item(raw: dict[str, AttributeValue], default: Role) -> Message | None:
    """The item as a message of one speaker; None where it says nothing (encrypted reasoning)."""
    kind = type_of(raw)
    if kind == "message":
        return read_message(raw, default)
    parts: list[Part]
    role: Role = "assistant"
    if kind in _CALLS:
        call = tool_call(raw)
        parts = [call] if call else [Other(raw)]
    elif kind in _RESULTS:
        role, parts = "tool", [tool_result(raw)]
    elif kind == "reasoning":
        parts = reasoning(raw)
    else:
        parts = [Other(raw)]
    return build(role, parts)


def joined_output(messages: list[Message]) -> list[Message]:
    """The items of one response as one assistant message: a response is one turn of the model."""
    parts = [part for message in messages if message.role == "assistant" for part in message.parts]
    others = [message for message in messages if message.role != "assistant"]
    joined = build("assistant", parts)
    return [*([joined] if joined else []), *others]


def is_response(raw: AttributeValue) -> bool:
    """Whether this is a whole response: `{"id": …, "output": [items]}`."""
    return isinstance(mapping(raw).get("output"), list)
