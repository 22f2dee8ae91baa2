"""Raw provider requests: what was sent to a model API.

OpenAI (Chat Completions, Completions, Responses), Anthropic, Gemini, Bedrock Converse, Cohere, Ollama,
and the run inputs of LangChain and LangGraph, which look alike. The shape decides, never the name of
the provider.
"""

from __future__ import annotations

from halo_dash.model.message import Message, Text
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import items, mapping
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages.conversation import read_list
from halo_dash.semconv.messages.message import build, is_message, read_message
from halo_dash.semconv.messages.parts import read_parts

_SYSTEM_KEYS = ("instructions", "system", "systemInstruction", "system_instruction", "preamble")
_MESSAGE_LISTS = ("messages", "input", "contents", "chat_history", "prompt")


def read_request(value: AttributeValue) -> list[Message]:
    """The messages of a request body (or of a bare list of messages), its system prompt first."""
    if value is None:
        return []
    body = parse(value)
    if isinstance(body, list):
        return read_list(body, "user")
    fields = mapping(body)
    for wrapper in ("config", "kwargs", "body"):
        if not any(key in fields for key in _MESSAGE_LISTS) and any(
            key in mapping(fields.get(wrapper)) for key in _MESSAGE_LISTS
        ):
            fields = mapping(fields[wrapper])
    found = _request_messages(fields)
    if found and found[0].role != "system" and (system := read_system(fields)):
        found = [system, *found]
    return found


def _request_messages(fields: dict[str, AttributeValue]) -> list[Message]:
    for key in ("messages", "contents", "chat_history", "input", "prompt"):
        said = fields.get(key)
        found = read_list(said, "user")
        if not found and key == "contents" and isinstance(said, str):
            found = _question(said)
        if found and key == "chat_history":  # Cohere: the latest words stand beside the history
            found += _question(fields.get("message"))
        if found:
            return found
    if "model" in fields or "instructions" in fields:
        # With these beside it a bare string is a question: Responses API, Completions, Cohere.
        for key in ("input", "prompt", "message"):
            if found := _question(fields.get(key)):
                return found
    return []


def _question(text: AttributeValue) -> list[Message]:
    message = read_message({"role": "user", "content": text}, "user") if isinstance(text, str) else None
    return [message] if message else []


def read_system(value: AttributeValue) -> Message | None:
    """The system prompt beside the messages: `instructions`, `system` or `systemInstruction`."""
    fields = mapping(parse(value))
    for level in (fields, mapping(fields.get("config"))):
        for key in _SYSTEM_KEYS:
            if message := system_message(level.get(key)):
                return message
    return None


def system_message(value: AttributeValue) -> Message | None:
    """A system message from a string, a list of parts, or Gemini's `{"parts": […]}`."""
    parsed = parse(value) if isinstance(value, str) and value.lstrip().startswith(("[", "{")) else value
    if isinstance(parsed, dict) and isinstance(parsed.get("parts"), list):
        parsed = parsed["parts"]
    if isinstance(parsed, list) and any(is_message(raw) for raw in parsed):
        parsed = [part for raw in parsed for part in items(mapping(raw).get("parts"))]
    if isinstance(parsed, str | list) or "text" in mapping(parsed) or "content" in mapping(parsed):
        return build("system", [part for part in read_parts(parsed) if isinstance(part, Text)])
    return None
