"""What stands around the exchange: parameters, streaming, stack, tags and metadata."""

from __future__ import annotations

import math
from datetime import datetime

from halo_dash.model.span import AttributeValue, Span
from halo_dash.semconv.attributes import SaidAttributes, items, mapping, string
from halo_dash.semconv.embedded_json import compact, parse

_STREAMING_KEYS = ("gen_ai.request.stream", "gen_ai.is_streaming", "llm.is_streaming", "llm.streaming")
_FIRST_CHUNK_S_KEYS = ("gen_ai.response.time_to_first_chunk", "gen_ai.client.operation.time_to_first_chunk")
_FIRST_TOKEN_EVENT = "First Token Stream Event"  # noqa: S105 - the name OpenInference gives a span event
_NS_PER_S = 1_000_000_000
_NS_PER_MS = 1_000_000
_NOT_PARAMETERS = frozenset({"model", "stream", "encoding_formats"})
_TAG_KEYS = ("tag.tags", "tags", "langfuse.trace.tags")
_METADATA_PREFIXES = (
    "langfuse.trace.metadata.", "langfuse.observation.metadata.", "langsmith.metadata.",
    "ai.telemetry.metadata.", "traceloop.association.properties.",
)  # fmt: skip
_TRACEBACK = "Traceback (most recent call last)"


def read_parameters(said: SaidAttributes) -> AttributeValue:
    """The model's settings as an object, from the first convention that has any."""
    if parameters := mapping(said.json("llm.invocation_parameters")):
        return parameters
    for prefix in filter(said.has, ("gen_ai.request.", "ai.settings.")):
        found = {
            key[len(prefix) :]: parse(value)
            for key, value in said.own.items()
            if key.startswith(prefix) and key[len(prefix) :] not in _NOT_PARAMETERS and value is not None
        }
        if found:
            return found
    for key in ("langfuse.observation.model.parameters", "model_request_parameters"):
        if said.first(key) is not None:
            return said.json(key)
    return None


def read_is_streaming(said: SaidAttributes) -> bool | None:
    """Whether the answer was streamed; some senders write the word as a string."""
    value = said.first(*_STREAMING_KEYS)
    if isinstance(value, str):
        return {"true": True, "false": False}.get(value.strip().lower())
    return value if isinstance(value, bool) else None


def read_time_to_first_token_ns(span: Span, said: SaidAttributes) -> int | None:
    """Nanoseconds from the span's start to the first token; None where unknown or before the start."""
    seconds = _number(said.first(*_FIRST_CHUNK_S_KEYS))
    if seconds is not None:
        return _positive(seconds * _NS_PER_S)
    milliseconds = _number(said.first("ai.response.msToFirstChunk"))
    if milliseconds is not None:
        return _positive(milliseconds * _NS_PER_MS)
    stated = string(said.json("langfuse.observation.completion_start_time"))
    if stated is not None:
        started_ns = _time_ns(stated)
        return None if started_ns is None else _positive(started_ns - span.start_ns)
    first = next((event for event in span.events if event.name == _FIRST_TOKEN_EVENT), None)
    return None if first is None else _positive(first.time_ns - span.start_ns)


def _number(value: AttributeValue) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if math.isfinite(number) else None


def _positive(duration_ns: float) -> int | None:
    return int(duration_ns) if 0 <= duration_ns < math.inf else None


def _time_ns(text: str) -> int | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    if moment.tzinfo is None:
        return None
    try:
        return int(moment.timestamp() * 1_000_000) * 1_000
    except (OverflowError, ValueError, OSError):
        return None


def read_stack(span: Span, said: SaidAttributes) -> str | None:
    """The stack of the last exception; LangSmith puts it behind the message instead of beside it."""
    for event in reversed(span.events):
        if event.name == "exception" and (stack := string(event.attributes.get("exception.stacktrace"))):
            return stack
    if stack := said.text("exception.stacktrace", "error.stack_trace"):
        return stack
    messages = [
        span.status_message,
        *(string(event.attributes.get("exception.message")) for event in span.events),
    ]
    for message in messages:
        if message and _TRACEBACK in message:
            return message[message.index(_TRACEBACK) :]
    return None


def read_tags(span: Span, said: SaidAttributes) -> tuple[str, ...]:
    """The tags, in the order they were given, each once."""
    found: list[str] = []
    for key in _TAG_KEYS:
        found += [tag for tag in items(said.json(key)) if isinstance(tag, str)]
    found += [tag.strip() for tag in (said.text("langsmith.span.tags") or "").split(",")]
    for key, value in span.attributes.items() if said.has("mlflow.traceTag.") else ():
        if key.startswith("mlflow.traceTag."):
            found.append(f"{key.removeprefix('mlflow.traceTag.')}={compact(parse(value))}")
    return tuple(dict.fromkeys(tag for tag in found if tag))


def read_metadata(said: SaidAttributes) -> AttributeValue:
    """Everything senders filed as metadata, as one object; None where there is none."""
    merged: dict[str, AttributeValue] = dict(mapping(said.json("metadata")))
    for prefix in filter(said.has, _METADATA_PREFIXES):
        for key, value in said.own.items():
            if key.startswith(prefix) and value is not None:
                merged.setdefault(key[len(prefix) :], parse(value))
    return merged or None
