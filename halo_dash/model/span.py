"""OpenTelemetry's span, resource, scope and log record, field for field as OTLP defines them.

Ids are lower-case hex and opaque (HALO JSONL has 24-character span ids); times are integer
nanoseconds since the epoch. An attribute value is the natural Python value of an AnyValue:
`str bool int float bytes list dict None`. Nothing here interprets anything: that is `semconv`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from typing import TypeAlias

from halo_dash.model.quick import quick

AttributeValue: TypeAlias = (
    "str | bool | int | float | bytes | list[AttributeValue] | dict[str, AttributeValue] | None"
)
Attributes: TypeAlias = dict[str, AttributeValue]


class SpanKind(IntEnum):
    """OTLP `Span.SpanKind`. Unknown numbers are stored as they came and read as UNSPECIFIED."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class StatusCode(IntEnum):
    """OTLP `Status.StatusCode`."""

    UNSET = 0
    OK = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class EntityRef:
    """OTLP `EntityRef`: which resource attributes identify an entity."""

    type: str = ""
    schema_url: str = ""
    id_keys: tuple[str, ...] = ()
    description_keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Resource:
    """OTLP `Resource` with the schema URL of its `ResourceSpans`."""

    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    entity_refs: tuple[EntityRef, ...] = ()
    schema_url: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """OTLP `InstrumentationScope` with the schema URL of its `ScopeSpans`."""

    name: str = ""
    version: str = ""
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    schema_url: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """OTLP `Span.Event`."""

    time_ns: int
    name: str
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """OTLP `Span.Link`."""

    trace_id: str
    span_id: str
    trace_state: str = ""
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    flags: int = 0


EMPTY_RESOURCE = Resource()
EMPTY_SCOPE = Scope()


@quick
@dataclass(frozen=True, slots=True)
class Span:
    """One OTLP span. `parent_span_id` is `""` for a root; `end_ns` is 0 while it has not ended."""

    trace_id: str
    span_id: str
    parent_span_id: str = ""
    name: str = ""
    kind: int = 0
    start_ns: int = 0
    end_ns: int = 0
    status_code: int = 0
    status_message: str = ""
    trace_state: str = ""
    flags: int = 0
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    events: tuple[Event, ...] = ()
    dropped_events_count: int = 0
    links: tuple[Link, ...] = ()
    dropped_links_count: int = 0
    resource: Resource = EMPTY_RESOURCE
    scope: Scope = EMPTY_SCOPE


@dataclass(frozen=True, slots=True)
class LogRecord:
    """One OTLP log record that belongs to a span (both ids are always set).

    `time_ns` is 0 where the sender left it out (real SDKs do); order records by `order_ns`, then by
    position in the request.
    """

    trace_id: str
    span_id: str
    time_ns: int = 0
    observed_ns: int = 0
    severity_number: int = 0
    severity_text: str = ""
    event_name: str = ""
    body: AttributeValue = None
    attributes: Attributes = field(default_factory=dict)
    dropped_attributes_count: int = 0
    flags: int = 0
    resource: Resource = EMPTY_RESOURCE
    scope: Scope = EMPTY_SCOPE

    @property
    def order_ns(self) -> int:
        """When it happened: the event time, else the time it was observed."""
        return self.time_ns or self.observed_ns
