"""Messages in events: GenAI log records of both generations, span events, and pydantic-ai's `events` list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from halo_dash.model.message import Message, Role
from halo_dash.model.span import Attributes, AttributeValue, Event, LogRecord
from halo_dash.semconv.attributes import items, mapping, string
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.messages.conversation import read_item, read_list
from halo_dash.semconv.messages.message import read_message
from halo_dash.semconv.messages.requests import read_request
from halo_dash.semconv.messages.responses import read_response

DETAILS_EVENT = "gen_ai.client.inference.operation.details"
_CHOICE = "gen_ai.choice"
_ROLES: dict[str, Role] = {
    "gen_ai.system.message": "system",
    "gen_ai.user.message": "user",
    "gen_ai.assistant.message": "assistant",
    "gen_ai.tool.message": "tool",
}


@dataclass(slots=True)
class Exchange:
    """What went into a model call and what came out of it."""

    inputs: list[Message] = field(default_factory=list)
    outputs: list[Message] = field(default_factory=list)


def read_event_list(value: AttributeValue) -> Exchange:
    """pydantic-ai v1: a JSON list of events, told apart by their `event.name`."""
    exchange = Exchange()
    for raw in items(parse(value)):
        fields = mapping(raw)
        _add(exchange, string(fields.get("event.name")) or "", fields)
    return exchange


def read_logs(logs: Sequence[LogRecord]) -> Exchange:
    """GenAI log records, in the order they were emitted (time, then position in the request)."""
    exchange = Exchange()
    for record in sorted(logs, key=lambda record: record.order_ns):
        name = log_event_name(record)
        if name == DETAILS_EVENT:
            _add_details(exchange, [record.attributes, mapping(parse(record.body))])
        else:
            body = record.body
            _add(exchange, name, body if body is not None else record.attributes)
    return exchange


def log_event_name(record: LogRecord) -> str:
    """The event's name: the field, or the attribute of senders older than it."""
    return record.event_name or string(record.attributes.get("event.name")) or ""


def read_span_events(events: Iterable[Event]) -> Exchange:
    """Span events: `gen_ai.content.prompt`/`.completion`, and message events (body in an attribute)."""
    exchange = Exchange()
    for event in events:
        said = event.attributes
        if event.name == "gen_ai.content.prompt":
            prompt = said.get("gen_ai.prompt")
            exchange.inputs += read_request(prompt) or _plain(prompt, "user")
        elif event.name == "gen_ai.content.completion":
            completion = said.get("gen_ai.completion")
            exchange.outputs += read_response(completion) or _plain(completion, "assistant")
        elif event.name == DETAILS_EVENT:
            _add_details(exchange, [said])
        elif event.name == _CHOICE or event.name in _ROLES:
            body = said.get("gen_ai.event.content")
            _add(exchange, event.name, parse(body) if body is not None else said)
    return exchange


def _add(exchange: Exchange, name: str, body: AttributeValue) -> None:
    fields = _body_fields(body)
    if name == _CHOICE:
        exchange.outputs += _choice(fields)
    elif name in _ROLES:
        message = read_message({"role": _ROLES[name], **fields}, _ROLES[name])
        if message:
            exchange.inputs.append(message)


def _plain(value: AttributeValue, role: Role) -> list[Message]:
    """A prompt or completion that is just text."""
    text = value if isinstance(parse(value), str) else None
    message = read_message({"role": role, "content": text}, role)
    return [message] if message else []


def _body_fields(body: AttributeValue) -> dict[str, AttributeValue]:
    parsed = parse(body)
    if isinstance(parsed, dict):
        return {key: value for key, value in parsed.items() if not (key == "role" and value is None)}
    return {"content": parsed}


def _choice(fields: dict[str, AttributeValue]) -> list[Message]:
    inner = parse(fields.get("message"))
    reason = string(fields.get("finish_reason"))
    if isinstance(inner, dict):
        message = read_message({"role": "assistant", **inner, "finish_reason": reason}, "assistant")
        return [message] if message else []
    content = inner if inner is not None else fields.get("content")
    flat = {"role": "assistant", **fields, "content": content, "finish_reason": reason}
    return read_item(flat, "assistant")


def _add_details(exchange: Exchange, levels: Sequence[Attributes]) -> None:
    for said in levels:
        exchange.inputs += read_list(said.get("gen_ai.input.messages"), "user")
        exchange.outputs += read_list(said.get("gen_ai.output.messages"), "assistant")
