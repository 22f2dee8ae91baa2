"""`store.clusters`: failure clusters of any selection of traces."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

from halo_dash.model.clusters import ClusterDetail, ClusterHistory, ClusterPage, ClusterRow
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.judged import ClusterIdentity, identity_of
from halo_dash.store.asking import Asking
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.database import Database
from halo_dash.store.driver import Error
from halo_dash.store.findings.root_attributes import RootAttributes
from halo_dash.store.findings.view import FindingsView
from halo_dash.store.traces import TraceView

if TYPE_CHECKING:
    from halo_dash.store.findings.clusters import Scene
    from halo_dash.store.findings.hit_table import HitTable


class ClusterView:
    """May be used from any thread. The first question of a process loads the list and the findings."""

    def __init__(
        self,
        database: Database,
        asking: Asking,
        traces: TraceView,
        findings: FindingsView,
        catalogue: Catalogue,
    ) -> None:
        self._database = database
        self._asking = asking
        self._traces = traces
        self._findings = findings
        self._roots = RootAttributes(database, catalogue)
        self._guard = threading.Lock()
        self._hits: tuple[int, HitTable] | None = None

    def page(
        self,
        chosen: Filter,
        now_ns: int,
        edges_ns: Sequence[int] = (),
        *,
        in_groups: bool = False,
        described: int = 0,
    ) -> ClusterPage:
        """Every cluster that a trace of the selection is in. Raises `UsageError` as a list of traces does.

        `in_groups`: those of one rule and cause together. `described`: of so many of them, the first, agents
        and tools are told.
        """
        from halo_dash.store.findings import clusters  # noqa: PLC0415 - loads numpy

        with self._scene(chosen, now_ns) as scene:
            if scene is None:
                # Nothing was ever judged.
                totals = self._traces.totals(chosen, now_ns)
                troubled = totals.failed + totals.recovered
                return ClusterPage(
                    items=(),
                    traces=totals.traces,
                    judged=0,
                    troubled=troubled,
                    covered=0,
                    edges_ns=tuple(edges_ns),
                    failed=totals.failed,
                    with_errors=totals.recovered,
                )
            return clusters.listing(scene, edges_ns, in_groups=in_groups, described=described)

    def get(
        self, name: str, now_ns: int, chosen: Filter = NO_FILTER, edges_ns: Sequence[int] = ()
    ) -> ClusterDetail | None:
        """One cluster, or one group, within a selection; None where there is none of this name in it."""
        from halo_dash.store.findings import apart, clusters  # noqa: PLC0415 - loads numpy

        with self._scene(chosen, now_ns) as scene:
            if scene is None:
                return None
            numbers = _numbers(scene, name)
            members = clusters.members(scene, name, numbers, edges_ns)
            if members is None:
                return None
            detail, mine, others = clusters.detail(scene, members, numbers)
            sides = apart.sides(scene.table, mine, others)
        # Reading spans takes longer than all else: nobody has to wait for it to be shown a list.
        traits, compared = apart.told(sides, self._roots.of((*sides.mine, *sides.others)))
        return replace(detail, traits=traits, compared=compared)

    def row(self, name: str, now_ns: int) -> ClusterRow | None:
        """The same cluster over all traces, and no more of it than a list has."""
        from halo_dash.store.findings import clusters  # noqa: PLC0415 - loads numpy

        with self._scene(NO_FILTER, now_ns) as scene:
            if scene is None:
                return None
            members = clusters.members(scene, name, _numbers(scene, name))
            return members.row if members else None

    def history(self, name: str, now_ns: int, chosen: Filter = NO_FILTER) -> ClusterHistory | None:
        """The runs of a cluster's agents in order of time, and which of them have it."""
        from halo_dash.store.findings.histories import Histories  # noqa: PLC0415 - loads numpy

        with self._scene(chosen, now_ns) as scene:
            numbers = () if scene is None else _numbers(scene, name)
            return None if scene is None or not numbers else Histories(scene).of(numbers)

    def histories(
        self, groups: Sequence[Collection[str]], now_ns: int, chosen: Filter = NO_FILTER
    ) -> tuple[ClusterHistory, ...]:
        """The history of each group of clusters, taken as one: a run has it that is in any of them."""
        from halo_dash.store.findings.histories import Histories  # noqa: PLC0415 - loads numpy

        with self._scene(chosen, now_ns) as scene:
            if scene is None:
                return tuple(ClusterHistory((), ()) for _ in groups)
            numbers = {each.name: number for number, each in scene.clusters.items()}
            histories = Histories(scene)
            return tuple(
                histories.of([numbers[name] for name in names if name in numbers]) for names in groups
            )

    def identity(self, name: str) -> ClusterIdentity | None:
        """What a cluster or a group is, whether or not any trace is in it now."""
        with self._findings.board() as board:
            found = [each for each in board.clusters.values() if name in {each.name, each.group}]
        return identity_of(name, found) if found else None

    def runs_of(self, names: Sequence[str]) -> Mapping[str, int]:
        """Name of a cluster -> how many of all traces are in it; those that nobody knows are left out."""
        wanted = frozenset(names)
        with self._findings.board() as board, self._traces.table() as table:
            found = [(each.name, number) for number, each in board.clusters.items() if each.name in wanted]
            return {
                name: int((table["is_here"] & table.mask_of(board.by_cluster[number])).sum())
                for name, number in found
                if number in board.by_cluster
            }

    @contextmanager
    def _scene(self, chosen: Filter, now_ns: int) -> Iterator[Scene | None]:
        from halo_dash.store.findings.clusters import Scene  # noqa: PLC0415 - loads numpy
        from halo_dash.store.findings.hit_table import HitTable  # noqa: PLC0415 - the same
        from halo_dash.store.memory.chosen import Chosen  # noqa: PLC0415 - the same

        selection = self._asking.select(chosen)
        with self._guard, self._findings.current() as found:
            if found is None:
                yield None
                return
            connection, number, board = found
            if self._hits is None or self._hits[0] != number:
                self._hits = (number, HitTable())
            hits = self._hits[1]
            try:
                hits.follow(connection)
            except Error:
                self._hits = None
                self._findings.lose()
                yield None
                return
            with self._traces.table() as table:
                failed = table["is_failed"] | table.mask_of(board.failed)
                picked = Chosen(table, selection, now_ns)
                is_judged = table["is_here"] & table.mask_of(board.judged)
                judged = int((picked.mask & is_judged).sum())
                yield Scene(table, hits, board.clusters, picked, failed, judged, is_judged)


def _numbers(scene: Scene, name: str) -> tuple[int, ...]:
    return tuple(number for number, each in scene.clusters.items() if name in {each.name, each.group})
