"""Which traces failed in effect and which clusters they are in, in the memory of one process."""

from __future__ import annotations

from dataclasses import dataclass, field

from halo_dash.model.judged import ClusterIdentity
from halo_dash.store.bits import Bits
from halo_dash.store.driver import Connection
from halo_dash.store.findings.hits import clusters_of
from halo_dash.store.statements import sql


@dataclass(slots=True)
class Board:
    """Sets of traces by their rows, kept up to date from the verdicts that changed.

    A trace that was removed from the store may still be in a set: intersect with what is there.
    """

    sequence: int = 0
    judged: Bits = field(default_factory=Bits)
    failed: Bits = field(default_factory=Bits)
    by_severity: list[Bits] = field(default_factory=lambda: [Bits() for _ in range(5)])
    """By the worst finding of a trace; the last has those without any."""
    by_cluster: dict[int, Bits] = field(default_factory=dict)
    clusters: dict[int, ClusterIdentity] = field(default_factory=dict)
    _of_trace: dict[int, tuple[int, bytes]] = field(default_factory=dict)
    """Row -> (its worst severity, its clusters)."""

    def follow(self, connection: Connection) -> None:
        """Apply the verdicts that came since the last time."""
        (_revision, current, _rules, _store) = connection.execute(sql("findings", "progress")).fetchone()
        if current == self.sequence:
            return
        self.learn(connection)
        added: dict[int, list[int]] = {}
        for row, is_failed, worst, clusters, _ in connection.execute(
            sql("findings", "changed"), (self.sequence,)
        ):
            self._take_out(row)
            self.judged.put(row, is_in=True)
            self.failed.put(row, is_in=bool(is_failed))
            self.by_severity[worst].put(row, is_in=True)
            self._of_trace[row] = (worst, clusters)
            for number in clusters_of(clusters):
                added.setdefault(number, []).append(row)
        for number, rows in added.items():
            self.by_cluster[number] = Bits.union([self.by_cluster.get(number, Bits()), Bits.of(rows)])
        self.sequence = current

    def learn(self, connection: Connection) -> None:
        """The clusters as they are now: some are new, of others the wording has shifted."""
        for number, *identity in connection.execute(sql("findings", "clusters")):
            self.clusters[number] = ClusterIdentity(*identity)

    def _take_out(self, row: int) -> None:
        before = self._of_trace.get(row)
        if before is None:
            return
        worst, clusters = before
        self.by_severity[worst].put(row, is_in=False)
        for number in clusters_of(clusters):
            self.by_cluster[number].put(row, is_in=False)
