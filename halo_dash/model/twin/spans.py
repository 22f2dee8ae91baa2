"""A span with everything OpenTelemetry says of it, and our reading of it."""

from __future__ import annotations

from halo_dash.model.observation import Content, Observation
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import LogRecord, Resource, Scope, Span
from halo_dash.model.trace import Resolved
from halo_dash.model.twin.messages import message_json
from halo_dash.model.twin.values import Json, failure_json, iso_time, json_value, tokens_json


def span_json(
    stored: StoredSpan, *, resolved: Resolved | None = None, content: Content | None = None
) -> dict[str, Json]:
    """One whole span: every OTLP field, then our reading of it. What was not passed is left out."""
    span, seen = stored.span, stored.observation
    return {
        **_otlp_json(span),
        "logs": [log_json(record) for record in stored.logs],
        **_observation_json(span, seen, resolved),
        **(content_json(content) if content is not None else {}),
    }


def _otlp_json(span: Span) -> dict[str, Json]:
    return {
        "trace_id": span.trace_id,
        "span_id": span.span_id,
        "parent_span_id": span.parent_span_id or None,
        "name": span.name,
        "start": iso_time(span.start_ns),
        "start_ns": span.start_ns,
        "end_ns": span.end_ns,
        "duration_ms": (span.end_ns - span.start_ns) / 1e6 if span.end_ns else None,
        "span_kind": span.kind,
        "status_code": span.status_code,
        "status_message": span.status_message,
        "trace_state": span.trace_state,
        "flags": span.flags,
        "attributes": json_value(span.attributes),
        "dropped_attributes_count": span.dropped_attributes_count,
        "events": [
            {
                "time": iso_time(event.time_ns),
                "time_ns": event.time_ns,
                "name": event.name,
                "attributes": json_value(event.attributes),
                "dropped_attributes_count": event.dropped_attributes_count,
            }
            for event in span.events
        ],
        "dropped_events_count": span.dropped_events_count,
        "links": [
            {
                "trace_id": link.trace_id,
                "span_id": link.span_id,
                "trace_state": link.trace_state,
                "attributes": json_value(link.attributes),
                "dropped_attributes_count": link.dropped_attributes_count,
                "flags": link.flags,
            }
            for link in span.links
        ],
        "dropped_links_count": span.dropped_links_count,
        "resource": resource_json(span.resource),
        "scope": scope_json(span.scope),
    }


def _observation_json(span: Span, seen: Observation, resolved: Resolved | None) -> dict[str, Json]:
    out: dict[str, Json] = {
        "kind": seen.kind.value,
        "status": "error" if seen.is_error else "ok" if span.end_ns else "running",
        "failure": failure_json((resolved.failure if resolved else None) or seen.failure),
        "dialect": seen.dialect,
        "model": seen.model,
        "request_model": seen.request_model,
        "provider": seen.provider,
        "tokens": tokens_json(seen.usage),
        "cost_usd": seen.cost_usd,
        "cost_reported": seen.cost_reported,
        "tool_name": seen.tool_name,
        "tool_call_id": seen.tool_call_id,
        "agent_id": resolved.agent_id if resolved else seen.agent_id,
        "agent_name": resolved.agent_name if resolved else seen.agent_name,
        "session_id": resolved.session_id if resolved else seen.session_id,
        "user_id": resolved.user_id if resolved else seen.user_id,
        "service": seen.service,
        "environment": seen.environment,
        "response_id": seen.response_id,
    }
    if resolved:
        out["is_counted"] = resolved.is_counted
        out["is_llm_call"] = resolved.is_llm_call
        out["is_error_origin"] = resolved.is_error_origin
    return out


def content_json(content: Content) -> dict[str, Json]:
    """What a span says. `input`/`output` fall back to its messages, so a model call has them too."""
    given = [message_json(message) for message in content.input_messages]
    said = [message_json(message) for message in content.output_messages]
    return {
        "input": json_value(content.input) if content.input is not None else list(given) or None,
        "output": json_value(content.output) if content.output is not None else list(said) or None,
        "input_messages": list(given),
        "output_messages": list(said),
        "documents": [
            {"id": d.id, "content": d.content, "score": d.score, "metadata": json_value(d.metadata)}
            for d in content.documents
        ],
        "tool_definitions": [
            {"name": t.name, "description": t.description, "parameters": json_value(t.parameters)}
            for t in content.tool_definitions
        ],
        "parameters": json_value(content.parameters),
        "finish_reason": content.finish_reason,
        "stack": content.stack,
        "is_streaming": content.is_streaming,
        "time_to_first_token_ns": content.time_to_first_token_ns,
        "tags": list(content.tags),
        "metadata": json_value(content.metadata),
    }


def log_json(record: LogRecord) -> dict[str, Json]:
    """A log record that belongs to a span."""
    return {
        "time_ns": record.time_ns,
        "observed_ns": record.observed_ns,
        "severity_number": record.severity_number,
        "severity_text": record.severity_text,
        "event_name": record.event_name,
        "body": json_value(record.body),
        "attributes": json_value(record.attributes),
        "dropped_attributes_count": record.dropped_attributes_count,
        "flags": record.flags,
        "resource": resource_json(record.resource),
        "scope": scope_json(record.scope),
    }


def resource_json(resource: Resource) -> dict[str, Json]:
    """Who sent a span."""
    return {
        "attributes": json_value(resource.attributes),
        "dropped_attributes_count": resource.dropped_attributes_count,
        "schema_url": resource.schema_url,
        "entity_refs": [
            {
                "type": ref.type,
                "schema_url": ref.schema_url,
                "id_keys": list(ref.id_keys),
                "description_keys": list(ref.description_keys),
            }
            for ref in resource.entity_refs
        ],
    }


def scope_json(scope: Scope) -> dict[str, Json]:
    """Which instrumentation made a span."""
    return {
        "name": scope.name,
        "version": scope.version,
        "attributes": json_value(scope.attributes),
        "dropped_attributes_count": scope.dropped_attributes_count,
        "schema_url": scope.schema_url,
    }
