"""The columns of every trace, brought up to date from the traces that changed.

SQL would have to walk all traces for the sums of a page, walk them again for its counts, and sort those that
a filter leaves. Over columns in memory each takes a millisecond at tens of thousands of traces.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from halo_dash.store.bits import Bits
from halo_dash.store.driver import Connection
from halo_dash.store.figures.columns import Columns
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.identity import store_id
from halo_dash.store.memory.values import Values
from halo_dash.store.statements import sql

_READ_TOGETHER = 5_000
_LEAST_GONE = 2_000
"""Removed traces are kept until they are so many, and more than those that are left."""

_READ = np.dtype(
    [
        ("row", "i8"),
        ("is_failed", "?"),
        ("can_run", "?"),
        ("errors", "i8"),
        ("arrival", "i8"),
        ("start", "i8"),
        ("duration", "i8"),
        ("spans", "i8"),
        ("calls", "i8"),
        *((name, "i8") for name in TOKENS),
        ("cost", "f8"),
        ("is_partial", "?"),
        ("is_priced", "?"),
        ("is_pinned", "?"),
    ]
)
"""A row of `traces/table_changes` without its terms. Missing token counts are -1."""

_TYPES = {name: _READ[name].str for name in _READ.names or ()}
_PLACED = {"is_here": "?", "first_pair": "i8", "pairs": "i8"}


class TraceTable:
    """The table of one process. `current` gives it to one thread at a time."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._store = b""
        self._empty()

    def _empty(self) -> None:
        self.revision = 0
        """Of the store, that the table is as of."""
        self._columns = Columns(_TYPES | _PLACED)
        self._gone = 0
        self.values = Values()

    @property
    def is_loaded(self) -> bool:
        """Whether it has been read once: that takes a second for a hundred thousand traces."""
        return self.revision > 0

    def __getitem__(self, name: str) -> Array:
        """A column, with a place (slot) for every trace and for some that were removed."""
        return self._columns[name]

    @contextmanager
    def current(self, connection: Connection) -> Iterator[TraceTable]:
        """The table as of the moment that the connection sees; that may become a later one."""
        with self._guard:
            (current,) = connection.execute(sql("traces", "revision")).fetchone()
            if (store := store_id(connection)) != self._store:
                self._empty()  # another one took its place
                self._store = store
            if current < self.revision:
                # Another thread has seen a later moment; a transaction that begins now sees it too.
                connection.execute("ROLLBACK")
                connection.execute("BEGIN")
                (current,) = connection.execute(sql("traces", "revision")).fetchone()
            if current < self.revision:
                self._empty()  # the store was replaced by an older one
            if current > self.revision:
                try:
                    self._catch_up(connection, current)
                except BaseException:
                    self._empty()
                    raise
            yield self

    def mask_of(self, rows: Bits) -> Array:
        """Which slots are among these rows of traces."""
        mine = self["row"]
        found = np.zeros(len(mine), bool)
        for number, bits in rows.blocks.items():
            first, end = np.searchsorted(mine, [number << Bits.BLOCK, (number + 1) << Bits.BLOCK])
            if first < end:
                flags = np.frombuffer(bits.to_bytes(1 << Bits.BLOCK >> 3, "little"), "u1")
                is_in = np.unpackbits(flags, bitorder="little").view(bool)
                found[first:end] = is_in[mine[first:end] - (number << Bits.BLOCK)]
        return found

    def mask_at(self, rows: Sequence[int]) -> Array:
        """Which slots are these few rows of traces."""
        found = np.zeros(len(self["row"]), bool)
        slots, is_known = self._find(np.array(rows, "i8"))
        found[slots[is_known]] = True
        return found & self["is_here"]

    def slots_of(self, rows: Bits) -> Array:
        """The slots of these rows; cheap where they are few, which a mask is not."""
        slots, is_known = self._find(np.fromiter(rows, "i8"))
        found: Array = slots[is_known]
        return found[self["is_here"][found]]

    def _catch_up(self, connection: Connection, current: int) -> None:
        if self.revision:
            self._drop_removed(connection)
        self.values.learn(connection)
        statement = sql("traces", "table_changes")
        if not self.revision:
            # All of it: in the order of the table and not of the changes.
            statement = statement.replace("t.revision >", "+t.revision >")
        cursor = connection.execute(statement, (self.revision,))
        while rows := cursor.fetchmany(_READ_TOGETHER):
            self._put(rows)
        if self.values.is_mostly_dead:
            self.values.squeeze(self["first_pair"])
        self.revision = current

    def _put(self, rows: Sequence[tuple[Any, ...]]) -> None:
        """Take over what these traces are now."""
        read = np.array([row[:-1] for row in rows], _READ)
        read["cost"][~read["is_priced"]] = np.nan
        slots, is_known = self._find(read["row"])
        self.values.drop(self["first_pair"][slots[is_known]], self["pairs"][slots[is_known]])
        for name in _TYPES:
            self[name][slots[is_known]] = read[name][is_known]
        self._add(read[~is_known])
        slots, _is_known = self._find(read["row"])
        self["first_pair"][slots], self["pairs"][slots] = self.values.add(slots, [row[-1] for row in rows])

    def _find(self, rows: Array) -> tuple[Array, Array]:
        """(slot of each of these rows, whether it is there)."""
        mine = self["row"]
        slots = np.searchsorted(mine, rows)
        if not len(mine):
            return slots, np.zeros(len(rows), bool)
        return slots, mine[np.minimum(slots, len(mine) - 1)] == rows

    def _add(self, read: Array) -> None:
        read = read[np.argsort(read["row"])]
        before = self._columns.size
        none = np.zeros(len(read), "i8")
        placed = {"is_here": np.ones(len(read), bool), "first_pair": none, "pairs": none}
        self._columns.add(len(read), {name: read[name] for name in _TYPES} | placed)
        rows = self["row"]
        if before and len(read) and rows[before] < rows[before - 1]:
            # Large traces are known by their number before they are first summarised.
            self._arrange(np.argsort(rows))

    def _arrange(self, order: Array) -> None:
        """Put the slots in another order, or only some of them; the pairs of the others are gone."""
        slots = np.zeros(self._columns.size, "i8")
        slots[order] = np.arange(len(order))
        for name in (*_TYPES, *_PLACED):
            self[name][: len(order)] = self[name][order]
        is_left = np.arange(self._columns.size) < len(order)
        self._columns.keep(is_left)
        self.values.renumber(slots)

    def _drop_removed(self, connection: Connection) -> None:
        (forgotten,) = connection.execute(sql("removal", "forgotten")).fetchone()
        if forgotten > self.revision:
            # Which traces were removed is not known any more: begin anew.
            self._empty()
            return
        rows = connection.execute(sql("removal", "since"), (self.revision,)).fetchall()
        if not rows:
            return
        slots, is_known = self._find(np.array([row for row, _revision in rows], "i8"))
        slots = slots[is_known]
        self.values.drop(self["first_pair"][slots], self["pairs"][slots])
        self["pairs"][slots] = 0
        self["is_here"][slots] = False
        self._gone += len(slots)
        if self._gone > max(_LEAST_GONE, self._columns.size - self._gone):
            self.values.squeeze(self["first_pair"])
            self._arrange(np.flatnonzero(self["is_here"]))
            self._gone = 0
        self.values.forget_unused(connection)
