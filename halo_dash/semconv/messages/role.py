"""Who speaks: every SDK's word for it, and the four roles we use."""

from __future__ import annotations

from halo_dash.model.message import Role
from halo_dash.model.span import AttributeValue

_ROLES: dict[str, Role] = {
    "system": "system",
    "developer": "system",
    "systemmessage": "system",
    "systemmessagechunk": "system",
    "user": "user",
    "human": "user",
    "humanmessage": "user",
    "humanmessagechunk": "user",
    "assistant": "assistant",
    "ai": "assistant",
    "model": "assistant",
    "chatbot": "assistant",
    "aimessage": "assistant",
    "aimessagechunk": "assistant",
    "tool-call": "assistant",
    "tool_call": "assistant",
    "tool": "tool",
    "function": "tool",
    "ipython": "tool",
    "tool-response": "tool",
    "tool_response": "tool",
    "toolmessage": "tool",
    "toolmessagechunk": "tool",
    "functionmessage": "tool",
    "tool-result": "tool",
    "tool_result": "tool",
}


def known_role(name: AttributeValue) -> Role | None:
    """The role a word stands for, None where it is not a role anybody uses."""
    return _ROLES.get(name.strip().lower()) if isinstance(name, str) else None


def role_of(name: AttributeValue, default: Role) -> Role:
    """The role a word stands for; an absent or unknown word is the side of the call it was found on."""
    return known_role(name) or default
