"""The records of `hits.py` of all traces, as columns in the memory of one process."""

from __future__ import annotations

import numpy as np

from halo_dash.store.driver import Connection
from halo_dash.store.figures.columns import Columns
from halo_dash.store.figures.layout import Array
from halo_dash.store.statements import sql

HIT = np.dtype(
    [
        ("cluster", "<u4"),
        ("ending", "u1"),
        ("severity", "u1"),
        ("tokens", "<u8"),
        ("cost", "<f8"),
        ("duration", "<u8"),
    ]
)
_TYPES = {name: HIT[name].str for name in HIT.names or ()} | {"row": "i8"}
_LEAST_DEAD = 10_000


class HitTable:
    """Kept up to date from the verdicts that changed."""

    def __init__(self) -> None:
        self.sequence = 0
        self._columns = Columns(_TYPES | {"is_alive": "?"})
        self._dead = 0

    def __getitem__(self, name: str) -> Array:
        """A column: `row` of the trace, `is_alive`, and those of `HIT`."""
        return self._columns[name]

    def follow(self, connection: Connection) -> None:
        """Apply the verdicts that came since the last time."""
        (_revision, current, _rules, _store) = connection.execute(sql("findings", "progress")).fetchone()
        if current == self.sequence:
            return
        changed = connection.execute(sql("findings", "changed"), (self.sequence,)).fetchall()
        rows = np.array([row for row, *_ in changed], "i8")
        if self.sequence:
            is_old = np.isin(self["row"], rows) & self["is_alive"]
            self["is_alive"][is_old] = False
            self._dead += int(np.count_nonzero(is_old))
        packed = [clusters for _row, _failed, _worst, clusters, _ in changed]
        records = np.frombuffer(b"".join(packed), HIT)
        counts = np.array([len(each) // HIT.itemsize for each in packed], "i8")
        values = {name: records[name] for name in HIT.names or ()}
        alive = np.ones(len(records), bool)
        self._columns.add(len(records), values | {"row": np.repeat(rows, counts), "is_alive": alive})
        if self._dead > max(_LEAST_DEAD, self._columns.size - self._dead):
            self._columns.keep(self["is_alive"].copy())
            self._dead = 0
        self.sequence = current
