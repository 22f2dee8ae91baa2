"""Raw provider requests and responses: what was sent to a model API and what came back.

Requests and responses of OpenAI (Chat Completions, Completions, Responses), Anthropic, Gemini,
Bedrock Converse, Cohere, Ollama, and the run inputs and outputs of LangChain and LangGraph, which
look alike. The shape decides, never the name of the provider.
"""

from __future__ import annotations

from halo_dash.model.message import Message, Text
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import items, mapping, string
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages.chunks import is_chunk, join_chunks
from halo_dash.semconv.messages.conversation import read_item, read_list
from halo_dash.semconv.messages.langchain import is_langchain, read_generations, read_langchain
from halo_dash.semconv.messages.message import FINISH_KEYS, build, is_message, read_message
from halo_dash.semconv.messages.parts import read_parts
from halo_dash.semconv.messages.responses_api import is_response_item, joined_output

_SYSTEM_KEYS = ("instructions", "system", "systemInstruction", "system_instruction", "preamble")
_MESSAGE_LISTS = ("messages", "input", "contents", "chat_history", "prompt")
_DEPTH = 3
"""Envelopes in envelopes that are opened: LangGraph's `output[].update.messages` needs three."""


def read_request(value: AttributeValue) -> list[Message]:
    """The messages of a request body (or of a bare list of messages), its system prompt first."""
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
    for key in ("messages", "contents", "chat_history"):
        said = fields.get(key)
        if key == "contents" and isinstance(said, str) and not said.lstrip().startswith(("[", "{")):
            return _one_text("user", said)
        found = read_list(said, "user")
        if found:
            if key == "chat_history" and (latest := string(fields.get("message"))):
                found += _one_text("user", latest)
            return found
    inputs = fields.get("input")
    if found := read_list(inputs, "user"):
        return found
    if string(inputs) and ("instructions" in fields or "model" in fields):  # Responses API: a bare question
        return _one_text("user", inputs)
    if string(fields.get("prompt")) and "model" in fields:
        return _one_text("user", fields["prompt"])
    if string(fields.get("message")) and "model" in fields:
        return _one_text("user", fields["message"])
    return read_list(fields.get("prompt"), "user")


def _one_text(role: str, text: AttributeValue) -> list[Message]:
    message = read_message({"role": role, "content": text}, "user")
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


def read_response(value: AttributeValue) -> list[Message]:
    """The messages of a response body, a message, a list of messages, or a run's output."""
    return _response(parse(value), _DEPTH)


def _response(body: AttributeValue, depth: int) -> list[Message]:
    if depth == 0:
        return []
    if isinstance(body, list):
        return _response_list(body, depth)
    fields = mapping(body)
    if isinstance(fields.get("choices"), list):
        return [message for raw in items(fields["choices"]) if (message := _choice(mapping(raw)))]
    if isinstance(fields.get("candidates"), list):
        return [message for raw in items(fields["candidates"]) if (message := _candidate(mapping(raw)))]
    if "generations" in fields:
        return read_generations(fields["generations"])
    if is_langchain(fields):
        return [message for message in (read_langchain(fields, "assistant"),) if message]
    if is_message(fields):
        return read_item(fields, "assistant")
    return _envelope(fields, depth)


def _response_list(body: list[AttributeValue], depth: int) -> list[Message]:
    if body and all(is_chunk(raw) for raw in body):
        message = join_chunks(body)
        return [message] if message else []
    if body and all(is_response_item(raw) for raw in body):
        return joined_output(read_list(body, "assistant"))
    if found := read_list(body, "assistant"):
        return found
    return [message for raw in body if isinstance(raw, dict) for message in _response(raw, depth - 1)]


def _envelope(fields: dict[str, AttributeValue], depth: int) -> list[Message]:
    """What holds a message under a name: Bedrock, Cohere, Ollama, LangGraph updates, agent results."""
    for key in ("output", "update", "messages", "message", "response", "result"):
        inner = fields.get(key)
        if isinstance(inner, list | dict) and (found := _response(inner, depth - 1)):
            reason = _reason(fields)
            last = found[-1]
            if reason and last.finish_reason is None:
                found[-1] = Message(last.role, last.parts, last.name, reason)
            return found
    content = fields.get("content")
    if isinstance(content, list) and any(isinstance(raw, dict) and "type" in raw for raw in content):
        message = read_message({**fields, "role": fields.get("role") or "assistant"}, "assistant")
        return [message] if message else []
    text = fields.get("text") or fields.get("response") or fields.get("completion")
    has_calls = isinstance(fields.get("tool_calls") or fields.get("toolCalls"), list)
    if has_calls or (
        string(text) and ("model" in fields or "finish_reason" in fields or "finishReason" in fields)
    ):
        message = read_message(
            {**fields, "role": "assistant", "content": fields.get("content") or text}, "assistant"
        )
        return [message] if message else []
    return []


def _choice(choice: dict[str, AttributeValue]) -> Message | None:
    body = mapping(choice.get("message")) or mapping(choice.get("delta"))
    if not body and string(choice.get("text")):
        body = {"content": choice["text"]}
    return read_message({"role": "assistant", **body, "finish_reason": _reason(choice)}, "assistant")


def _candidate(candidate: dict[str, AttributeValue]) -> Message | None:
    body = mapping(candidate.get("content"))
    return read_message({"role": "model", **body, "finish_reason": _reason(candidate)}, "assistant")


def _reason(fields: dict[str, AttributeValue]) -> str | None:
    return next((found for key in FINISH_KEYS if (found := string(fields.get(key)))), None)


def stated_reason(value: AttributeValue) -> str | None:
    """Why a response ended, also where it holds no message."""
    body = parse(value)
    for raw in body if isinstance(body, list) else [body]:
        fields = mapping(raw)
        if reason := _reason(fields):
            return reason
        for key in ("choices", "candidates"):
            for choice in items(fields.get(key)):
                if reason := _reason(mapping(choice)):
                    return reason
        for message in read_generations(fields.get("generations")):
            if message.finish_reason:
                return message.finish_reason
        for batch in items(fields.get("generations")):
            for generation in items(batch):
                if reason := _reason(mapping(mapping(generation).get("generation_info"))):
                    return reason
    return None
