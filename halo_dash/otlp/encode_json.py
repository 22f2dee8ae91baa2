"""Spans as OTLP/JSON: hex ids, enums as numbers, 64-bit integers as strings, defaults left out.

(opentelemetry.io/docs/specs/otlp, "JSON Protobuf Encoding".)
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import orjson

from halo_dash.model.span import Attributes, AttributeValue, Event, Link, Resource, Scope, Span
from halo_dash.otlp.anyvalue import (
    DEPTH_BUDGET,
    INT64_MAX,
    INT64_MIN,
    LIST_COST,
    MAP_COST,
    check_budget,
    clean_text,
)

Json: TypeAlias = dict[str, Any]


def write(groups: Sequence[tuple[Resource, Sequence[tuple[Scope, Sequence[Span]]]]]) -> bytes:
    """The request's bytes: one line of UTF-8."""
    return orjson.dumps(
        {
            "resourceSpans": [
                {
                    "resource": _resource(resource),
                    "scopeSpans": [
                        {"scope": _scope(scope), "spans": [_span(span) for span in spans]}
                        | _stated({"schemaUrl": clean_text(scope.schema_url)})
                        for scope, spans in scopes
                    ],
                }
                | _stated({"schemaUrl": clean_text(resource.schema_url)})
                for resource, scopes in groups
            ]
        }
    )


def _stated(fields: Json) -> Json:
    """Without the fields that hold their default."""
    return {name: value for name, value in fields.items() if value}


def _resource(resource: Resource) -> Json:
    refs = [
        _stated(
            {
                "type": ref.type,
                "schemaUrl": ref.schema_url,
                "idKeys": list(ref.id_keys),
                "descriptionKeys": list(ref.description_keys),
            }
        )
        for ref in resource.entity_refs
    ]
    return _stated(
        {
            "attributes": _attributes(resource.attributes),
            "droppedAttributesCount": resource.dropped_attributes_count,
            "entityRefs": refs,
        }
    )


def _scope(scope: Scope) -> Json:
    return _stated(
        {
            "name": clean_text(scope.name),
            "version": clean_text(scope.version),
            "attributes": _attributes(scope.attributes),
            "droppedAttributesCount": scope.dropped_attributes_count,
        }
    )


def _span(span: Span) -> Json:
    status = _stated({"message": clean_text(span.status_message), "code": span.status_code})
    return {"traceId": span.trace_id.lower(), "spanId": span.span_id.lower()} | _stated(
        {
            "traceState": clean_text(span.trace_state),
            "parentSpanId": span.parent_span_id.lower(),
            "flags": span.flags,
            "name": clean_text(span.name),
            "kind": span.kind,
            "startTimeUnixNano": str(span.start_ns),
            "endTimeUnixNano": str(span.end_ns),
            "attributes": _attributes(span.attributes),
            "droppedAttributesCount": span.dropped_attributes_count,
            "events": [_event(event) for event in span.events],
            "droppedEventsCount": span.dropped_events_count,
            "links": [_link(link) for link in span.links],
            "droppedLinksCount": span.dropped_links_count,
            "status": status,
        }
    )


def _event(event: Event) -> Json:
    return {"timeUnixNano": str(event.time_ns)} | _stated(
        {
            "name": clean_text(event.name),
            "attributes": _attributes(event.attributes),
            "droppedAttributesCount": event.dropped_attributes_count,
        }
    )


def _link(link: Link) -> Json:
    return {"traceId": link.trace_id.lower(), "spanId": link.span_id.lower()} | _stated(
        {
            "traceState": clean_text(link.trace_state),
            "attributes": _attributes(link.attributes),
            "droppedAttributesCount": link.dropped_attributes_count,
            "flags": link.flags,
        }
    )


def _attributes(attributes: Attributes, budget: int = DEPTH_BUDGET) -> list[Json]:
    return [{"key": clean_text(key), "value": _value(value, budget)} for key, value in attributes.items()]


def _value(value: AttributeValue, budget: int) -> Json:  # noqa: PLR0911 - one return a kind of value
    if isinstance(value, str):
        return {"stringValue": clean_text(value)}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        # What no int64 holds is written as its digits, as the protobuf writer does.
        return {("intValue" if INT64_MIN <= value <= INT64_MAX else "stringValue"): str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _non_finite(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, list):
        check_budget(budget)
        return {"arrayValue": {"values": [_value(item, budget - LIST_COST) for item in value]}}
    if isinstance(value, dict):
        check_budget(budget)
        return {"kvlistValue": {"values": _attributes(value, budget - MAP_COST)}}
    return {}


def _non_finite(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"
