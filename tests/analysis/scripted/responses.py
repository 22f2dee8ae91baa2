"""`/responses` as a server writes it: whole, and as its typed events."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from tests.analysis.scripted.answer import Answer
from tests.analysis.scripted.chat import CREATED, call_id, pieces
from tests.analysis.scripted.request import ScriptedRequest

INCOMPLETE = {"length": "max_output_tokens", "content_filter": "content_filter"}


def parts_of(answer: Answer) -> list[dict[str, Any]]:
    parts: list[dict[str, Any]] = []
    if answer.text:
        parts.append({"type": "output_text", "text": answer.text, "annotations": []})
    if answer.refusal:
        parts.append({"type": "refusal", "refusal": answer.refusal})
    return parts


def items_of(request: ScriptedRequest, answer: Answer) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    if parts := parts_of(answer):
        message = {"type": "message", "id": f"msg_{request.number}", "role": "assistant"}
        items.append({**message, "status": "completed", "content": parts})
    items += [
        {
            "type": "function_call",
            "id": f"fc_{request.number}_{index}",
            "call_id": call_id(request, answer, index),
            "name": used.name,
            "arguments": used.written,
            "status": "completed",
        }
        for index, used in enumerate(answer.tool_calls)
    ]
    return items


def whole(request: ScriptedRequest, answer: Answer) -> dict[str, Any]:
    reason = INCOMPLETE.get(answer.finished)
    told: dict[str, Any] = {
        "id": f"resp_{request.number}",
        "object": "response",
        "created_at": CREATED,
        "model": answer.model or request.model,
        "status": "incomplete" if reason else "completed",
        "incomplete_details": {"reason": reason} if reason else None,
        "error": None,
        "output": items_of(request, answer),
        "parallel_tool_calls": True,
        "tool_choice": "auto",
        "tools": [],
    }
    if used := answer.usage:
        told["usage"] = {
            "input_tokens": used.input,
            "output_tokens": used.output,
            "total_tokens": used.input + used.output,
            "input_tokens_details": {"cached_tokens": used.cached},
            "output_tokens_details": {"reasoning_tokens": used.reasoning},
        }
    return told


def events(request: ScriptedRequest, answer: Answer) -> Iterator[tuple[str | None, Any]]:
    """(event name, data), numbered as the protocol asks."""
    for sequence, (name, data) in enumerate(_events(request, answer)):
        yield name, {"type": name, "sequence_number": sequence, **data}


def _events(request: ScriptedRequest, answer: Answer) -> Iterator[tuple[str, dict[str, Any]]]:
    final = whole(request, answer)
    begun = {**final, "status": "in_progress", "output": [], "incomplete_details": None}
    begun.pop("usage", None)
    yield "response.created", {"response": begun}
    yield "response.in_progress", {"response": begun}
    for index, item in enumerate(final["output"]):
        place = {"output_index": index, "item_id": item["id"]}
        if item["type"] == "message":
            empty: dict[str, Any] = {**item, "status": "in_progress", "content": []}
            yield "response.output_item.added", {"output_index": index, "item": empty}
            for at, part in enumerate(item["content"]):
                yield from _part({**place, "content_index": at}, part, answer.piece)
        else:
            empty = {**item, "status": "in_progress", "arguments": ""}
            yield "response.output_item.added", {"output_index": index, "item": empty}
            for piece in pieces(item["arguments"], answer.piece):
                yield "response.function_call_arguments.delta", {**place, "delta": piece}
            done = {**place, "arguments": item["arguments"], "name": item["name"]}
            yield "response.function_call_arguments.done", done
        yield "response.output_item.done", {"output_index": index, "item": item}
    yield f"response.{final['status']}", {"response": final}


def _part(place: dict[str, Any], part: dict[str, Any], size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    kind = part["type"]
    field = "text" if kind == "output_text" else "refusal"
    yield "response.content_part.added", {**place, "part": {**part, field: ""}}
    more = {"logprobs": []} if kind == "output_text" else {}
    for piece in pieces(part[field], size):
        yield f"response.{kind}.delta", {**place, **more, "delta": piece}
    yield f"response.{kind}.done", {**place, **more, field: part[field]}
    yield "response.content_part.done", {**place, "part": part}
