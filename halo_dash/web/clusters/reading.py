"""Clusters from the store: what the pages, their JSON and the command line all show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from halo_dash.errors import NotFoundError
from halo_dash.model.cluster_note import ClusterNote
from halo_dash.model.clusters import ClusterDetail, ClusterPage, ClusterRow
from halo_dash.model.filter import Filter
from halo_dash.model.judged import ClusterIdentity, JudgeState
from halo_dash.patterns.names import Names, read_names
from halo_dash.store import Store
from halo_dash.web.agents.period import period_of
from halo_dash.web.clusters.query import ClusterQuery

DESCRIBED = 60
"""Rows that name their agents and tools: more than fit on any screen."""


@dataclass(frozen=True, slots=True)
class ClusterList:
    """The list, the period before, and what people say."""

    page: ClusterPage
    """Its items in the order that was asked for."""
    before: ClusterPage | None
    """The period before, equally long; None where the selection has no beginning."""
    before_filter: Filter | None
    """Its filter."""
    names: Names
    state: JudgeState

    @property
    def has_before(self) -> bool:
        """Whether there is anything to compare with: runs of the period before that were judged."""
        return self.before is not None and self.before.judged > 0

    @property
    def before_runs(self) -> Mapping[str, int]:
        """Name of a cluster -> its runs in the period before."""
        return {row.identity.name: row.runs for row in self.before.items} if self.before else {}

    @property
    def gone(self) -> tuple[ClusterRow, ...]:
        """Those of the period before that no run has now."""
        now = {row.identity.name for row in self.page.items}
        return tuple(row for row in self.before.items if row.identity.name not in now) if self.before else ()


@dataclass(frozen=True, slots=True)
class ClusterReading:
    """One cluster within a selection."""

    identity: ClusterIdentity
    detail: ClusterDetail | None
    """None where no run of the selection has it."""
    filter: Filter
    """Of the selection, without the cluster."""
    names: Names
    title: str
    own_title: str
    """What it is called where nobody named it."""
    edges_ns: tuple[int, ...]

    @property
    def note(self) -> ClusterNote:
        """What people say of it."""
        return self.names.note(self.identity.name)


def read_clusters(store: Store, query: ClusterQuery, now_ns: int) -> ClusterList:
    """The clusters that are asked for. Raises UsageError."""
    size = store.traces.size()
    period = period_of(query.filter, now_ns, size.oldest_ns, size.newest_ns)
    in_groups = query.level == "coarse"
    page = store.clusters.page(
        query.filter, now_ns, period.edges_ns, in_groups=in_groups, described=DESCRIBED
    )
    before = None
    if period.before is not None:
        before = store.clusters.page(period.before, now_ns, in_groups=in_groups, described=DESCRIBED)
    return ClusterList(
        page=replace(page, items=query.ordered(page.items)),
        before=before,
        before_filter=period.before,
        names=read_names(store),
        state=store.findings.state(now_ns),
    )


def read_cluster(store: Store, name: str, filter_: Filter, now_ns: int) -> ClusterReading:
    """One cluster, or one group of them. Raises NotFoundError."""
    chosen = replace(filter_, cluster=())
    identity = store.clusters.identity(name)
    if identity is None:
        raise NotFoundError(
            f"There is no failure cluster {name[:80]!r}.",
            hint="No trace here has it any more, or it was found by a rule that has changed. "
            "The list of failures has those there are.",
        )
    whole = store.clusters.row(name, now_ns)
    first, last = (whole.first_ns, whole.last_ns) if whole else (None, None)
    period = period_of(chosen, now_ns, first, last)
    detail = store.clusters.get(name, now_ns, chosen, period.edges_ns)
    names = read_names(store)
    unnamed = Names(names.rules, {})
    title, own_title = (each.title(whole) if whole else each.title_of(identity) for each in (names, unnamed))
    return ClusterReading(identity, detail, chosen, names, title, own_title, period.edges_ns)
