"""Short ways to make spans for tests of what they mean."""

from __future__ import annotations

from typing import Any

from halo_dash.model.observation import Failure, Kind, Observation, Usage
from halo_dash.model.span import Event, Resource, Scope, Span
from halo_dash.model.trace import SpanReading


def span(attributes: dict[str, Any] | None = None, **fields: Any) -> Span:
    """A span below some parent, with these attributes."""
    resource, scope = fields.pop("resource", {}), fields.pop("scope", "")
    given: dict[str, Any] = {
        "name": "work",
        "parent_span_id": "00000000000000aa",
        "start_ns": 10,
        "end_ns": 20,
    }
    return Span(
        trace_id="0" * 31 + "1",
        span_id="00000000000000bb",
        attributes=attributes or {},
        resource=Resource(resource),
        scope=Scope(scope),
        **(given | fields),
    )


def exception(type: str, message: str = "") -> Event:  # noqa: A002 - OpenTelemetry's own word
    """An exception event as SDKs record it."""
    return Event(15, "exception", {"exception.type": type, "exception.message": message})


def read(
    span_id: str,
    parent: str = "",
    kind: Kind = Kind.SPAN,
    *,
    at: int = 0,
    scope: str = "",
    tokens: int | None = None,
    failure: str | None = None,
    **observed: Any,
) -> SpanReading:
    """The reading of one span; `tokens` in (and none out), `failure` is the message of an `Oops`."""
    observation = Observation(
        kind=kind,
        usage=Usage() if tokens is None else Usage(input=tokens, output=0, total=tokens),
        failure=None if failure is None else Failure("Oops", failure, "Oops"),
        **observed,
    )
    start = 1_000 + at
    return SpanReading(span_id, parent, span_id, start, start + 100, scope, observation, at)
