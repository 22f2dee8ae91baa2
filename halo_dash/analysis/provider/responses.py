"""`responses`: OpenAI's newer form."""

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

PAGE = "/responses"
OPTIONS = ("stream", "temperature", "reasoning", "parallel_tool_calls", "max_output_tokens", "store")


def body_of(call: ModelCall, *, refused: frozenset[str], is_openai: bool) -> dict[str, Any]:  # noqa: ARG001 - as chat's
    """The request, without the options that were refused. The server is asked to keep nothing."""
    options = call.options
    body: dict[str, Any] = {
        "model": call.model,
        "input": [part for item in call.items for part in _parts(item)],
        "store": False,
        "stream": True,
        "temperature": options.temperature,
        "max_output_tokens": options.max_output_tokens,
    }
    if options.reasoning_effort is not None:
        body["reasoning"] = {"effort": options.reasoning_effort}
    if call.tools:
        body["tools"] = [
            {
                "type": "function",
                "name": t.name,
                "description": t.description,
                "parameters": dict(t.parameters),
                "strict": False,
            }
            for t in call.tools
        ]
        body["parallel_tool_calls"] = options.parallel_tool_calls
    return {name: value for name, value in body.items() if value is not None and name not in refused}


def _parts(item: Item) -> Iterator[dict[str, Any]]:
    match item:
        case SystemItem(text):
            yield {"role": "system", "content": text}
        case UserItem(text):
            yield {"role": "user", "content": text}
        case ToolItem(call_id, text):
            yield {"type": "function_call_output", "call_id": call_id, "output": text}
        case AssistantItem(text, tool_calls):
            if text or not tool_calls:
                yield {"role": "assistant", "content": text}
            for used in tool_calls:
                yield {
                    "type": "function_call",
                    "call_id": used.call_id,
                    "name": used.name,
                    "arguments": sent_arguments(used.arguments),
                }


def read_stream(events: Iterable[Any], answered: Answered) -> Iterator[None]:
    """Put the events together; yields after each. The last one has the whole answer and settles it.

    Raises BrokenOffError, NotAnAnswerError, ServerError.
    """
    items: list[dict[str, Any]] = []
    count = 0
    for event in events:
        if not isinstance(event, dict):
            raise NotAnAnswerError("a stream whose events are no objects")
        count += 1
        kind = event.get("type")
        if kind == "error" or event.get("error"):
            raise ServerError(event.get("error") or event)
        if kind == "response.output_text.delta":
            answered.texts.append(text_of(event.get("delta")))
        elif kind == "response.output_item.done":
            items.append(fields(event.get("item")))
        elif kind in ("response.completed", "response.incomplete", "response.failed"):
            told = fields(event.get("response"))
            answered.texts.clear()
            # Some servers leave the items out of the last event, for they were all told before.
            read_whole({**told, "output": told.get("output") or items}, answered)
        yield
    if not count:
        raise NotAnAnswerError("a stream without a single event")
    if answered.finish is None:
        raise BrokenOffError


def read_whole(data: Any, answered: Answered) -> None:
    """The same of an answer that came at once."""
    told = fields(data)
    if told.get("error") or told.get("status") == "failed":
        raise ServerError(told.get("error") or "the answer failed, and the server does not say why")
    if not isinstance(told.get("output"), list):
        raise NotAnAnswerError("JSON that is no answer of a model")
    answered.model = text_of(told.get("model"))
    for item in objects(told["output"]):
        _add(item, answered)
    if usage := fields(told.get("usage")):
        answered.usage = ModelUsage(
            input_tokens=count_of(usage.get("input_tokens")),
            output_tokens=count_of(usage.get("output_tokens")),
            cached_tokens=count_of(fields(usage.get("input_tokens_details")).get("cached_tokens")),
            reasoning_tokens=count_of(fields(usage.get("output_tokens_details")).get("reasoning_tokens")),
        )
    reason = text_of(fields(told.get("incomplete_details")).get("reason"))
    answered.finish = reason or "stop"


def _add(item: dict[str, Any], answered: Answered) -> None:
    if item.get("type") == "function_call":
        call_id = text_of(item.get("call_id")) or text_of(item.get("id"))
        answered.call_piece(len(answered.calls), call_id, text_of(item.get("name")), item.get("arguments"))
    elif item.get("type") == "message":
        for part in objects(item.get("content")):
            answered.texts.append(text_of(part.get("text")))
            answered.refusals.append(text_of(part.get("refusal")))
