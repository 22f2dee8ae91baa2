"""`/chat/completions` as a server writes it: whole, and in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.analysis.scripted.answer import Answer, Used
from tests.analysis.scripted.request import ScriptedRequest

CREATED = 1_790_000_000


def pieces(text: str, size: int) -> list[str]:
    return [text[at : at + size] for at in range(0, len(text), size)]


def call_id(request: ScriptedRequest, answer: Answer, index: int) -> str:
    """Equal for an equal request: a resumed run hears the same."""
    return answer.tool_calls[index].call_id or f"call_{request.turn}_{index}"


def usage_of(used: Used) -> dict[str, Any]:
    return {
        "prompt_tokens": used.input,
        "completion_tokens": used.output,
        "total_tokens": used.input + used.output,
        "prompt_tokens_details": {"cached_tokens": used.cached},
        "completion_tokens_details": {"reasoning_tokens": used.reasoning},
    }


def whole(request: ScriptedRequest, answer: Answer) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": answer.text or None}
    message["refusal"] = answer.refusal or None
    if answer.tool_calls:
        message["tool_calls"] = [
            {
                "id": call_id(request, answer, index),
                "type": "function",
                "function": {"name": used.name, "arguments": used.written},
            }
            for index, used in enumerate(answer.tool_calls)
        ]
    told = {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion",
        "created": CREATED,
        "model": answer.model or request.model,
        "choices": [{"index": 0, "message": message, "finish_reason": answer.finished, "logprobs": None}],
    }
    return told if answer.usage is None else {**told, "usage": usage_of(answer.usage)}


def events(request: ScriptedRequest, answer: Answer) -> Iterator[tuple[str | None, Any]]:
    """(event name, data): tool calls by index, id and name only once, usage last and without choices."""
    base = {
        "id": f"chatcmpl-{request.number}",
        "object": "chat.completion.chunk",
        "created": CREATED,
        "model": answer.model or request.model,
    }

    def chunk(delta: dict[str, Any], finish: str | None = None) -> tuple[None, Any]:
        return None, {**base, "choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}

    yield chunk({"role": "assistant", "content": ""})
    for piece in pieces(answer.text, answer.piece):
        yield chunk({"content": piece})
    for piece in pieces(answer.refusal, answer.piece):
        yield chunk({"refusal": piece})
    # Real servers interleave the calls: no reader may count on one being whole before the next begins.
    for index, used in enumerate(answer.tool_calls):
        function = {"name": used.name, "arguments": ""}
        first = {
            "index": index,
            "id": call_id(request, answer, index),
            "type": "function",
            "function": function,
        }
        yield chunk({"tool_calls": [first]})
    split = [pieces(used.written, answer.piece) for used in answer.tool_calls]
    for at in range(max(map(len, split), default=0)):
        for index, parts in enumerate(split):
            if at < len(parts):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": parts[at]}}]})
    yield chunk({}, answer.finished)
    if answer.usage and (request.body.get("stream_options") or {}).get("include_usage"):
        yield None, {**base, "choices": [], "usage": usage_of(answer.usage)}
    yield None, "[DONE]"
