"""The one vocabulary of names for the texts of a span: views show them, citations name them, the verifier
looks them up.

- `name status_message error stack finish_reason tags parameters metadata`
- `input output`: what went in and came out, whatever the kind of span; `system`: the instructions
- `message[i]`: those that went in, then those that came out; with `.reasoning .tool_call[j].name
  .tool_call[j].arguments .tool_result[j] .media[j] .other[j]`
- `tool_call[j].name .arguments`: what a model asks for in its answer; `tool_result`: of a tool's span
- `document[i]` with `.id .metadata`; `tool_definition[i]` with `.description .parameters`
- `attribute.KEY`; `event[i].name`, `event[i].KEY`; `log[i].body`, `log[i].KEY`; `link[i].trace_id`, …;
  `resource.KEY`; `scope.name`, …

Every string of a span occurs in the last line as it was sent; the other names have the same, read.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from typing import Any

from halo_dash.model.message import Media, Message, Other, Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.observation import Content, Kind
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import Attributes, AttributeValue
from halo_dash.semconv import read_content

Named = tuple[str, str]


def field_texts(stored: StoredSpan) -> Mapping[str, str]:
    """Every text of a span by its name, what was said first, then as it was sent; without empty texts."""
    return texts_of(stored, read_content(stored.span, stored.observation, stored.logs))


def texts_of(stored: StoredSpan, content: Content) -> dict[str, str]:
    """The same where the span's content was read already."""
    found = dict(said_texts(stored, content))
    for name, text in sent_texts(stored):
        found.setdefault(name, text)
    return {name: text for name, text in found.items() if text}


def text_of(value: AttributeValue) -> str:
    """A value as a text: itself, or JSON on one line."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, default=_bytes)


def said_texts(stored: StoredSpan, content: Content) -> Iterator[Named]:
    """What a span says, as it is read; the shorthands (`input`, `output`, `system`, `tool_call`) last."""
    span, observation = stored.span, stored.observation
    yield "name", span.name
    yield "status_message", span.status_message
    if observation.failure is not None:
        yield "error", observation.failure.line
    messages = (*content.input_messages, *content.output_messages)
    for number, message in enumerate(messages):
        yield from _message(f"message[{number}]", message)
    for number, document in enumerate(content.documents):
        yield f"document[{number}]", document.content or ""
        yield f"document[{number}].id", document.id or ""
        yield from _value(f"document[{number}].metadata", document.metadata)
    for number, tool in enumerate(content.tool_definitions):
        yield f"tool_definition[{number}]", tool.name
        yield f"tool_definition[{number}].description", tool.description or ""
        yield from _value(f"tool_definition[{number}].parameters", tool.parameters)
    yield from _value("parameters", content.parameters)
    yield from _value("metadata", content.metadata)
    yield "tags", ", ".join(content.tags)
    yield "finish_reason", content.finish_reason or ""
    yield "stack", content.stack or ""
    yield from _shorthands(stored, content)


def _shorthands(stored: StoredSpan, content: Content) -> Iterator[Named]:
    inputs, outputs = content.input_messages, content.output_messages
    yield "system", "\n".join(_plain(each) for each in inputs if each.role == "system")
    if content.input is not None:
        yield "input", text_of(content.input)
    else:
        yield "input", next((_plain(each) for each in reversed(inputs) if each.role == "user"), "")
    output = (
        "\n".join(filter(None, map(_plain, outputs))) if content.output is None else text_of(content.output)
    )
    yield "output", output
    calls = [part for each in outputs for part in each.parts if isinstance(part, ToolCall)]
    for number, call in enumerate(calls):
        yield from _call(f"tool_call[{number}]", call)
    if stored.observation.kind is Kind.TOOL:
        yield "tool_result", output


def _message(name: str, message: Message) -> Iterator[Named]:
    yield name, _plain(message)
    yield f"{name}.reasoning", "\n".join(part.text for part in message.parts if isinstance(part, Reasoning))
    numbers = dict.fromkeys(("tool_call", "tool_result", "media", "other"), 0)
    for part in message.parts:
        kind = _KINDS.get(type(part))
        if kind is None:
            continue
        place = f"{name}.{kind}[{numbers[kind]}]"
        numbers[kind] += 1
        if isinstance(part, ToolCall):
            yield from _call(place, part)
        elif isinstance(part, ToolResult):
            yield from _value(place, part.content)
        elif isinstance(part, Media):
            yield place, part.uri or part.data or part.mime or ""
        elif isinstance(part, Other):
            yield from _value(place, part.raw)


_KINDS: Mapping[type, str] = {
    ToolCall: "tool_call",
    ToolResult: "tool_result",
    Media: "media",
    Other: "other",
}


def _call(name: str, call: ToolCall) -> Iterator[Named]:
    yield f"{name}.name", call.name
    yield from _value(f"{name}.arguments", call.arguments)


def _plain(message: Message) -> str:
    return "\n".join(part.text for part in message.parts if isinstance(part, Text))


def sent_texts(stored: StoredSpan) -> Iterator[Named]:
    """Everything a span was sent with, under the names of OpenTelemetry."""
    span = stored.span
    yield from _attributes("attribute", span.attributes)
    yield "trace_state", span.trace_state
    for number, event in enumerate(span.events):
        yield f"event[{number}].name", event.name
        yield from _attributes(f"event[{number}]", event.attributes)
    for number, link in enumerate(span.links):
        yield f"link[{number}].trace_id", link.trace_id
        yield f"link[{number}].span_id", link.span_id
        yield f"link[{number}].trace_state", link.trace_state
        yield from _attributes(f"link[{number}]", link.attributes)
    for number, record in enumerate(stored.logs):
        yield f"log[{number}].event_name", record.event_name
        yield f"log[{number}].severity_text", record.severity_text
        yield from _value(f"log[{number}].body", record.body)
        yield from _attributes(f"log[{number}]", record.attributes)
    yield from _attributes("resource", span.resource.attributes)
    yield "scope.name", span.scope.name
    yield "scope.version", span.scope.version
    yield from _attributes("scope", span.scope.attributes)


def _attributes(name: str, attributes: Attributes) -> Iterator[Named]:
    for key, value in attributes.items():
        yield from _value(f"{name}.{key}", value)


def _value(name: str, value: AttributeValue) -> Iterator[Named]:
    if value is not None:
        yield name, text_of(value)


def _bytes(value: Any) -> str:
    return base64.b64encode(value).decode() if isinstance(value, bytes) else str(value)
