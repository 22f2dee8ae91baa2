"""`chat.completions`: what nearly every server speaks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from halo_dash.analysis.provider.answered import (
    Answered,
    BrokenOffError,
    NotAnAnswerError,
    ServerError,
    count_of,
    fields,
    objects,
    sent_arguments,
    text_of,
)
from halo_dash.analysis.provider.wire import (
    AssistantItem,
    Item,
    ModelCall,
    ModelUsage,
    SystemItem,
    ToolItem,
    UserItem,
)

PAGE = "/chat/completions"
OPTIONS = (
    "stream_options",
    "stream",
    "temperature",
    "reasoning_effort",
    "parallel_tool_calls",
    "max_completion_tokens",
    "max_tokens",
)
"""What a server may refuse and can be asked without."""


def body_of(call: ModelCall, *, refused: frozenset[str], is_openai: bool) -> dict[str, Any]:
    """The request, without the options that were refused."""
    options = call.options
    body: dict[str, Any] = {"model": call.model, "messages": [_message(item) for item in call.items]}
    if call.tools:
        body["tools"] = [
            {
                "type": "function",
                "function": {"name": t.name, "description": t.description, "parameters": dict(t.parameters)},
            }
            for t in call.tools
        ]
        body["parallel_tool_calls"] = options.parallel_tool_calls
    body["temperature"] = options.temperature
    body["reasoning_effort"] = options.reasoning_effort
    # OpenAI's newer models know the first name alone, most other servers the second.
    names = ("max_completion_tokens", "max_tokens")
    left = [name for name in (names if is_openai else names[::-1]) if name not in refused]
    if left:
        body[left[0]] = options.max_output_tokens
    body["stream"] = True
    body["stream_options"] = {"include_usage": True}
    if "stream" in refused:
        body["stream_options"] = None
    return {name: value for name, value in body.items() if value is not None and name not in refused}


def _message(item: Item) -> dict[str, Any]:
    match item:
        case SystemItem(text):
            return {"role": "system", "content": text}
        case UserItem(text):
            return {"role": "user", "content": text}
        case ToolItem(call_id, text):
            return {"role": "tool", "tool_call_id": call_id, "content": text}
        case AssistantItem(text, tool_calls):
            message: dict[str, Any] = {"role": "assistant", "content": text or None}
            if tool_calls:
                message["tool_calls"] = [
                    {
                        "id": used.call_id,
                        "type": "function",
                        "function": {"name": used.name, "arguments": sent_arguments(used.arguments)},
                    }
                    for used in tool_calls
                ]
            else:
                message["content"] = text
            return message


def read_stream(events: Iterable[Any], answered: Answered) -> Iterator[None]:
    """Put the pieces together; yields after each, so that the text so far can be shown.

    Raises BrokenOffError, NotAnAnswerError, ServerError.
    """
    count = 0
    for event in events:
        if not isinstance(event, dict):
            raise NotAnAnswerError("a stream whose events are no objects")
        if event.get("error"):
            raise ServerError(event["error"])
        count += 1
        _common(event, answered)
        choices = event.get("choices")
        if isinstance(choices, list) and choices:
            choice = fields(choices[0])
            _add(fields(choice.get("delta") or choice.get("message")), answered)
            answered.finish = text_of(choice.get("finish_reason")) or answered.finish
        yield
    if not count:
        raise NotAnAnswerError("a stream without a single event")
    if answered.finish is None:
        raise BrokenOffError


def read_whole(data: Any, answered: Answered) -> None:
    """The same of an answer that came at once."""
    told = fields(data)
    if told.get("error"):
        raise ServerError(told["error"])
    choices = told.get("choices")
    if not isinstance(choices, list) or not choices:
        raise NotAnAnswerError("JSON that is no answer of a model")
    _common(told, answered)
    choice = fields(choices[0])
    _add(fields(choice.get("message")), answered)
    answered.finish = text_of(choice.get("finish_reason")) or "stop"


def _common(told: dict[str, Any], answered: Answered) -> None:
    answered.model = text_of(told.get("model")) or answered.model
    if usage := fields(told.get("usage")):
        answered.usage = ModelUsage(
            input_tokens=count_of(usage.get("prompt_tokens")),
            output_tokens=count_of(usage.get("completion_tokens")),
            cached_tokens=count_of(fields(usage.get("prompt_tokens_details")).get("cached_tokens")),
            reasoning_tokens=count_of(fields(usage.get("completion_tokens_details")).get("reasoning_tokens")),
        )


def _add(delta: dict[str, Any], answered: Answered) -> None:
    answered.texts.append(text_of(delta.get("content")))
    answered.refusals.append(text_of(delta.get("refusal")))
    for told in objects(delta.get("tool_calls")):
        function = fields(told.get("function"))
        index = told.get("index")
        answered.call_piece(
            index if isinstance(index, int) else None,
            text_of(told.get("id")),
            text_of(function.get("name")),
            function.get("arguments"),
        )
