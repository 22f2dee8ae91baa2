"""Messages and threads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from halo_dash.model.message import Media, Message, Other, Reasoning, Text, ThreadItem, ToolCall, ToolResult
from halo_dash.model.twin.values import Json, as_text, json_value


def message_json(message: Message) -> dict[str, Json]:
    """A message with its parts, each of a `type`: text, reasoning, tool_call, tool_result, media or other."""
    parts: list[Json] = []
    for part in message.parts:
        match part:
            case Text(text=text):
                parts.append({"type": "text", "text": text})
            case Reasoning(text=text):
                parts.append({"type": "reasoning", "text": text})
            case ToolCall():
                parts.append({"type": "tool_call", **call_json(part)})
            case ToolResult():
                result = {"id": part.id, "name": part.name, "content": json_value(part.content)}
                parts.append({"type": "tool_result", **result})
            case Media():
                parts.append({"type": "media", "mime": part.mime, "uri": part.uri, "data": part.data})
            case Other(raw=raw):
                parts.append({"type": "other", "raw": json_value(raw)})
    return {
        "role": message.role,
        "name": message.name,
        "finish_reason": message.finish_reason,
        "parts": parts,
    }


def thread_json(items: Sequence[ThreadItem]) -> dict[str, Json]:
    """`/traces/{id}/thread.json`: each thing said, once, in order; each tool result is an item of its own.

    The items of a session's thread say their trace.
    """
    out: list[Json] = []
    for item in items:
        results = [part for part in item.parts if isinstance(part, ToolResult)]
        rest = [part for part in item.parts if not isinstance(part, ToolResult)]
        if rest or not results:
            texts = [part.text for part in rest if isinstance(part, Text)]
            texts += [as_text(part.raw) for part in rest if isinstance(part, Other)]
            calls: list[Json] = [call_json(part) for part in rest if isinstance(part, ToolCall)]
            out.append(_thread_item(item, "\n".join(texts), calls=calls))
        out.extend(
            _thread_item(item, as_text(result.content), name=result.name, call_id=result.id)
            for result in results
        )
    return {"items": out}


def _thread_item(
    item: ThreadItem,
    text: str,
    *,
    calls: list[Json] | None = None,
    name: str | None = None,
    call_id: str | None = None,
) -> dict[str, Json]:
    reasoning: list[Json] = [part.text for part in item.parts if isinstance(part, Reasoning)]
    media: list[Json] = [
        {"mime": part.mime, "uri": part.uri, "data": part.data}
        for part in item.parts
        if isinstance(part, Media)
    ]
    extra: Mapping[str, list[Json]] = {"reasoning": reasoning, "media": media} if calls is not None else {}
    trace: dict[str, Json] = {"trace_id": item.trace_id} if item.trace_id is not None else {}
    return {
        "role": item.role,
        "text": text,
        "tool_calls": calls or [],
        "tool_name": name,
        "tool_call_id": call_id,
        "status": "error" if item.is_error else "ok",
        "span_id": item.span_id,
        "agent_name": item.agent_name,
        "start_ns": item.start_ns,
        **trace,
        **{key: value for key, value in extra.items() if value},
    }


def call_json(call: ToolCall) -> dict[str, Json]:
    return {"id": call.id, "name": call.name, "arguments": json_value(call.arguments)}
