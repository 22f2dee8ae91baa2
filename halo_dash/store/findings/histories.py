"""How failures have gone on: the runs of the same agents in order of time, and which of them have it."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from halo_dash.model.clusters import ClusterHistory
from halo_dash.model.figures import UNNAMED
from halo_dash.model.finding import Waste
from halo_dash.store.figures.layout import Array
from halo_dash.store.findings.clusters import Scene

_MOST_AGENTS = 100
_MOST_SERVICES = 20


class Histories:
    """Histories of one moment; what several of them need is counted once."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._places, self._slots = scene.slots()
        self._clusters = scene.hits["cluster"][self._places]
        self._judged: Array = scene.chosen.mask & scene.is_judged
        self._of_agent: dict[str, Array] = {}
        self._versions: tuple[Array, list[str]] | None = None

    def of(self, numbers: Collection[int]) -> ClusterHistory:
        """The history of some clusters as one: a run has it that is in any of them.

        Only judged runs take part: of others nobody knows.
        """
        mask = np.zeros(len(self._judged), bool)
        mask[self._slots[np.isin(self._clusters, list(numbers))]] = True
        mask &= self._judged
        values = self._scene.table.values
        agents = [each.value for each in values.most_frequent("agent", values.counts(mask), _MOST_AGENTS)]
        population = mask | self._beside(mask, agents)
        found = np.flatnonzero(population)
        found = found[np.argsort(self._scene.table["start"][found], kind="stable")]
        return ClusterHistory(
            starts_ns=tuple(self._scene.table["start"][found].tolist()),
            has_it=tuple(mask[found].tolist()),
            versions=self._versions_of(found) if self._is_of_one(agents, population) else (),
            agents=tuple(agents),
            spent=self._spent(mask),
        )

    def _having(self, agents: Collection[str]) -> Array:
        found = np.zeros(len(self._judged), bool)
        for name in agents:
            if name not in self._of_agent:
                having = self._scene.table.values.having(("agent",), (name,), len(self._judged))
                self._of_agent[name] = having & self._judged
            found |= self._of_agent[name]
        return found

    def _beside(self, mask: Array, agents: Collection[str]) -> Array:
        """The runs of these agents; those that name none stand beside others of their service."""
        found = self._having([name for name in agents if name != UNNAMED])
        if UNNAMED not in agents:
            return found
        nameless, values = self._having([UNNAMED]), self._scene.table.values
        counts = values.counts(mask & nameless)
        services = [each.value for each in values.most_frequent("service", counts, _MOST_SERVICES)]
        of_these = values.having(("service",), services, len(mask)) if services else self._judged
        beside: Array = found | (nameless & of_these)
        return beside

    def _is_of_one(self, agents: Collection[str], population: Array) -> bool:
        """Whether one agent took part in all of the runs: releases of several do not follow one another."""
        return any(not (population & ~self._having([name])).any() for name in agents)

    def _versions_of(self, slots: Array) -> tuple[str, ...]:
        if self._versions is None:
            self._versions = self._scene.table.values.newest("version", len(self._judged))
        numbers, texts = self._versions
        found = [texts[number] if number >= 0 else "" for number in numbers[slots].tolist()]
        return tuple(found) if any(found) else ()

    def _spent(self, mask: Array) -> Waste:
        table = self._scene.table
        cost = table["cost"][mask]
        return Waste(
            tokens=int(np.maximum(table["total"][mask], 0).sum()),
            cost_usd=float(cost[~np.isnan(cost)].sum()),
            duration_ns=int(np.maximum(table["duration"][mask], 0).sum()),
        )
