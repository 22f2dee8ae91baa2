"""A trace of the list, a page of them, the store in figures."""

from __future__ import annotations

from halo_dash.model.page import TracePage
from halo_dash.model.stats import StoreStats
from halo_dash.model.trace import TraceRow
from halo_dash.model.twin.findings import findings_json
from halo_dash.model.twin.found import matches_json, search_json
from halo_dash.model.twin.values import Json, failure_json, iso_time, tokens_json


def trace_json(row: TraceRow, now_ns: int) -> dict[str, Json]:
    """One trace of the list; also the head of `/traces/{id}.json`."""
    s = row.summary
    status, effective = row.status(now_ns), row.effective(now_ns)
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
        "effective_status": None if effective == "running" else effective,
        "recovered": s.is_recovered,
        "incomplete": s.is_open and status != "running",
        "failure": failure_json(s.failure, span_id=s.failed_span_id, name=s.failed_name),
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
        "pinned": row.is_pinned,
        "verdicts": list(row.verdicts),
        "tags": list(row.tags),
        "judged": row.judged is not None and not row.judged.is_partial,
        "findings": findings_json(row.judged),
    }


def page_json(page: TracePage, now_ns: int, *, with_facets: bool = True) -> dict[str, Json]:
    """`/traces.json`: one page of the list, with totals over the whole selection."""
    t = page.totals
    out: dict[str, Json] = {
        "items": [_found_json(row, page, now_ns) for row in page.items],
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
    if page.search is not None:
        out["search"] = search_json(page.search)
    if with_facets:
        out["facets"] = {
            name: [{"value": v.value, "count": v.count} for v in values]
            for name, values in page.facets.items()
        }
    return out


def _found_json(row: TraceRow, page: TracePage, now_ns: int) -> dict[str, Json]:
    found = page.matches.get(row.summary.trace_id)
    if found is None:
        return trace_json(row, now_ns)
    return {**trace_json(row, now_ns), **matches_json(found)}


def stats_json(stats: StoreStats) -> dict[str, Json]:
    """`/stats.json`."""
    return {
        "spans": stats.spans,
        "traces": stats.traces,
        "sessions": stats.sessions,
        "agents": stats.agents,
        "indexed_spans": stats.indexed_spans,
        "index_lag_s": stats.index_lag_s,
        "index_bytes": stats.index_bytes,
        "store_bytes": stats.store_bytes,
        "oldest": None if stats.oldest_ns is None else iso_time(stats.oldest_ns),
        "newest": None if stats.newest_ns is None else iso_time(stats.newest_ns),
    }
