"""Questions about failure clusters over a selection of traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from halo_dash.detect.cohort import Trait, differences
from halo_dash.model.clusters import ClusterDetail, ClusterHistory, ClusterPage, ClusterRow, TraitShare
from halo_dash.model.finding import Waste
from halo_dash.model.judged import ClusterIdentity
from halo_dash.model.page import FacetValue
from halo_dash.store.figures.layout import Array
from halo_dash.store.findings.hit_table import HitTable
from halo_dash.store.findings.hits import ENDINGS
from halo_dash.store.memory.chosen import Chosen
from halo_dash.store.memory.trace_table import TraceTable

SHOWN_FIELDS = ("agent", "model", "tool", "service", "version", "environment", "session", "user", "source")
"""What the runs of a cluster have in common is shown of these."""

COMPARED_FIELDS = (
    *("agent", "model", "provider", "tool", "service", "version", "environment"),
    *("user", "name", "kind", "source", "tag"),
)
_SHOWN_VALUES = 8
_MOST_AGENTS = 100
_ALSO = 5


@dataclass(frozen=True, slots=True)
class Scene:
    """One moment: the traces, what was found in them, and what is selected."""

    table: TraceTable
    hits: HitTable
    clusters: Mapping[int, ClusterIdentity]
    chosen: Chosen
    failed: Array
    """Slots that failed in effect."""
    judged: int

    def slots(self) -> tuple[Array, Array]:
        """(places in the hits whose trace is selected, the slot of each)."""
        rows, mine = self.hits["row"], self.table["row"]
        slots = np.searchsorted(mine, rows)
        safe = np.minimum(slots, max(0, len(mine) - 1))
        known = (mine[safe] == rows) if len(mine) else np.zeros(len(rows), bool)
        is_in = self.hits["is_alive"] & known
        is_in[is_in] = self.chosen.mask[safe[is_in]]
        places = np.flatnonzero(is_in)
        return places, safe[places]


def listing(scene: Scene, edges_ns: Sequence[int]) -> ClusterPage:
    """All clusters that a trace of the selection is in, the most frequent first."""
    places, slots = scene.slots()
    rows = [
        _row(scene, number, places[mine], slots[mine], edges_ns)
        for number, mine in _by_cluster(scene.hits["cluster"][places])
    ]
    rows.sort(key=lambda row: (-row.runs, -row.last_ns, row.identity.name))
    mask = scene.chosen.mask
    troubled = mask & (scene.failed | (scene.table["errors"] > 0))
    covered = np.zeros(len(mask), bool)
    covered[slots] = True
    return ClusterPage(
        items=tuple(rows),
        traces=int(np.count_nonzero(mask)),
        judged=scene.judged,
        troubled=int(np.count_nonzero(troubled)),
        covered=int(np.count_nonzero(troubled & covered)),
        edges_ns=tuple(edges_ns),
    )


def detail(scene: Scene, number: int, edges_ns: Sequence[int]) -> ClusterDetail | None:
    """One cluster within the selection; None where no selected trace is in it."""
    places, slots = scene.slots()
    clusters = scene.hits["cluster"][places]
    mine = np.flatnonzero(clusters == number)
    if not len(mine):
        return None
    mask = np.zeros(len(scene.chosen.mask), bool)
    mask[slots[mine]] = True
    values = scene.table.values
    counts = values.counts(mask)
    shown = {name: values.most_frequent(name, counts, _SHOWN_VALUES) for name in SHOWN_FIELDS}
    others = _references(scene, mask, shown.get("agent", ()))
    return ClusterDetail(
        row=_row(scene, number, places[mine], slots[mine], edges_ns),
        traces=int(np.count_nonzero(scene.chosen.mask)),
        values={name: found for name, found in shown.items() if found},
        references=int(np.count_nonzero(others)),
        traits=_traits(scene, mask, others),
        also=_also(scene, clusters[np.isin(slots, slots[mine])], number),
    )


def history(scene: Scene, number: int) -> ClusterHistory:
    """The runs of a cluster's agents in order of time, and which of them have it."""
    places, slots = scene.slots()
    mask = np.zeros(len(scene.chosen.mask), bool)
    mask[slots[scene.hits["cluster"][places] == number]] = True
    values = scene.table.values
    agents = values.most_frequent("agent", values.counts(mask), _MOST_AGENTS)
    population = mask | _of_agents(scene, agents)
    found = np.flatnonzero(population)
    found = found[np.argsort(scene.table["start"][found], kind="stable")]
    return ClusterHistory(tuple(scene.table["start"][found].tolist()), tuple(mask[found].tolist()))


def _by_cluster(clusters: Array) -> Iterator[tuple[int, Array]]:
    order = np.argsort(clusters, kind="stable")
    numbers, first = np.unique(clusters[order], return_index=True)
    # Of nothing `split` makes one empty part.
    if len(numbers):
        yield from zip(numbers.tolist(), np.split(order, first[1:]), strict=True)


def _row(scene: Scene, number: int, places: Array, slots: Array, edges_ns: Sequence[int]) -> ClusterRow:
    starts = scene.table["start"][slots]
    endings = scene.hits["ending"][places]
    return ClusterRow(
        identity=scene.clusters[number],
        runs=len(slots),
        failed=int(np.count_nonzero(endings == ENDINGS.index("failed"))),
        recovered=int(np.count_nonzero(endings == ENDINGS.index("recovered"))),
        first_ns=int(starts.min()),
        last_ns=int(starts.max()),
        waste=Waste(
            int(scene.hits["tokens"][places].sum()),
            float(scene.hits["cost"][places].sum()),
            int(scene.hits["duration"][places].sum()),
        ),
        runs_by_bucket=_buckets(starts, edges_ns),
    )


def _buckets(starts: Array, edges_ns: Sequence[int]) -> tuple[int, ...]:
    if len(edges_ns) < 2:
        return ()
    places = np.searchsorted(np.array(edges_ns, "i8"), starts, side="right") - 1
    inside = places[(places >= 0) & (places < len(edges_ns) - 1)]
    return tuple(np.bincount(inside, minlength=len(edges_ns) - 1).tolist())


def _references(scene: Scene, mask: Array, agents: Sequence[FacetValue]) -> Array:
    """Passing runs of the same agents."""
    return _of_agents(scene, agents) & ~mask & ~scene.failed


def _of_agents(scene: Scene, agents: Sequence[FacetValue]) -> Array:
    names = [each.value for each in agents]
    having: Array = scene.table.values.having(("agent",), names, len(scene.chosen.mask))
    return scene.chosen.mask & having


def _traits(scene: Scene, mask: Array, others: Array) -> tuple[TraitShare, ...]:
    values = scene.table.values
    mine, theirs = values.counts(mask), values.counts(others)
    counts: dict[Trait, tuple[int, int]] = {}
    for name in COMPARED_FIELDS:
        for value, here, there in values.compared(name, mine, theirs):
            counts[Trait(name, value)] = (here, there)
    runs, references = int(np.count_nonzero(mask)), int(np.count_nonzero(others))
    return tuple(
        TraitShare(
            each.trait.name,
            each.trait.value,
            each.failing_with,
            each.failing,
            each.others_with,
            each.others,
            each.lift,
            each.p_value,
        )
        for each in differences(counts, runs, references)
    )


def _also(scene: Scene, clusters: Array, number: int) -> tuple[tuple[ClusterIdentity, int], ...]:
    numbers, counts = np.unique(clusters, return_counts=True)
    found = [
        (scene.clusters[other], count)
        for other, count in zip(numbers.tolist(), counts.tolist(), strict=True)
        if other != number
    ]
    return tuple(sorted(found, key=lambda each: (-each[1], each[0].name))[:_ALSO])
