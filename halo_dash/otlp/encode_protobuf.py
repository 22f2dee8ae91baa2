"""Spans as a protobuf `ExportTraceServiceRequest`."""

from __future__ import annotations

from collections.abc import Sequence

from google.protobuf.internal.containers import RepeatedCompositeFieldContainer
from google.protobuf.message import EncodeError
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import Span as SpanMessage

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import Attributes, Resource, Scope, Span
from halo_dash.otlp.anyvalue import clean_text, write_value


def write(groups: Sequence[tuple[Resource, Sequence[tuple[Scope, Sequence[Span]]]]]) -> bytes:
    """The request's bytes."""
    request = ExportTraceServiceRequest()
    for resource, scopes in groups:
        outer = request.resource_spans.add(schema_url=clean_text(resource.schema_url))
        _attributes(outer.resource.attributes, resource.attributes)
        outer.resource.dropped_attributes_count = resource.dropped_attributes_count
        for ref in resource.entity_refs:
            outer.resource.entity_refs.add(
                type=ref.type,
                schema_url=ref.schema_url,
                id_keys=ref.id_keys,
                description_keys=ref.description_keys,
            )
        for scope, spans in scopes:
            inner = outer.scope_spans.add(schema_url=clean_text(scope.schema_url))
            inner.scope.name = clean_text(scope.name)
            inner.scope.version = clean_text(scope.version)
            inner.scope.dropped_attributes_count = scope.dropped_attributes_count
            _attributes(inner.scope.attributes, scope.attributes)
            for span in spans:
                _span(inner.spans.add(), span)
    try:
        return request.SerializeToString()
    except EncodeError as error:
        raise InvalidInputError(f"the spans cannot be written as OTLP: {error}") from error


def _attributes(target: RepeatedCompositeFieldContainer[KeyValue], attributes: Attributes) -> None:
    for key, value in attributes.items():
        write_value(target.add(key=clean_text(key)).value, value)


def _span(pb: SpanMessage, span: Span) -> None:
    pb.trace_id = bytes.fromhex(span.trace_id)
    pb.span_id = bytes.fromhex(span.span_id)
    pb.parent_span_id = bytes.fromhex(span.parent_span_id)
    pb.trace_state = clean_text(span.trace_state)
    pb.flags = span.flags
    pb.name = clean_text(span.name)
    pb.kind = SpanMessage.SpanKind.ValueType(span.kind)
    pb.start_time_unix_nano = span.start_ns
    pb.end_time_unix_nano = span.end_ns
    if span.status_code or span.status_message:
        pb.status.code = span.status_code  # type: ignore[assignment] # an open enum: unknown numbers are kept
        pb.status.message = clean_text(span.status_message)
    pb.dropped_attributes_count = span.dropped_attributes_count
    pb.dropped_events_count = span.dropped_events_count
    pb.dropped_links_count = span.dropped_links_count
    _attributes(pb.attributes, span.attributes)
    for event in span.events:
        entry = pb.events.add(
            time_unix_nano=event.time_ns,
            name=clean_text(event.name),
            dropped_attributes_count=event.dropped_attributes_count,
        )
        _attributes(entry.attributes, event.attributes)
    for link in span.links:
        target = pb.links.add(
            trace_id=bytes.fromhex(link.trace_id),
            span_id=bytes.fromhex(link.span_id),
            trace_state=clean_text(link.trace_state),
            dropped_attributes_count=link.dropped_attributes_count,
            flags=link.flags,
        )
        _attributes(target.attributes, link.attributes)
