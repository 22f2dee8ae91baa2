"""Questions about failure clusters over a selection of traces."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from halo_dash.model.clusters import ClusterDetail, ClusterPage, ClusterRow
from halo_dash.model.finding import SEVERITIES, Waste
from halo_dash.model.judged import ClusterIdentity, identity_of
from halo_dash.model.page import FacetValue
from halo_dash.store.figures.layout import Array
from halo_dash.store.findings.hit_table import HitTable
from halo_dash.store.findings.hits import ENDINGS
from halo_dash.store.memory.chosen import Chosen
from halo_dash.store.memory.trace_table import TraceTable

SHOWN_FIELDS = ("agent", "model", "tool", "service", "version", "environment", "session", "user", "source")
"""What the runs of a cluster have in common is shown of these."""

_SHOWN_VALUES = 8
_ALSO = 5
_DESCRIBED = 3
"""Agents, tools and models that a list names of each cluster."""


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
    is_judged: Array
    """Slots that were judged, selected or not."""

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


def listing(
    scene: Scene, edges_ns: Sequence[int], *, in_groups: bool = False, described: int = 0
) -> ClusterPage:
    """All clusters that a trace of the selection is in, the most frequent first."""
    places, slots = scene.slots()
    clusters = scene.hits["cluster"][places]
    found = []
    has_others = np.zeros(len(scene.chosen.mask), bool)
    for name, mine in _by_name(scene, clusters, in_groups=in_groups):
        of_these = slots[mine]
        row = _row(scene, name, places[mine], of_these, edges_ns)
        found.append((row, of_these))
        if row.runs > 1:
            has_others[of_these] = True
    found.sort(key=lambda each: (-each[0].runs, -each[0].last_ns, each[0].identity.name))
    rows = [
        _described(scene, row, of_these) if at < described else row
        for at, (row, of_these) in enumerate(found)
    ]
    mask = scene.chosen.mask
    has_ended = scene.hits["ending"][places] != ENDINGS.index("none")
    told = np.zeros(len(mask), bool)
    told[slots[has_ended]] = True
    with_errors = _with_errors(scene)
    told &= scene.chosen.by_column["effective"]["ok"] & ~with_errors
    troubled = mask & (scene.failed | (scene.table["errors"] > 0) | told)
    covered = np.zeros(len(mask), bool)
    covered[slots] = True
    return ClusterPage(
        items=tuple(rows),
        traces=int(np.count_nonzero(mask)),
        judged=scene.judged,
        troubled=int(np.count_nonzero(troubled)),
        covered=int(np.count_nonzero(troubled & covered)),
        edges_ns=tuple(edges_ns),
        failed=int(np.count_nonzero(mask & scene.chosen.by_column["effective"]["error"])),
        with_errors=int(np.count_nonzero(mask & with_errors)),
        told=int(np.count_nonzero(mask & told)),
        single=int(np.count_nonzero(troubled & covered & ~has_others)),
    )


@dataclass(frozen=True, slots=True)
class Members:
    """The runs of a cluster, or of a group of them, within the selection."""

    row: ClusterRow
    slots: Array
    places: Array
    """In the hits, of all clusters of the selection; `slots` has the slot of each."""
    is_mine: Array

    @property
    def runs(self) -> Array:
        """The slot of each of its hits."""
        mine: Array = self.slots[self.is_mine]
        return mine


def members(scene: Scene, name: str, numbers: Sequence[int], edges_ns: Sequence[int] = ()) -> Members | None:
    """One cluster, or a group of them; None where no selected trace is in it."""
    places, slots = scene.slots()
    is_mine = np.isin(scene.hits["cluster"][places], numbers)
    if not is_mine.any():
        return None
    row = _row(scene, name, places[is_mine], slots[is_mine], edges_ns)
    return Members(_described(scene, row, slots[is_mine]), slots, places, is_mine)


def detail(scene: Scene, found: Members, numbers: Sequence[int]) -> tuple[ClusterDetail, Array, Array]:
    """(all of it but what sets its runs apart; slots of its runs; slots of those they are compared with)."""
    mask = np.zeros(len(scene.chosen.mask), bool)
    mask[found.runs] = True
    values = scene.table.values
    counts = values.counts(mask)
    shown = {name: values.most_frequent(name, counts, _SHOWN_VALUES) for name in SHOWN_FIELDS}
    others = _references(scene, mask, shown.get("agent", ()))
    clusters = scene.hits["cluster"][found.places]
    closely = ClusterDetail(
        row=found.row,
        traces=int(np.count_nonzero(scene.chosen.mask)),
        values={name: found for name, found in shown.items() if found},
        references=int(np.count_nonzero(others)),
        also=_also(scene, clusters[np.isin(found.slots, found.runs)], numbers),
    )
    return closely, mask, others


def _by_name(scene: Scene, clusters: Array, *, in_groups: bool) -> Iterator[tuple[str, Array]]:
    """(name, places in `clusters`) of each cluster, or of each group of clusters."""
    order = np.argsort(clusters, kind="stable")
    numbers, first = np.unique(clusters[order], return_index=True)
    # Of nothing `split` makes one empty part.
    parts = np.split(order, first[1:]) if len(numbers) else []
    by_name: dict[str, list[Array]] = {}
    for number, part in zip(numbers.tolist(), parts, strict=True):
        known = scene.clusters[number]
        by_name.setdefault(known.group if in_groups else known.name, []).append(part)
    for name, found in by_name.items():
        yield name, np.concatenate(found)


def _row(scene: Scene, name: str, places: Array, slots: Array, edges_ns: Sequence[int]) -> ClusterRow:
    """Of hits of one cluster or of some; a run may have several of a group."""
    runs = np.unique(slots)
    starts = scene.table["start"][runs]
    endings = scene.hits["ending"][places]
    failed = np.unique(slots[endings == ENDINGS.index("failed")])
    unclear = slots[endings == ENDINGS.index("unclear")]
    recovered = np.setdiff1d(slots[endings == ENDINGS.index("recovered")], np.union1d(failed, unclear))
    is_failed = scene.chosen.by_column["effective"]["error"]
    numbers, counts = np.unique(scene.hits["cluster"][places], return_counts=True)
    members = [
        (scene.clusters[number], count)
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True)
    ]
    members.sort(key=lambda each: (-each[1], each[0].name))
    return ClusterRow(
        identity=identity_of(name, [each for each, _count in members]),
        runs=len(runs),
        failed=len(failed),
        recovered=int(np.count_nonzero(~is_failed[recovered])),
        first_ns=int(starts.min()),
        last_ns=int(starts.max()),
        waste=Waste(
            int(scene.hits["tokens"][places].sum()),
            float(scene.hits["cost"][places].sum()),
            int(scene.hits["duration"][places].sum()),
        ),
        runs_by_bucket=_buckets(starts, edges_ns),
        severity=SEVERITIES[int(scene.hits["severity"][places].min())],
        failed_runs=int(np.count_nonzero(is_failed[runs])),
        members=tuple(members),
    )


def _with_errors(scene: Scene) -> Array:
    """Slots that did not fail in effect, and have an error inside."""
    ok: Array = scene.chosen.by_column["effective"]["ok"]
    return ok & scene.chosen.statuses["recovered"]


def _described(scene: Scene, row: ClusterRow, slots: Array) -> ClusterRow:
    runs, values = np.unique(slots), scene.table.values
    counts = values.counts_at(scene.table["first_pair"][runs], scene.table["pairs"][runs])
    return replace(
        row,
        agents=values.most_frequent("agent", counts, _DESCRIBED),
        tools=values.most_frequent("tool", counts, _DESCRIBED),
        models=values.most_frequent("model", counts, _DESCRIBED),
    )


def _buckets(starts: Array, edges_ns: Sequence[int]) -> tuple[int, ...]:
    if len(edges_ns) < 2:
        return ()
    places = np.searchsorted(np.array(edges_ns, "i8"), starts, side="right") - 1
    inside = places[(places >= 0) & (places < len(edges_ns) - 1)]
    return tuple(np.bincount(inside, minlength=len(edges_ns) - 1).tolist())


def _references(scene: Scene, mask: Array, agents: Sequence[FacetValue]) -> Array:
    """Passing runs of the same agents."""
    passing: Array = scene.chosen.by_column["effective"]["ok"]
    return _of_agents(scene, agents) & passing & ~mask


def _of_agents(scene: Scene, agents: Sequence[FacetValue]) -> Array:
    names = [each.value for each in agents]
    having: Array = scene.table.values.having(("agent",), names, len(scene.chosen.mask))
    return scene.chosen.mask & having


def _also(scene: Scene, clusters: Array, but: Sequence[int]) -> tuple[tuple[ClusterIdentity, int], ...]:
    numbers, counts = np.unique(clusters, return_counts=True)
    found = [
        (scene.clusters[other], count)
        for other, count in zip(numbers.tolist(), counts.tolist(), strict=True)
        if other not in but
    ]
    return tuple(sorted(found, key=lambda each: (-each[1], each[0].name))[:_ALSO])
