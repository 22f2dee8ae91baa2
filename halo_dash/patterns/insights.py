"""Insights over a selection, with their names."""

from __future__ import annotations

from halo_dash.detect.insight import insights
from halo_dash.model.clusters import ClusterPage
from halo_dash.model.filter import Filter
from halo_dash.model.insight import InsightPage
from halo_dash.patterns.names import Names, fixed_ns, naming, read_names
from halo_dash.store import Store

DESCRIBED = 200
"""Clusters whose models and tools are asked for, those with the most runs: identities have masked names."""


def read_insight_page(store: Store, chosen: Filter, least: int, now_ns: int) -> InsightPage:
    """The insights of a selection; none with fewer than `least` judged runs. Raises UsageError."""
    clusters = store.clusters.page(chosen, now_ns, described=DESCRIBED)
    return insights_of(store, clusters, read_names(store), chosen, least=least, now_ns=now_ns)


def insights_of(
    store: Store, clusters: ClusterPage, names: Names, chosen: Filter, *, least: int, now_ns: int
) -> InsightPage:
    """The same of clusters that are read already."""
    if clusters.judged < least:
        return InsightPage((), clusters.traces, clusters.judged, least)
    found = insights(
        [row for row in clusters.items if not names.is_muted(row)],
        clusters.judged,
        lambda groups: store.clusters.histories(groups, now_ns, chosen),
        lambda row: naming(names, row),
        lambda candidate: fixed_ns(names, candidate),
    )
    return InsightPage(found, clusters.traces, clusters.judged, least)
