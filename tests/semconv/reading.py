"""Reading hand-made spans in tests."""

from __future__ import annotations

import json
from collections.abc import Sequence

from halo_dash.model.message import Message
from halo_dash.model.observation import Content, Failure, Kind, Observation
from halo_dash.model.span import Event, LogRecord, Span
from halo_dash.semconv import read_content

TRACE, SPAN = "0" * 31 + "1", "0" * 15 + "1"


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
