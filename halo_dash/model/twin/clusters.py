"""The JSON of failure clusters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.clusters import ClusterDetail, ClusterRow, TraitShare
from halo_dash.model.finding import Evidence
from halo_dash.model.judged import ClusterIdentity
from halo_dash.model.page import FacetValue
from halo_dash.model.trace import TraceRow
from halo_dash.model.twin.values import Json, iso_time


def cluster_row_json(
    row: ClusterRow, title: str, note: ClusterNote, *, before_runs: int | None = None
) -> dict[str, Json]:
    """One cluster, or one group of clusters, within a selection. Null is what nothing is compared with."""
    return {
        **cluster_identity_json(row.identity, title),
        "severity": row.severity,
        "runs": row.runs,
        "before_runs": before_runs,
        "failed_runs": row.failed_runs,
        "recovered_runs": row.recovered,
        "ended_in_it": row.failed,
        "first": iso_time(row.first_ns),
        "first_ns": row.first_ns,
        "last": iso_time(row.last_ns),
        "last_ns": row.last_ns,
        "waste": {
            "tokens": row.waste.tokens,
            "cost_usd": row.waste.cost_usd,
            "duration_ms": row.waste.duration_ns / 1e6,
        },
        "runs_by_bucket": list(row.runs_by_bucket),
        "members": [{"name": each.name, "runs": runs} for each, runs in row.members],
        "agents": values_json(row.agents),
        "tools": values_json(row.tools),
        "models": values_json(row.models),
        "said": cluster_note_json(note),
    }


def cluster_identity_json(identity: ClusterIdentity, title: str) -> dict[str, Json]:
    """What a cluster is; `template` is the wording of its error with masks such as `<n>`."""
    return {
        "name": identity.name,
        "group": identity.group,
        "title": title,
        "rule": identity.rule,
        "subject": identity.subject,
        "cause": identity.cause or None,
        "template": identity.template,
    }


def cluster_note_json(note: ClusterNote) -> dict[str, Json]:
    """What people say of it."""
    return {
        "title": note.title or None,
        "note": note.note or None,
        "muted": note.is_muted,
        "fixed": None if note.fixed_ns is None else iso_time(note.fixed_ns),
        "fixed_ns": note.fixed_ns,
    }


def cluster_detail_json(
    detail: ClusterDetail, also: Iterable[tuple[str, str, int]], examples: Iterable[Json]
) -> dict[str, Json]:
    """One cluster closely; `also` has (name, title, runs) of clusters that the same runs are in."""
    return {
        "traces": detail.traces,
        "values": {name: values_json(found) for name, found in detail.values.items()},
        "references": detail.references,
        "traits": [_trait_json(each) for each in detail.traits],
        "compared": {
            "fields": list(detail.compared.fields),
            "attributes": list(detail.compared.attributes),
            "runs": detail.compared.runs,
            "references": detail.compared.references,
        },
        "also": [{"name": name, "title": title, "runs": runs} for name, title, runs in also],
        "examples": list(examples),
    }


def cluster_example_json(
    row: TraceRow, why: Sequence[str], evidence: Sequence[Evidence], passing_id: str | None
) -> dict[str, Json]:
    """A run that shows it, why it was chosen, and a passing run to compare it with."""
    return {
        "trace_id": row.summary.trace_id,
        "start": iso_time(row.summary.start_ns),
        "why": list(why),
        "evidence": [
            {"span_id": each.span_id, "field": each.field, "quote": each.quote, "offset": each.offset}
            for each in evidence
        ],
        "passing_trace_id": passing_id,
    }


def clusters_json(
    items: Sequence[Json], gone: Sequence[Json], figures: Mapping[str, int], edges_ns: Sequence[int]
) -> dict[str, Json]:
    """`/clusters.json`."""
    return {**figures, "items": list(items), "gone": list(gone), "edges": [iso_time(at) for at in edges_ns]}


def values_json(values: Iterable[FacetValue]) -> list[Json]:
    """Values with the number of runs that have them."""
    return [{"value": each.value, "runs": each.count} for each in values]


def _trait_json(trait: TraitShare) -> dict[str, Json]:
    """`lift`: how many times as often a run fails with it as without; null where none fails without it."""
    return {
        "field": trait.field,
        "value": trait.value,
        "with_it": trait.with_it,
        "runs": trait.runs,
        "others_with": trait.others_with,
        "others": trait.others,
        "lift": None if trait.lift == float("inf") else trait.lift,
        "p_value": trait.p_value,
        "alike": [{"field": field, "value": value} for field, value in trait.alike],
    }
