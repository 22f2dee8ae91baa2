"""Raw provider responses: what came back from a model API.

OpenAI (Chat Completions, Completions, Responses), Anthropic, Gemini, Bedrock Converse, Cohere, Ollama,
and the run outputs of LangChain and LangGraph, which look alike. The shape decides, never the name of
the provider.
"""

from __future__ import annotations

from collections.abc import Iterable

from halo_dash.model.message import Message
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import items, mapping, string
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages.chunks import is_chunk, join_chunks
from halo_dash.semconv.messages.conversation import read_item, read_list
from halo_dash.semconv.messages.langchain import is_langchain, read_generations
from halo_dash.semconv.messages.message import FINISH_KEYS, is_message, read_message
from halo_dash.semconv.messages.responses_api import is_response_item, joined_output

_DEPTH = 6
"""Levels that are opened; LangGraph's `{"output": [{"update": {"messages": […]}}]}` needs five."""
_ENVELOPES = ("output", "update", "messages", "message", "response", "result")


def read_response(value: AttributeValue) -> list[Message]:
    """The messages of a response body, a message, a list of messages, or a run's output."""
    return [] if value is None else _response(parse(value), _DEPTH)


def _response(body: AttributeValue, depth: int) -> list[Message]:
    if depth == 0:
        return []
    if isinstance(body, list):
        return _response_list(body, depth)
    fields = mapping(body)
    if is_langchain(fields) or is_message(fields):
        return read_item(fields, "assistant")
    return _answers(fields) or _opened(fields, depth) or _said([_bare_answer(fields)])


def _answers(fields: dict[str, AttributeValue]) -> list[Message]:
    """OpenAI's choices, Gemini's candidates, LangChain's generations."""
    if "generations" in fields:
        return read_generations(fields["generations"])
    choices = [_choice(mapping(raw)) for raw in items(fields.get("choices"))]
    candidates = [_candidate(mapping(raw)) for raw in items(fields.get("candidates"))]
    if "parts" in mapping(fields.get("content")):  # Google's ADK shows one candidate alone
        candidates.append(_candidate(fields))
    return _said([*choices, *candidates])


def _said(messages: Iterable[Message | None]) -> list[Message]:
    return [message for message in messages if message is not None]


def _response_list(body: list[AttributeValue], depth: int) -> list[Message]:
    if body and all(is_chunk(raw) for raw in body):
        return _said([join_chunks(body)])
    if body and all(is_response_item(raw) for raw in body):
        return joined_output(read_list(body, "assistant"))
    if found := read_list(body, "assistant"):
        return found
    return [message for raw in body if isinstance(raw, dict) for message in _response(raw, depth - 1)]


def _opened(fields: dict[str, AttributeValue], depth: int) -> list[Message]:
    """What holds a message under a name: Bedrock, Cohere, Ollama, LangGraph updates, agent results."""
    for key in _ENVELOPES:
        inner = fields.get(key)
        if isinstance(inner, list | dict) and (found := _response(inner, depth - 1)):
            last = found[-1]
            if last.finish_reason is None and (reason := _reason(fields)):
                found[-1] = Message(last.role, last.parts, last.name, reason)
            return found
    return []


def _bare_answer(fields: dict[str, AttributeValue]) -> Message | None:
    """An answer without a role: Anthropic's content blocks, Cohere's or Vercel's text and tool calls."""
    content = fields.get("content")
    if isinstance(content, list) and any("type" in mapping(raw) for raw in content):
        return read_message({**fields, "role": "assistant"}, "assistant")
    text = fields.get("text") or fields.get("response") or fields.get("completion")
    has_calls = any(isinstance(fields.get(key), list) for key in ("tool_calls", "toolCalls"))
    is_answer = string(text) and any(key in fields for key in ("model", *FINISH_KEYS))
    if not (has_calls or is_answer):
        return None
    return read_message({**fields, "role": "assistant", "content": content or text}, "assistant")


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
    if value is None:
        return None
    body = parse(value)
    for raw in body if isinstance(body, list) else [body]:
        fields = mapping(raw)
        if reason := _reason(fields):
            return reason
        for key in ("choices", "candidates"):
            for choice in items(fields.get(key)):
                if reason := _reason(mapping(choice)):
                    return reason
        for batch in items(fields.get("generations")):
            for generation in items(batch):
                if reason := _reason(mapping(mapping(generation).get("generation_info"))):
                    return reason
    return None
