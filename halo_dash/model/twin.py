"""The JSON of traces, spans, threads and statistics: one shape for pages and command line.

Everything here returns plain `dict`/`list`/`str`/number/`None`, ready for any JSON writer. Bytes become
base64 and the numbers JSON lacks become `"NaN"`, `"Infinity"`, `"-Infinity"`, as in OTLP/JSON.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeAlias

from halo_dash.model.message import Media, Message, Other, Reasoning, Text, ThreadItem, ToolCall, ToolResult
from halo_dash.model.observation import Content, Failure, Observation, Usage
from halo_dash.model.page import StoredSpan, TracePage
from halo_dash.model.span import AttributeValue, LogRecord, Resource, Scope, Span
from halo_dash.model.stats import StoreStats
from halo_dash.model.trace import Resolved, TraceRow

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_NS = 253_402_300_799_999_999_999
"""The end of the year 9999, the last that ISO 8601 text can hold."""


def iso_time(time_ns: int) -> str:
    """Nanoseconds since the epoch as UTC text: `2026-11-20T06:07:01.123456Z`, to the microsecond."""
    moment = _EPOCH + timedelta(microseconds=min(max(time_ns, 0), _LAST_NS) // 1000)
    return moment.isoformat(timespec="microseconds").replace("+00:00", "Z")


def json_value(value: AttributeValue) -> Json:
    """An attribute value as JSON; lossless but for bytes and non-finite numbers, which become text."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"
    if isinstance(value, dict):
        return {key: json_value(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [json_value(inner) for inner in value]
    return value


def trace_json(row: TraceRow, now_ns: int) -> dict[str, Json]:
    """One trace of the list; also the head of `/traces/{id}.json`."""
    s = row.summary
    status = row.status(now_ns)
    agent_id, agent_name = s.agents[0] if s.agents else (None, None)
    return {
        "trace_id": s.trace_id,
        "name": s.name,
        "kind": s.kind.value,
        "start": iso_time(s.start_ns),
        "start_ns": s.start_ns,
        "end_ns": s.end_ns,
        "duration_ms": (s.end_ns - s.start_ns) / 1e6,
        "status": status,
        "effective_status": "error" if s.is_error else "ok",
        "recovered": s.is_recovered,
        "incomplete": s.is_open and status != "running",
        "failure": _failure(s.failure, span_id=s.failed_span_id, name=s.failed_name),
        "root_span_id": s.root_span_id,
        "span_count": s.span_count,
        "error_count": s.error_count,
        "orphan_count": s.orphan_count,
        "llm_calls": s.llm_calls,
        "tool_calls": s.tool_calls,
        "tokens": tokens_json(s.usage),
        "cost_usd": s.cost_usd,
        "cost_is_partial": s.cost_is_partial,
        "service": s.services[0] if s.services else None,
        "services": list(s.services),
        "environment": s.environment,
        "agent_id": agent_id,
        "agent_name": agent_name,
        "agents": [{"agent_id": id_, "agent_name": name} for id_, name in s.agents],
        "session_id": s.session_id,
        "user_id": s.user_id,
        "models": list(s.models),
        "providers": list(s.providers),
        "tools": list(s.tools),
        "input_preview": s.input_preview,
        "output_preview": s.output_preview,
        "source": row.source,
    }


def page_json(page: TracePage, now_ns: int, *, with_facets: bool = True) -> dict[str, Json]:
    """`/traces.json`: one page of the list, with totals over the whole selection."""
    t = page.totals
    out: dict[str, Json] = {
        "items": [trace_json(row, now_ns) for row in page.items],
        "next_cursor": page.next_cursor,
        "total": t.traces,
        "totals": {
            "traces": t.traces,
            "failed": t.failed,
            "recovered": t.recovered,
            "running": t.running,
            "spans": t.spans,
            "errors": t.errors,
            "llm_calls": t.llm_calls,
            "tokens": tokens_json(t.usage),
            "cost_usd": t.cost_usd,
            "cost_is_partial": t.cost_is_partial,
            "p50_duration_ms": None if t.p50_duration_ns is None else t.p50_duration_ns / 1e6,
        },
    }
    if with_facets:
        out["facets"] = {
            name: [{"value": v.value, "count": v.count} for v in values]
            for name, values in page.facets.items()
        }
    return out


def stats_json(stats: StoreStats) -> dict[str, Json]:
    """`/stats.json`."""
    return {
        "spans": stats.spans,
        "traces": stats.traces,
        "sessions": stats.sessions,
        "agents": stats.agents,
        "indexed_spans": stats.indexed_spans,
        "index_lag_s": stats.index_lag_s,
        "store_bytes": stats.store_bytes,
        "oldest": None if stats.oldest_ns is None else iso_time(stats.oldest_ns),
        "newest": None if stats.newest_ns is None else iso_time(stats.newest_ns),
    }


def tokens_json(usage: Usage) -> dict[str, Json]:
    """Tokens, null where nobody said."""
    return {
        "input": usage.input,
        "output": usage.output,
        "total": usage.total,
        "cache_read": usage.cache_read,
        "cache_write": usage.cache_write,
        "reasoning": usage.reasoning,
    }


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
        "failure": _failure((resolved.failure if resolved else None) or seen.failure),
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


def message_json(message: Message) -> dict[str, Json]:
    """A message with its parts, each of a `type`: text, reasoning, tool_call, tool_result, media or other."""
    parts: list[Json] = []
    for part in message.parts:
        match part:
            case Text(text=text):
                parts.append({"type": "text", "text": text})
            case Reasoning(text=text):
                parts.append({"type": "reasoning", "text": text})
            case ToolCall():
                parts.append({"type": "tool_call", **_call_json(part)})
            case ToolResult():
                result = {"id": part.id, "name": part.name, "content": json_value(part.content)}
                parts.append({"type": "tool_result", **result})
            case Media():
                parts.append({"type": "media", "mime": part.mime, "uri": part.uri, "data": part.data})
            case Other(raw=raw):
                parts.append({"type": "other", "raw": json_value(raw)})
    return {
        "role": message.role,
        "name": message.name,
        "finish_reason": message.finish_reason,
        "parts": parts,
    }


def thread_json(items: Sequence[ThreadItem]) -> dict[str, Json]:
    """`/traces/{id}/thread.json`: each thing said, once, in order; each tool result is an item of its own."""
    out: list[Json] = []
    for item in items:
        results = [part for part in item.parts if isinstance(part, ToolResult)]
        rest = [part for part in item.parts if not isinstance(part, ToolResult)]
        if rest or not results:
            texts = [part.text for part in rest if isinstance(part, Text)]
            texts += [as_text(part.raw) for part in rest if isinstance(part, Other)]
            calls: list[Json] = [_call_json(part) for part in rest if isinstance(part, ToolCall)]
            out.append(_thread_item(item, "\n".join(texts), calls=calls))
        out.extend(
            _thread_item(item, as_text(result.content), name=result.name, call_id=result.id)
            for result in results
        )
    return {"items": out}


def as_text(value: AttributeValue) -> str:
    """A value as a person reads it: a string as it is, anything else as compact JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(json_value(value), ensure_ascii=False, separators=(",", ":"))


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


def _thread_item(
    item: ThreadItem,
    text: str,
    *,
    calls: list[Json] | None = None,
    name: str | None = None,
    call_id: str | None = None,
) -> dict[str, Json]:
    reasoning: list[Json] = [part.text for part in item.parts if isinstance(part, Reasoning)]
    media: list[Json] = [
        {"mime": part.mime, "uri": part.uri, "data": part.data}
        for part in item.parts
        if isinstance(part, Media)
    ]
    extra: Mapping[str, list[Json]] = {"reasoning": reasoning, "media": media} if calls is not None else {}
    return {
        "role": item.role,
        "text": text,
        "tool_calls": calls or [],
        "tool_name": name,
        "tool_call_id": call_id,
        "status": "error" if item.is_error else "ok",
        "span_id": item.span_id,
        "agent_name": item.agent_name,
        "start_ns": item.start_ns,
        **{key: value for key, value in extra.items() if value},
    }


def _call_json(call: ToolCall) -> dict[str, Json]:
    return {"id": call.id, "name": call.name, "arguments": json_value(call.arguments)}


def _failure(
    failure: Failure | None, *, span_id: str | None = None, name: str | None = None
) -> dict[str, Json] | None:
    if failure is None:
        return None
    out: dict[str, Json] = {"type": failure.type, "message": failure.message, "full_type": failure.full_type}
    return {**out, "span_id": span_id, "name": name} if span_id else out
