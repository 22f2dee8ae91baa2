"""The JSON of figures over many traces: agents, their overviews, groups of runs."""

from __future__ import annotations

from itertools import pairwise

from halo_dash.model.figures import AgentRow, DearCall, Figures, Group, Latency, Overview, SpanRef, Step
from halo_dash.model.twin.values import Json, iso_time, tokens_json


def figures_json(figures: Figures) -> dict[str, Json]:
    """Sums over runs; null is what nobody said, or what nothing judges yet."""
    return {
        "runs": figures.runs,
        "failed": figures.failed,
        "recovered": figures.recovered,
        "effectively_failed": figures.effectively_failed,
        "error_rate": figures.error_rate,
        "llm_calls": figures.llm_calls,
        "tool_calls": figures.tool_calls,
        "tokens": tokens_json(figures.usage),
        "cost_usd": figures.cost_usd,
        "cost_is_partial": figures.cost_is_partial,
        "unpriced_calls": figures.unpriced_calls,
        "duration_ms": latency_json(figures.latency),
    }


def latency_json(latency: Latency) -> dict[str, Json]:
    """Durations in milliseconds."""
    return {
        "p50": _ms(latency.p50_ns),
        "p95": _ms(latency.p95_ns),
        "p99": _ms(latency.p99_ns),
        "mean": _ms(latency.mean_ns),
    }


def agent_json(row: AgentRow) -> dict[str, Json]:
    """One agent of `/agents.json`: who it is, and its figures within the selection."""
    return {
        "key": row.key,
        "agent_id": row.agent_id,
        "agent_name": row.name,
        "other_names": list(row.other_names),
        "role": row.role,
        "version": row.version,
        "framework": row.framework,
        "first_seen": iso_time(row.first_seen_ns),
        "first_seen_ns": row.first_seen_ns,
        "last_seen": iso_time(row.last_seen_ns),
        "last_seen_ns": row.last_seen_ns,
        "figures": figures_json(row.figures),
        "runs_by_bucket": list(row.runs_by_bucket),
        "failed_by_bucket": list(row.failed_by_bucket),
    }


def overview_json(overview: Overview) -> dict[str, Json]:
    """Everything an overview shows; bucket by bucket, dimension by dimension."""
    return {
        "figures": figures_json(overview.total),
        "first": None if overview.first_ns is None else iso_time(overview.first_ns),
        "last": None if overview.last_ns is None else iso_time(overview.last_ns),
        "buckets": [
            {"from": iso_time(start), "to": iso_time(end), "figures": figures_json(figures)}
            for (start, end), figures in zip(pairwise(overview.edges_ns), overview.buckets, strict=True)
        ],
        "groups": {
            dimension: [_group_json(group) for group in groups]
            for dimension, groups in overview.groups.items()
        },
        "steps": [step_json(step) for step in overview.steps],
        "failing_tools": [step_json(step) for step in overview.failing_tools],
        "dear_calls": [_dear_call_json(call) for call in overview.dear_calls],
        "versions": [
            {"version": mark.version, "first": iso_time(mark.first_ns)} for mark in overview.versions
        ],
    }


def step_json(step: Step) -> dict[str, Json]:
    """One model, tool or part of a chain; durations in milliseconds."""
    return {
        "kind": step.kind.value,
        "label": step.label,
        "calls": step.calls,
        "errors": step.errors,
        "runs": step.runs,
        "total_ms": step.total_ns / 1e6,
        "duration_ms": latency_json(step.latency),
        "cost_usd": step.cost_usd,
        "slowest": None if step.slowest is None else _ref_json(step.slowest),
    }


def _group_json(group: Group) -> dict[str, Json]:
    return {"value": group.value, "figures": figures_json(group.figures)}


def _dear_call_json(call: DearCall) -> dict[str, Json]:
    return {
        **_ref_json(call.ref),
        "start": iso_time(call.start_ns),
        "model": call.model,
        "tokens": tokens_json(call.usage),
        "cost_usd": call.cost_usd,
        "question": call.question,
    }


def _ref_json(ref: SpanRef) -> dict[str, Json]:
    return {"trace_id": ref.trace_id, "span_id": ref.span_id}


def _ms(ns: int | None) -> float | None:
    return None if ns is None else ns / 1e6
