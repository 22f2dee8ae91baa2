"""The Vercel AI SDK, versions 3 to 6: `ai.prompt*` and `ai.response.*` (version 7 speaks gen_ai)."""

from __future__ import annotations

from halo_dash.model.message import Message, Part
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import SaidAttributes, is_said
from halo_dash.semconv.embedded_json import compact
from halo_dash.semconv.messages.conversation import read_list
from halo_dash.semconv.messages.message import build, read_message
from halo_dash.semconv.messages.parts import read_parts, reasoning
from halo_dash.semconv.messages.requests import read_system

_RESPONSE_KEYS = ("ai.response.text", "ai.response.reasoning", "ai.response.toolCalls", "ai.response.object")


def read_prompt(said: SaidAttributes) -> list[Message]:
    """`ai.prompt.messages` (inner span), or `ai.prompt`: `{system, prompt | messages}` (outer span)."""
    found = read_list(said.json("ai.prompt.messages"), "user")
    if found:
        return found
    prompt = said.json("ai.prompt")
    if not isinstance(prompt, dict):
        return read_list(prompt, "user")
    found = read_list(prompt.get("messages"), "user") or read_list(prompt.get("prompt"), "user")
    if not found and isinstance(prompt.get("prompt"), str):
        message = read_message({"role": "user", "content": prompt["prompt"]}, "user")
        found = [message] if message else []
    system = read_system(prompt) if found and found[0].role != "system" else None
    return [system, *found] if system else found


def read_reply(said: SaidAttributes) -> list[Message]:
    """The answer: reasoning, then text (or the generated object), then tool calls."""
    if said.first_key(_RESPONSE_KEYS) is None:
        return []
    parts = _reasoning(said.json("ai.response.reasoning"))
    text = said.get("ai.response.text")
    if is_said(text):
        parts += read_parts(text)
    elif is_said(said.get("ai.response.object")):
        parts += read_parts(compact(said.json("ai.response.object")))
    calls = read_message({"role": "assistant", "tool_calls": said.json("ai.response.toolCalls")}, "assistant")
    message = build("assistant", [*parts, *(calls.parts if calls else ())])
    return [message] if message else []


def _reasoning(value: AttributeValue) -> list[Part]:
    """A string, or (from version 5) a list of reasoning parts."""
    listed = value if isinstance(value, list) else [value]
    return [part for raw in listed for part in reasoning(raw if isinstance(raw, dict) else {"text": raw})]
