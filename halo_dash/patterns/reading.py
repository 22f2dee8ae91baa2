"""Reading the patterns of a selection from the store."""

from __future__ import annotations

from collections.abc import Mapping

from halo_dash.detect.insight import Candidate, insights
from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.clusters import ClusterRow
from halo_dash.model.filter import Filter
from halo_dash.model.insight import InsightPage
from halo_dash.patterns.patterns import Patterns
from halo_dash.store import Store

DESCRIBED = 200
"""Clusters whose models and tools are asked for, those with the most runs: identities have masked names."""


def read_patterns(store: Store, chosen: Filter, least: int, now_ns: int) -> Patterns:
    """Clusters and insights of a selection; no insights with fewer than `least` judged runs.

    Raises UsageError for a filter that cannot be asked.
    """
    clusters = store.clusters.page(chosen, now_ns, described=DESCRIBED)
    rules, _problems = store.findings.rules()
    notes = store.cluster_notes.all()
    titles = {row.identity.name: _title(row, notes) for row in clusters.items}
    muted = frozenset(row.identity.name for row in clusters.items if _is_muted(row, notes))
    found = insights(
        [row for row in clusters.items if row.identity.name not in muted],
        clusters.judged,
        lambda groups: store.clusters.histories(groups, now_ns, chosen),
        lambda row: (titles[row.identity.name], row.identity.subject),
        lambda candidate: _fixed_ns(candidate, notes),
    )
    is_enough = clusters.judged >= least
    return Patterns(
        filter=chosen,
        now_ns=now_ns,
        clusters=clusters,
        insights=InsightPage(found if is_enough else (), clusters.traces, clusters.judged, least),
        titles=titles,
        muted=muted,
        rules={each.name: each.title for each in rules},
        broken=tuple(each.rule for each in store.findings.health() if each.is_off),
    )


def _title(row: ClusterRow, notes: Mapping[str, ClusterNote]) -> str:
    note = notes.get(row.identity.name)
    return note.title if note is not None and note.title else row.identity.title


def _is_muted(row: ClusterRow, notes: Mapping[str, ClusterNote]) -> bool:
    return any(note is not None and note.is_muted for note in _notes(row, notes))


def _fixed_ns(candidate: Candidate, notes: Mapping[str, ClusterNote]) -> int | None:
    """When somebody said that all of its clusters are fixed; None where not all are said to be."""
    said = []
    for row in candidate.rows:
        moments = [
            note.fixed_ns for note in _notes(row, notes) if note is not None and note.fixed_ns is not None
        ]
        if not moments:
            return None
        said.append(max(moments))
    return max(said)


def _notes(
    row: ClusterRow, notes: Mapping[str, ClusterNote]
) -> tuple[ClusterNote | None, ClusterNote | None]:
    """Of the cluster, and of its group."""
    return notes.get(row.identity.name), notes.get(row.identity.group)
