"""The facts of all traces in memory, kept up to date from those that changed.

A changed trace is added anew at the end and its old rows are dead; when too many are, all are put together
again. Nothing that is answered depends on the order of rows, which is another in every process.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from halo_dash.store.driver import Connection
from halo_dash.store.figures import layout
from halo_dash.store.figures.columns import Columns
from halo_dash.store.figures.grouped import Grouped
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.figures.packing import IS_LABELLED, KIND_BITS
from halo_dash.store.statements import sql

_READ_AT_ONCE = 8_192
_MOST_DEAD = 4_096
"""So many dead traces are always borne; beyond, at most a fourth of all."""

_WHAT = KIND_BITS | IS_LABELLED
_WHAT_BITS = 5
_TOKENS = dict.fromkeys(TOKENS, "i8")
_PARTS = len(layout.TRACE.names or ())
"""Where the facts begin in a row of `changes.sql`."""
_TEXTS = ("agent", "name", "role", "version", "framework", "session", "user", "environment")


class Tables:
    """Traces, their parts, calls and steps; rows refer to one another by their place."""

    def __init__(self) -> None:
        self.empty()

    def empty(self) -> None:
        """Begin anew."""
        self.revision = 0
        self.traces = Columns(
            {name: layout.TRACE.fields[name][0].str for name in layout.TRACE.names or ()}  # type: ignore[index] # it has fields
            | {"is_alive": "?"}
        )
        self.parts = Columns(
            dict.fromkeys(("trace", *_TEXTS, "unpriced", "llm", "tools"), "u4")
            | {"flags": "u1", "duration": "i8", "cost": "f8"}
            | _TOKENS
        )
        self.calls = Grouped({"part": "u4", "sequence": "u4", "cost": "f8"} | _TOKENS, None)
        self.steps = Grouped({"part": "u4", "sequence": "u4", "what": "u2", "duration": "i8"}, "duration")
        self._at = np.full(0, -1, "i8")
        """Row of a trace in the store -> its place in `traces`, or -1."""
        self._dead = 0
        self.uncounted: set[int] = set()
        """Rows of traces that have no facts yet."""
        self._groups: dict[int, int] = {}
        self._labels: list[int] = []

    @property
    def groups(self) -> int:
        """How many different (label, kind) there are."""
        return len(self._labels)

    def label(self, group: int) -> tuple[int, int]:
        """(term of the label or 0, kind with `IS_LABELLED`) of a group of steps or calls."""
        code = self._labels[group]
        return code >> _WHAT_BITS, code & _WHAT

    def codes(self) -> Array:
        """A number for each group that is the same in every process."""
        return np.array(self._labels, "i8")

    def places(self, rows: Array) -> Array:
        """Where the traces are that have these rows in the store; -1 where one is not counted."""
        known = rows[rows < len(self._at)]
        return self._at[known]

    def catch_up(self, connection: Connection) -> None:
        """Apply what changed since the last time. Nothing has, for a snapshot older than that."""
        (current,) = connection.execute(sql("traces", "revision")).fetchone()
        if current <= self.revision:
            return
        if self.revision:
            self._drop_removed(connection)
        changed = connection.execute(sql("figures", "changes"), (self.revision,))
        while rows := changed.fetchmany(_READ_AT_ONCE):
            self._replace(rows)
        self.revision = current
        if self._dead > max(_MOST_DEAD, self.traces.size // 4):
            self._put_together()

    def _drop_removed(self, connection: Connection) -> None:
        (forgotten,) = connection.execute(sql("removal", "forgotten")).fetchone()
        if forgotten > self.revision:
            # Which traces were removed is not known any more.
            self.empty()
            return
        gone = [row for row, _revision in connection.execute(sql("removal", "since"), (self.revision,))]
        self.uncounted.difference_update(gone)
        self._bury(np.array(gone, "i8"))

    def _bury(self, rows: Array) -> None:
        known = rows[rows < len(self._at)]
        places = self._at[known]
        places = places[places >= 0]
        self.traces["is_alive"][places] = False
        self._at[known] = -1
        self._dead += len(places)

    def _replace(self, rows: list[Any]) -> None:
        """Put the facts of these traces in the place of what was known of them."""
        ids = np.array([row[0] for row in rows], "i8")
        self._bury(ids)
        without = [row[0] for row in rows if row[_PARTS] is None]
        self.uncounted.difference_update(ids.tolist())
        self.uncounted.update(without)
        if without:
            rows = [row for row in rows if row[_PARTS] is not None]
        if not rows:
            return
        values = list(zip(*rows, strict=True))
        parts, part_counts = _records(values[_PARTS], layout.PART)
        calls, call_counts = _records(values[_PARTS + 1], layout.CALL)
        steps, step_counts = _records(values[_PARTS + 2], layout.STEP)
        first_part = np.cumsum(part_counts) - part_counts + self.parts.size
        ids = np.array(values[0], "i8")
        places = np.arange(len(rows)) + self.traces.size
        if ids.max() >= len(self._at):
            grown = np.full(int(ids.max()) * 5 // 4 + 1024, -1, "i8")
            grown[: len(self._at)] = self._at
            self._at = grown
        self._at[ids] = places
        names = layout.TRACE.names or ()
        given = {name: np.array(column) for name, column in zip(names, values[:_PARTS], strict=True)}
        given |= {
            "is_alive": np.ones(len(rows), bool),
        }
        self.traces.add(len(rows), given)
        self.parts.add(len(parts), _by_name(parts) | {"trace": np.repeat(places, part_counts)})
        for table, found, counts in ((self.calls, calls, call_counts), (self.steps, steps, step_counts)):
            parts_of = found["part"] + np.repeat(first_part, counts)
            table.add(self._grouped(found), _by_name(found) | {"part": parts_of})

    def _grouped(self, records: Array) -> Array:
        """The group of each call or step."""
        codes = records["label"].astype("i8") << _WHAT_BITS | records["what"] & _WHAT
        found, inverse = np.unique(codes, return_inverse=True)
        groups = np.empty(len(found), "i4")
        for place, code in enumerate(found.tolist()):
            group = self._groups.setdefault(code, len(self._labels))
            if group == len(self._labels):
                self._labels.append(code)
            groups[place] = group
        return groups[inverse]

    def _put_together(self) -> None:
        """Let go of dead rows."""
        alive = self.traces["is_alive"].copy()
        kept_parts = alive[self.parts["trace"]]
        kept_calls, kept_steps = kept_parts[self.calls["part"]], kept_parts[self.steps["part"]]
        trace_to, part_to = np.cumsum(alive) - 1, np.cumsum(kept_parts) - 1
        self.traces.keep(alive)
        self.parts.keep(kept_parts)
        self.parts["trace"][:] = trace_to[self.parts["trace"]]
        for table, kept in ((self.calls, kept_calls), (self.steps, kept_steps)):
            table.keep(kept)
            table.put("part", part_to[table["part"]])
        self._at[:] = -1
        self._at[self.traces["row"]] = np.arange(self.traces.size)
        self._dead = 0


def _records(packed: tuple[bytes, ...], kind: np.dtype[Any]) -> tuple[Array, Array]:
    """All records, and how many each trace has."""
    counts = np.array([len(each) for each in packed], "i8") // kind.itemsize
    return np.frombuffer(b"".join(packed), kind), counts


def _by_name(records: Array) -> dict[str, Array]:
    return {name: records[name] for name in records.dtype.names or ()}
