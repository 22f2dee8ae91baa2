"""What rules found: trace by trace, and as failure clusters."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from halo_dash.analysis.reading.citing import Citing
from halo_dash.analysis.reading.reader import Reader
from halo_dash.analysis.reading.rows import cluster_json, finding_json, share
from halo_dash.errors import NotFoundError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.finding import Finding
from halo_dash.model.judged import ClusterIdentity
from halo_dash.patterns.names import read_names

Json = dict[str, Any]
Looked = list[tuple[str, frozenset[str]]]


def findings(
    reader: Reader,
    asked: Filter,
    *,
    rules: tuple[str, ...],
    rule: str | None,
    cluster: str | None,
    limit: int,
    cursor: str | None,
) -> tuple[Json, Looked]:
    """(the findings of one page of traces, the traces with the spans that were named).

    `rules`: those whose findings are meant where nothing else is said.
    """
    selection, store = reader.selection, reader.store
    asked = replace(
        asked, rule=(rule,) if rule else asked.rule, cluster=(cluster,) if cluster else asked.cluster
    )
    if not asked.rule and not asked.cluster:
        asked = replace(asked, rule=rules)
    query = ListQuery(selection.within(asked), limit=limit, cursor=cursor)
    page = store.traces.page(query, selection.now_ns, facets=False, patience_s=0)
    items: list[Json] = []
    looked: Looked = []
    for row in page.items:
        judged = row.judged
        if judged is None:
            continue
        trace_id = row.summary.trace_id
        wanted = [
            (found, judged.clusters[number] if number < len(judged.clusters) else None)
            for number, found in enumerate(judged.findings)
        ]
        wanted = [
            (found, name)
            for found, name in wanted
            if (not rule or found.rule == rule) and (not cluster or _is_in(found, name, cluster))
        ]
        citing = Citing(reader, trace_id)
        items += ({"trace_id": trace_id} | finding_json(found, name, citing) for found, name in wanted)
        looked.append(
            (trace_id, frozenset(each.span_id for found, _name in wanted for each in found.evidence))
        )
    out: Json = {"traces": page.totals.traces, "of": reader.base, "findings": items}
    if page.next_cursor:
        out["next_cursor"] = page.next_cursor
    return out, looked


def _is_in(found: Finding, name: str | None, asked: str) -> bool:
    """Whether a finding is of a cluster, or of a group of them."""
    group = ClusterIdentity("", found.rule, "", found.cause or "", "", "").group
    return asked in {name, group}


def rules_of(reader: Reader) -> tuple[str, ...]:
    """All rules that found anything in what is read; a name that none has where there are none."""
    query = ListQuery(reader.selection.filter, limit=1)
    page = reader.store.traces.page(query, reader.selection.now_ns, patience_s=0)
    return tuple(each.value for each in page.facets.get("rule", ())) or ("-",)


def clusters(reader: Reader, asked: Filter, name: str | None, limit: int, *, in_groups: bool) -> Json:
    """Clusters of what is read; where that is a sample, with their runs among everything selected."""
    selection, store = reader.selection, reader.store
    within = selection.within(asked)
    if name is not None:
        return _detail(reader, within, name)
    page = store.clusters.page(within, selection.now_ns, in_groups=in_groups, described=limit)
    names = read_names(store)
    items = [cluster_json(each, page.traces, names) for each in page.items[:limit]]
    out: Json = {
        "traces": page.traces,
        "judged": page.judged,
        "failed": page.failed,
        "with_errors": page.with_errors,
        "in_a_cluster": page.covered,
        "clusters": items,
    }
    if len(page.items) > limit:
        out["more_clusters"] = len(page.items) - limit
    everything = selection.within_chosen(asked) if selection.size.is_sampled else None
    if everything is not None:
        whole = store.clusters.page(everything, selection.now_ns, in_groups=in_groups)
        runs = {each.identity.name: each.runs for each in whole.items}
        out["selected_traces"] = whole.traces
        for item in items:
            item["selected_runs"] = runs.get(item["cluster"], 0)
            item["selected_share"] = share(item["selected_runs"], whole.traces)
    return out


def _detail(reader: Reader, within: Filter, name: str) -> Json:
    now_ns = reader.selection.now_ns
    found = reader.store.clusters.get(name, now_ns, within)
    if found is None:
        raise NotFoundError(
            f"There is no cluster {name[:80]!r} in this selection.", hint="clusters() lists their names."
        )
    runs = ListQuery(replace(within, cluster=(name,)), limit=5)
    example = reader.store.traces.page(runs, now_ns, facets=False, patience_s=0)
    return cluster_json(found.row, found.traces, read_names(reader.store)) | {
        "of": found.traces,
        "values": {
            field: {each.value: each.count for each in values} for field, values in found.values.items()
        },
        "compared_with": f"{found.references} passing runs of the same agents",
        "sets_apart": [
            {
                "field": each.field,
                "value": each.value,
                "share": share(each.with_it, each.runs),
                "share_of_others": share(each.others_with, each.others),
                "p_value": float(f"{each.p_value:.3g}"),
            }
            for each in found.traits
        ],
        "also": {identity.name: count for identity, count in found.also},
        "examples": [row.summary.trace_id for row in example.items],
    }
