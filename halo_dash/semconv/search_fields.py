"""Which field of search an attribute, a message or an event belongs to, told by its key alone.

Indexing reads every attribute of every span, so this is a cheap cousin of `read_content`: it need not know
how parts fit together, only whose words they are. A key nobody knows is an attribute, and is found as one.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

from halo_dash.model.observation import Kind
from halo_dash.model.search_field import SearchField
from halo_dash.semconv.fields import FIELDS

MAX_KEY = 200
"""Characters of the longest key that is remembered; senders that put data into keys must not fill memory."""

_REMEMBERED = 8192


class Place(NamedTuple):
    """Where the value of an attribute belongs."""

    field: SearchField
    role_key: str = ""
    """The attribute that says whose message this is part of; empty where none does."""
    side: str = ""
    """`input` or `output` where the kind of the span decides (a tool's input is its arguments)."""
    is_content: bool = False
    """Text to read rather than a value to filter by."""


_ATTRIBUTE = Place("attribute")


def _names() -> dict[str, Place]:
    places: dict[str, Place] = {}
    for field in ("session_id", "user_id", "agent_id", "tool_call_id", "response_id"):
        places |= dict.fromkeys(FIELDS[field], Place("id"))
    for field in ("model", "request_model", "provider", "agent_name", "tool_name", "trace_name"):
        places |= dict.fromkeys(FIELDS[field], Place("name"))
    places["service.name"] = Place("name")
    places.pop("metadata", None)
    return places


def _content() -> dict[str, Place]:
    keys: dict[SearchField, tuple[str, ...]] = {
        "tool_call": (
            "gen_ai.tool.call.arguments", "tool_arguments", "ai.toolCall.args", "ai.toolCall.input",
            "gcp.vertex.agent.tool_call_args", "ai.response.toolCalls",
        ),
        "tool_result": (
            "gen_ai.tool.call.result", "tool_response", "ai.toolCall.result", "ai.toolCall.output",
            "gcp.vertex.agent.tool_response",
        ),
        "assistant": (
            "gen_ai.output.messages", "llm.output_messages", "ai.response.text", "ai.response.object",
            "ai.response.reasoning", "final_result",
        ),
        "system": ("gen_ai.system_instructions",),
        "document": ("gen_ai.retrieval.documents",),
        "input": (
            "gen_ai.input.messages", "llm.input_messages", "ai.prompt.messages", "pydantic_ai.all_messages",
            "all_messages_events", "events", "gen_ai.retrieval.query.text", "reranker.query", "ai.value",
            "ai.values", "langfuse.trace.input", "llm.prompts",
        ),
        "output": ("langfuse.trace.output",),
        "error": (
            "exception.type", "exception.message", "exception.stacktrace", "error.type", "error.message",
            "error.stack_trace", "tool.error", "tool.error_type", "langfuse.observation.status_message",
        ),
    }  # fmt: skip
    # Types of errors are short, and asked for by `attr.` more than anything else.
    places = {key: Place(field, is_content=field != "error") for field, each in keys.items() for key in each}
    by_kind = {
        "input": (
            "input.value", "langfuse.observation.input", "traceloop.entity.input", "mlflow.spanInputs",
            "gen_ai.prompt", "ai.prompt", "input",
        ),
        "output": (
            "output.value", "langfuse.observation.output", "traceloop.entity.output", "mlflow.spanOutputs",
            "gen_ai.completion", "output",
        ),
    }  # fmt: skip
    places |= {key: Place("input", side="input", is_content=True) for key in by_kind["input"]}
    places |= {key: Place("output", side="output", is_content=True) for key in by_kind["output"]}
    return places


_PLACES = _names() | _content()

CONTENT_KEYS = frozenset(key for key, place in _PLACES.items() if place.is_content)
"""Keys of text that have one name, and no number of a message in it."""

_MESSAGE = re.compile(
    r"(?P<openinference>llm\.(?P<side>in|out)put_messages\.[0-9]+)\.(?P<member>.+)"
    r"|(?P<indexed>gen_ai\.(?P<way>prompt|completion)\.[0-9]+)\.(?P<part>.+)"
)
_PREFIXES: tuple[tuple[str, Place], ...] = (
    ("retrieval.documents.", Place("document", is_content=True)),
    ("reranker.input_documents.", Place("document", is_content=True)),
    ("reranker.output_documents.", Place("document", is_content=True)),
    ("embedding.embeddings.", Place("input", is_content=True)),
    ("exception.", Place("error")),
)

_TOOL_SIDES: dict[tuple[Kind, str], SearchField] = {
    (Kind.TOOL, "input"): "tool_call",
    (Kind.TOOL, "output"): "tool_result",
    (Kind.RETRIEVER, "output"): "document",
    (Kind.RERANKER, "output"): "document",
}

ROLES: dict[str, SearchField] = {
    "user": "user", "human": "user",
    "assistant": "assistant", "ai": "assistant", "model": "assistant", "AIMessageChunk": "assistant",
    "system": "system", "developer": "system",
    "tool": "tool_result", "function": "tool_result",
}  # fmt: skip
"""Who speaks in a message, by its `role` (LangChain: its `type`)."""

PARTS: dict[str, SearchField] = {
    "tool_call": "tool_call", "tool-call": "tool_call", "tool_use": "tool_call", "function_call": "tool_call",
    "tool_call_response": "tool_result", "tool-result": "tool_result", "tool_result": "tool_result",
    "function_call_output": "tool_result", "reasoning": "assistant", "thinking": "assistant",
    "human": "user", "ai": "assistant", "system": "system", "tool": "tool_result",
}  # fmt: skip
"""What a part of a message is, by its `type`."""

MEMBERS: dict[str, SearchField] = {
    "tool_calls": "tool_call", "function_call": "tool_call", "toolCalls": "tool_call", "toolUse": "tool_call",
    "functionCall": "tool_call", "tool_use": "tool_call", "arguments": "tool_call",
    "toolResult": "tool_result", "functionResponse": "tool_result", "tool_result": "tool_result",
    "system_instruction": "system", "systemInstruction": "system", "documents": "document",
    "page_content": "document", "role": "attribute", "type": "attribute", "id": "id", "tool_call_id": "id",
    "toolCallId": "id", "call_id": "id", "tool_use_id": "id", "finish_reason": "attribute",
}  # fmt: skip
"""Members of JSON objects that say what their value is, wherever they stand."""

EVENTS: dict[str, SearchField] = {
    "exception": "error",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.system.message": "system",
    "gen_ai.tool.message": "tool_result",
    "gen_ai.choice": "assistant",
    "gen_ai.evaluation.result": "event",
}
"""Span events and log records whose name says what they carry."""


def _place(key: str) -> Place:
    found = _PLACES.get(key)
    if found is not None:
        return found
    if message := _MESSAGE.fullmatch(key):
        return _message_place(message)
    return next((place for prefix, place in _PREFIXES if key.startswith(prefix)), _ATTRIBUTE)


def _message_place(message: re.Match[str]) -> Place:
    """Flattened messages: `llm.input_messages.0.message.content`, `gen_ai.prompt.0.content`."""
    if message["openinference"]:
        member, role_key = message["member"], f"{message['openinference']}.message.role"
        default: SearchField = "assistant" if message["side"] == "out" else "input"
    else:
        member, role_key = message["part"], f"{message['indexed']}.role"
        default = "assistant" if message["way"] == "completion" else "input"
    last = member.rpartition(".")[2]
    if last in {"role", "type", "finish_reason", "mime_type"}:
        return _ATTRIBUTE
    if last == "id" or last.endswith("_id"):
        return Place("id")
    if "tool_call" in member or "function_call" in member:
        return Place("tool_call", is_content=True)
    return Place(default, role_key, is_content=True)


def side_field(kind: Kind, side: str, default: SearchField) -> SearchField:
    """The field of a span's generic input or output, by what the span was."""
    return _TOOL_SIDES.get((kind, side), default)


class _Remembered(dict[str, Place]):
    """Key -> its place, worked out when first met: a look into a dictionary is the cheapest there is."""

    def __missing__(self, key: str) -> Place:
        if len(key) > MAX_KEY:
            return _ATTRIBUTE
        if len(self) >= _REMEMBERED:
            self.clear()
        place = self[key] = _place(key)
        return place


PLACES: Mapping[str, Place] = _Remembered()
"""Where the value of an attribute belongs, by its key; has every key."""


def is_said(key: str) -> bool:
    """Whether an attribute is part of what messages, inputs and outputs say, or of who said it."""
    return PLACES[key].is_content or _MESSAGE.fullmatch(key) is not None
