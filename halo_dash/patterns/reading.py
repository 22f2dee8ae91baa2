"""Reading the patterns of a selection from the store."""

from __future__ import annotations

from halo_dash.model.filter import Filter
from halo_dash.patterns.insights import DESCRIBED, insights_of
from halo_dash.patterns.names import read_names, subject_of
from halo_dash.patterns.patterns import Patterns
from halo_dash.store import Store


def read_patterns(store: Store, chosen: Filter, least: int, now_ns: int) -> Patterns:
    """Clusters and insights of a selection; no insights with fewer than `least` judged runs.

    Raises UsageError for a filter that cannot be asked.
    """
    clusters = store.clusters.page(chosen, now_ns, described=DESCRIBED)
    names = read_names(store)
    return Patterns(
        filter=chosen,
        now_ns=now_ns,
        clusters=clusters,
        insights=insights_of(store, clusters, names, chosen, least=least, now_ns=now_ns),
        titles={row.identity.name: names.title(row) for row in clusters.items},
        subjects={row.identity.name: subject_of(row) for row in clusters.items},
        muted=frozenset(row.identity.name for row in clusters.items if names.is_muted(row)),
        rules=names.rules,
        broken=tuple(each.rule for each in store.findings.health() if each.is_off),
    )
