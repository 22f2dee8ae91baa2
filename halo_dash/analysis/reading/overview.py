"""The data set at a glance, in at most 20 KB: what every run begins with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from halo_dash.analysis.reading.reader import Reader
from halo_dash.analysis.reading.rows import cluster_json, share
from halo_dash.analysis.reading.shown import size
from halo_dash.model.clusters import ClusterPage
from halo_dash.model.figures import Figures, Overview, Samples, Step
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.insight import Insight
from halo_dash.model.page import FacetValue, TracePage
from halo_dash.model.twin.values import iso_time, tokens_json
from halo_dash.patterns.names import read_names
from halo_dash.patterns.reading import read_patterns

Json = dict[str, Any]

MOST_BYTES = 20_000
_STEPS = (12, 8, 5, 3, 1)
"""Values of each list; fewer where they are long."""
_FACETS = ("agent", "model", "provider", "service", "version", "environment", "kind", "source", "tag")
_LOOKED_AT = 200
"""Failed traces whose errors are counted by their class."""
_LONGEST = 160
_LEAST_JUDGED = 10
"""Judged runs below which nothing is called systemic."""


def overview(reader: Reader) -> Json:
    """Counts, period, who and what took part, failures, quantiles, examples."""
    store, selection = reader.store, reader.selection
    query = ListQuery(selection.filter, limit=1)
    page = store.traces.page(query, selection.now_ns)
    figures = store.figures.overview(selection.filter, selection.now_ns)
    samples = store.figures.samples(selection.filter, selection.now_ns)
    clusters = store.clusters.page(selection.filter, selection.now_ns, in_groups=True, described=_STEPS[0])
    whole = _whole(reader)
    insights = read_patterns(store, selection.filter, _LEAST_JUDGED, selection.now_ns).insights.items
    fixed: Json = {
        "read": _read(reader, page, figures),
        "quantiles": _quantiles(samples),
        "examples": _examples(reader),
    }
    out: Json = {}
    for most in _STEPS:
        out = fixed | {
            "agents_and_more": {
                name: _values(page.facets[name], most) for name in _FACETS if page.facets.get(name)
            },
            "sessions": _sessions(reader),
            "tools": _tools(figures, most),
            "failures": _failures(reader, page, clusters, whole, most),
            "insights": [_insight(each) for each in insights[: most // 2]],
        }
        if size(out) <= MOST_BYTES:
            break
    return out


def _read(reader: Reader, page: TracePage, figures: Overview) -> Json:
    selection, totals = reader.selection, page.totals
    sizes = selection.size
    out: Json = {
        "traces": totals.traces,
        "spans": totals.spans,
        "first": None if figures.first_ns is None else iso_time(figures.first_ns),
        "last": None if figures.last_ns is None else iso_time(figures.last_ns),
        "status": {
            "ok": totals.traces - totals.failed - totals.running,
            "error": totals.failed,
            "running": totals.running,
            "recovered_of_ok": totals.recovered,
        },
        "effective": {each.value: each.count for each in page.facets.get("effective", ())},
        "llm_calls": totals.llm_calls,
        "tool_calls": figures.total.tool_calls,
        "tokens": tokens_json(totals.usage),
        "cost_usd": totals.cost_usd,
        "cost_is_partial": totals.cost_is_partial,
    }
    if sizes.is_sampled:
        out["selected"] = {"traces": sizes.traces, "spans": sizes.spans}
        out["sampling"] = selection.note
    return out


def _whole(reader: Reader) -> Mapping[str, int]:
    """Group of clusters -> its runs among everything selected; empty where all of it is read."""
    selection = reader.selection
    if not selection.size.is_sampled:
        return {}
    page = reader.store.clusters.page(selection.chosen, selection.now_ns, in_groups=True)
    return {each.identity.name: each.runs for each in page.items}


def _values(values: Sequence[FacetValue], most: int) -> Json:
    found: Json = {each.value[:_LONGEST]: each.count for each in values[:most]}
    if len(values) > most:
        found["(more values)"] = len(values) - most
    return found


def _sessions(reader: Reader) -> Json:
    query = ListQuery(reader.selection.filter, sort="-runs", limit=1)
    sessions = reader.store.figures.groups("session", query, reader.selection.now_ns)
    users = reader.store.figures.groups("user", query, reader.selection.now_ns)
    return {"sessions": sessions.total, "users": users.total}


def _tools(figures: Overview, most: int) -> list[Json]:
    failing = {each.label: each for each in figures.failing_tools}
    tools = figures.groups.get("tool", ())
    found = [_tool(each.value, each.figures, failing.get(each.value)) for each in tools[:most]]
    if len(tools) > most:
        found.append({"more_tools": len(tools) - most})
    return found


def _tool(name: str, figures: Figures, failing: Step | None) -> Json:
    return {
        "tool": name[:_LONGEST],
        "calls": figures.tool_calls,
        "failed_calls": 0 if failing is None else failing.errors,
        "traces": figures.runs,
    }


def _failures(
    reader: Reader, page: TracePage, clusters: ClusterPage, whole: Mapping[str, int], most: int
) -> Json:
    sizes = reader.selection.size
    names, groups = read_names(reader.store), []
    for each in clusters.items[:most]:
        row = cluster_json(each, clusters.traces, names)
        row = {name: value for name, value in row.items() if name not in {"first", "waste", "models"}}
        if whole:
            selected = whole.get(each.identity.name, 0)
            row["selected_runs"], row["selected_share"] = selected, share(selected, sizes.traces)
        groups.append({name: _cut(value) for name, value in row.items()})
    out: Json = {
        "judged_traces": clusters.judged,
        "traces_by_rule": _values(page.facets.get("rule", ()), 2 * most),
        "groups": groups,
        "error_classes": _errors(reader, most),
    }
    if len(clusters.items) > most:
        out["more_groups"] = len(clusters.items) - most
    return out


def _insight(each: Insight) -> Json:
    return {
        "title": _cut(each.title),
        "rule": each.rule,
        "clusters": list(each.clusters[:3]),
        "runs": each.share.hits,
        "of": each.share.base,
        "agents": list(each.agents[:3]),
        "state": each.life.state,
        "impact": round(each.impact.value, 3),
        "hypothesis": _cut(each.hypothesis),
    }


def _cut(value: object) -> object:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}… ({len(value)} characters)"
    return value[:3] if isinstance(value, list) else value


def _errors(reader: Reader, most: int) -> Json:
    failed = _page(reader, Filter(status=("error",)), "-start", _LOOKED_AT)
    classes = Counter(
        row.summary.failure.full_type or row.summary.failure.type
        for row in failed.items
        if row.summary.failure
    )
    out: Json = {name[:_LONGEST]: count for name, count in classes.most_common(most)}
    if failed.totals.traces > len(failed.items):
        out["(counted in)"] = f"the latest {len(failed.items)} of {failed.totals.traces:,} failed traces"
    return out


def _quantiles(samples: Samples) -> Json:
    measures: dict[str, Sequence[float]] = {
        "duration_ms": [each / 1e6 for each in samples.durations_ns],
        "tokens": list(samples.tokens),
        "cost_usd": list(samples.costs_usd),
    }
    return {name: _of(values) for name, values in measures.items() if values}


def _of(values: Sequence[float]) -> Json:
    """By nearest rank, as percentiles are everywhere in the product."""
    ordered = sorted(values)
    ranks = {"min": 1, "p50": 50, "p90": 90, "p95": 95, "p99": 99, "max": 100}
    places = {name: max(0, -(-len(ordered) * rank // 100) - 1) for name, rank in ranks.items()}
    places["min"] = 0
    return {"runs": len(ordered)} | {name: float(f"{ordered[place]:.6g}") for name, place in places.items()}


def _examples(reader: Reader) -> Json:
    wanted = {
        "newest_ok": (Filter(effective=("ok",)), "-start"),
        "newest_failed": (Filter(effective=("error",)), "-start"),
        "newest_recovered": (Filter(status=("recovered",)), "-start"),
        "longest": (Filter(), "-duration"),
        "dearest": (Filter(), "-cost"),
        "most_spans": (Filter(), "-spans"),
    }
    found = {
        name: [row.summary.trace_id for row in _page(reader, chosen, sort, 2).items]
        for name, (chosen, sort) in wanted.items()
    }
    return {name: ids for name, ids in found.items() if ids}


def _page(reader: Reader, chosen: Filter, sort: str, limit: int) -> TracePage:
    query = ListQuery(reader.selection.within(chosen), sort=sort, limit=limit)
    return reader.store.traces.page(query, reader.selection.now_ns, facets=False, patience_s=0)
