"""Every field OTLP defines has a place in the model: walked from the protobuf descriptors themselves."""

from __future__ import annotations

from typing import Any

import pytest
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.logs.v1 import logs_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from halo_dash.model import span as model
from halo_dash.otlp import decode_logs, decode_traces, encode_traces

PLACES: dict[str, dict[str, str]] = {
    "Span": {
        "trace_id": "Span.trace_id",
        "span_id": "Span.span_id",
        "trace_state": "Span.trace_state",
        "parent_span_id": "Span.parent_span_id",
        "flags": "Span.flags",
        "name": "Span.name",
        "kind": "Span.kind",
        "start_time_unix_nano": "Span.start_ns",
        "end_time_unix_nano": "Span.end_ns",
        "attributes": "Span.attributes",
        "dropped_attributes_count": "Span.dropped_attributes_count",
        "events": "Span.events",
        "dropped_events_count": "Span.dropped_events_count",
        "links": "Span.links",
        "dropped_links_count": "Span.dropped_links_count",
        "status": "Span.status_code",
    },
    "Event": {
        "time_unix_nano": "Event.time_ns",
        "name": "Event.name",
        "attributes": "Event.attributes",
        "dropped_attributes_count": "Event.dropped_attributes_count",
    },
    "Link": {
        "trace_id": "Link.trace_id",
        "span_id": "Link.span_id",
        "trace_state": "Link.trace_state",
        "attributes": "Link.attributes",
        "dropped_attributes_count": "Link.dropped_attributes_count",
        "flags": "Link.flags",
    },
    "Status": {"message": "Span.status_message", "code": "Span.status_code"},
    "ResourceSpans": {
        "resource": "Span.resource",
        "scope_spans": "Span.scope",
        "schema_url": "Resource.schema_url",
    },
    "ScopeSpans": {"scope": "Span.scope", "spans": "Span.span_id", "schema_url": "Scope.schema_url"},
    "ResourceLogs": {
        "resource": "LogRecord.resource",
        "scope_logs": "LogRecord.scope",
        "schema_url": "Resource.schema_url",
    },
    "ScopeLogs": {
        "scope": "LogRecord.scope",
        "log_records": "LogRecord.span_id",
        "schema_url": "Scope.schema_url",
    },
    "Resource": {
        "attributes": "Resource.attributes",
        "dropped_attributes_count": "Resource.dropped_attributes_count",
        "entity_refs": "Resource.entity_refs",
    },
    "EntityRef": {
        "schema_url": "EntityRef.schema_url",
        "type": "EntityRef.type",
        "id_keys": "EntityRef.id_keys",
        "description_keys": "EntityRef.description_keys",
    },
    "InstrumentationScope": {
        "name": "Scope.name",
        "version": "Scope.version",
        "attributes": "Scope.attributes",
        "dropped_attributes_count": "Scope.dropped_attributes_count",
    },
    "LogRecord": {
        "time_unix_nano": "LogRecord.time_ns",
        "observed_time_unix_nano": "LogRecord.observed_ns",
        "severity_number": "LogRecord.severity_number",
        "severity_text": "LogRecord.severity_text",
        "body": "LogRecord.body",
        "attributes": "LogRecord.attributes",
        "dropped_attributes_count": "LogRecord.dropped_attributes_count",
        "flags": "LogRecord.flags",
        "trace_id": "LogRecord.trace_id",
        "span_id": "LogRecord.span_id",
        "event_name": "LogRecord.event_name",
    },
    "AnyValue": {
        # each kind is the natural Python value
        "string_value": "Span.attributes",
        "bool_value": "Span.attributes",
        "int_value": "Span.attributes",
        "double_value": "Span.attributes",
        "array_value": "Span.attributes",
        "kvlist_value": "Span.attributes",
        "bytes_value": "Span.attributes",
    },
    "KeyValue": {"key": "Span.attributes", "value": "Span.attributes"},
}
PROFILES_ONLY = {("AnyValue", "string_value_strindex"), ("KeyValue", "key_strindex")}
"""They index the string table of the profiles signal; OTLP forbids them in traces and logs."""

MESSAGES: list[type[Message]] = [
    trace_pb2.Span,
    trace_pb2.Span.Event,
    trace_pb2.Span.Link,
    trace_pb2.Status,
    trace_pb2.ResourceSpans,
    trace_pb2.ScopeSpans,
    logs_pb2.ResourceLogs,
    logs_pb2.ScopeLogs,
    logs_pb2.LogRecord,
    resource_pb2.Resource,
    common_pb2.EntityRef,
    common_pb2.InstrumentationScope,
    common_pb2.AnyValue,
    common_pb2.KeyValue,
]


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.DESCRIPTOR.name)
def test_every_field_has_a_place(message: type[Message]) -> None:
    name = message.DESCRIPTOR.name
    for field in message.DESCRIPTOR.fields:
        if (name, field.name) in PROFILES_ONLY:
            continue
        assert field.name in PLACES[name], f"OTLP has a field {name}.{field.name} that halo-dash would lose"
        owner, attribute = PLACES[name][field.name].split(".")
        assert attribute in getattr(model, owner).__dataclass_fields__


def fill(message: Message, counter: list[int], depth: int = 0) -> None:
    """Set every field to a value of its own. A oneof can hold one; `attributes` below covers the others."""
    name = message.DESCRIPTOR.name
    for field in message.DESCRIPTOR.fields:
        if (name, field.name) in PROFILES_ONLY or (name == "AnyValue" and field.name != "string_value"):
            continue
        counter[0] += 1
        value: Any = {
            FieldDescriptor.CPPTYPE_STRING: f"text {counter[0]}",
            FieldDescriptor.CPPTYPE_BOOL: True,
            FieldDescriptor.CPPTYPE_DOUBLE: counter[0] + 0.5,
            FieldDescriptor.CPPTYPE_ENUM: 2,
        }.get(field.cpp_type, counter[0])
        if field.type == FieldDescriptor.TYPE_BYTES:
            value = bytes([1 + counter[0] % 255]) * (16 if field.name == "trace_id" else 8)
        if field.message_type is not None:
            target = getattr(message, field.name)
            fill(target.add() if field.is_repeated else target, counter, depth + 1)
        elif field.is_repeated:
            getattr(message, field.name).append(value)
        else:
            setattr(message, field.name, value)


def test_a_request_with_every_field_set_comes_back_the_same() -> None:
    request = ExportTraceServiceRequest()
    fill(request, [0])
    for encoding in ("protobuf", "json"):
        spans = list(decode_traces(request.SerializeToString(), "protobuf"))
        again = encode_traces(list(decode_traces(encode_traces(spans, encoding), encoding)), "protobuf")
        assert ExportTraceServiceRequest.FromString(again) == request


def test_a_log_request_with_every_field_set_is_read_whole() -> None:
    request = ExportLogsServiceRequest()
    fill(request, [0])
    (record,) = decode_logs(request.SerializeToString(), "protobuf")
    defaults = model.LogRecord(trace_id="", span_id="")
    for name in model.LogRecord.__dataclass_fields__:
        assert getattr(record, name) != getattr(defaults, name), f"LogRecord.{name} was not read"
