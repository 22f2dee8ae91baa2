"""Everything that rules and counting say of a selection of traces."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from halo_dash.model.clusters import ClusterPage, ClusterRow
from halo_dash.model.filter import Filter
from halo_dash.model.insight import InsightPage


@dataclass(frozen=True, slots=True, kw_only=True)
class Patterns:
    """The failure clusters and the insights of a selection, with their names."""

    filter: Filter
    """The selection they were read over."""
    now_ns: int
    clusters: ClusterPage
    """Each cluster alone; also those that people muted."""
    insights: InsightPage
    titles: Mapping[str, str]
    """Name of a cluster -> what it is called."""
    subjects: Mapping[str, str]
    """Name of a cluster -> what it is about, in plain words."""
    muted: frozenset[str] = frozenset()
    """Names of clusters that people muted: they are not told of."""
    rules: Mapping[str, str]
    """Name of a rule -> what it finds."""
    broken: tuple[str, ...] = ()
    """Rules that are switched off, by name."""

    def told(self) -> tuple[ClusterRow, ...]:
        """The clusters that nobody muted, most runs first."""
        return tuple(row for row in self.clusters.items if row.identity.name not in self.muted)
