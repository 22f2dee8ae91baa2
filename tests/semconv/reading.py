"""Reading hand-made spans in tests."""

from __future__ import annotations

import json
from collections.abc import Sequence

from halo_dash.model.message import Message, Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.observation import Content, Failure, Kind, Observation
from halo_dash.model.span import Event, LogRecord, Span
from halo_dash.semconv import read_content

TRACE, SPAN = "0" * 31 + "1", "0" * 15 + "1"

CALL = ToolCall("search", "c1", {"q": 1})
SYSTEM, QUESTION, ANSWER = ("system", Text("Be brief.")), ("user", Text("q")), ("assistant", Text("a"))
RESULT = ("tool", ToolResult([1], "c1"))
PARTS = [
    {"role": "user", "parts": [{"type": "text", "content": "q"}], "name": None},
    {
        "role": "assistant",
        "parts": [
            {"type": "reasoning", "content": "hm"},
            {"type": "tool_call", "id": "c1", "name": "search", "arguments": '{"q": 1}'},
        ],
    },
    {"role": "tool", "parts": [{"type": "tool_call_response", "id": "c1", "response": "[1]"}]},
]
READ = [QUESTION, ("assistant", Reasoning("hm"), CALL), RESULT]
"""What `PARTS` say; `PARTS` are messages as the GenAI conventions write them."""


def content_of(
    attributes: dict,
    kind: Kind = Kind.LLM,
    *,
    events: Sequence[Event] = (),
    logs: Sequence[LogRecord] = (),
    start_ns: int = 0,
    parent: str = "",
    is_error: bool = False,
) -> Content:
    """The content of one span with these attributes; dicts and lists under `json:KEY` are sent as JSON."""
    said = {
        key.removeprefix("json:"): json.dumps(value) if key.startswith("json:") else value
        for key, value in attributes.items()
    }
    span = Span(TRACE, SPAN, parent, "x", start_ns=start_ns, attributes=said, events=tuple(events))
    failure = Failure("Error") if is_error else None
    return read_content(span, Observation(kind=kind, failure=failure), logs)


def log(event_name: str, body=None, time_ns: int = 0, observed_ns: int = 0, **attributes) -> LogRecord:
    return LogRecord(
        TRACE, SPAN, time_ns, observed_ns, event_name=event_name, body=body, attributes=attributes
    )


def told(messages: Sequence[Message]) -> list[tuple]:
    """(role, *parts) of each message."""
    return [(message.role, *message.parts) for message in messages]


def inputs(attributes: dict, kind: Kind = Kind.LLM, **kwargs) -> list[tuple]:
    return told(content_of(attributes, kind, **kwargs).input_messages)


def outputs(attributes: dict, kind: Kind = Kind.LLM, **kwargs) -> list[tuple]:
    return told(content_of(attributes, kind, **kwargs).output_messages)
