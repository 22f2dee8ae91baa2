"""What a question is about: the traces that a filter selects, and what runs in them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace

import numpy as np

from halo_dash.model.filter import NO_FILTER
from halo_dash.store.asking import Selection
from halo_dash.store.driver import Connection
from halo_dash.store.figures.layout import Array
from halo_dash.store.figures.measures import Runs
from halo_dash.store.figures.packing import HAS_ERRORS, IS_FAILED, IS_RUN
from halo_dash.store.figures.tables import Tables
from halo_dash.store.selecting import selecting
from halo_dash.store.statements import sql
from halo_dash.store.where import fresh_after


class Chosen:
    """The traces of a selection, by their places in the tables, at one moment."""

    def __init__(self, tables: Tables, connection: Connection, selection: Selection, now_ns: int) -> None:
        self.tables = tables
        self.connection = connection
        self.is_in = _chosen(tables, connection, selection, now_ns)
        traces = tables.traces
        self.is_running = traces["can_run"] & (traces["arrival"] > fresh_after(now_ns))
        self._is_silent = _silent(tables, selection)

    def whole_runs(self) -> Runs:
        """Each trace as one run."""
        return self.whole_of(np.flatnonzero(self.is_in))

    def whole_of(self, places: Array) -> Runs:
        """The traces at these places, each as one run."""
        traces = self.tables.traces
        is_settled = ~self.is_running[places]
        is_failed = traces["is_failed"][places]
        return Runs(
            places,
            traces["start"][places],
            is_failed & is_settled,
            ~is_failed & traces["has_errors"][places] & is_settled,
            np.where(is_settled, traces["duration"][places], -1),
            self._in_effect(is_failed, places),
        )

    def parts(self) -> Array:
        """Places of all parts of the traces."""
        return np.flatnonzero(self.is_in[self.tables.parts["trace"]])

    def runs_of(self, parts: Array) -> tuple[Runs, Array]:
        """The runs of agents among some parts, and the place of each one's part."""
        table = self.tables.parts
        flags = table["flags"][parts]
        is_run = flags & IS_RUN != 0
        parts, flags = parts[is_run], flags[is_run]
        places = table["trace"][parts]
        is_settled = ~self.is_running[places]
        is_failed = flags & IS_FAILED != 0
        return (
            Runs(
                places,
                self.tables.traces["start"][places],
                is_failed & is_settled,
                ~is_failed & (flags & HAS_ERRORS != 0) & is_settled,
                np.where(is_settled, table["duration"][parts], -1),
                self._in_effect(is_failed, places),
                self._apart(is_failed, places),
            ),
            parts,
        )

    def _apart(self, is_failed: Array, places: Array) -> Array:
        """Which runs of agents, in the traces at these places, fared otherwise than their trace."""
        found: Array = (is_failed != self.tables.traces["is_failed"][places]) & ~self.is_running[places]
        return found

    def _in_effect(self, is_failed: Array, places: Array) -> Array | None:
        """Which runs, at these places, failed in effect; None while nothing judges traces."""
        if self._is_silent is None:
            return None
        found: Array = (is_failed | self._is_silent[places]) & ~self.is_running[places]
        return found

    def outcomes(self, *, of_agents: bool) -> tuple[Array, Array, Array | None]:
        """Whether each part's run (the agent's, or the whole trace) failed, recovered, failed in effect."""
        tables = self.tables
        places = tables.parts["trace"]
        is_settled = ~self.is_running[places]
        if of_agents:
            flags = tables.parts["flags"]
            is_failed, has_errors = flags & IS_FAILED != 0, flags & HAS_ERRORS != 0
        else:
            is_failed, has_errors = tables.traces["is_failed"][places], tables.traces["has_errors"][places]
        in_effect = self._in_effect(is_failed, places)
        return is_failed & is_settled, ~is_failed & has_errors & is_settled, in_effect

    def apart(self) -> Array:
        """Whether each part's run of an agent fared otherwise than its trace."""
        parts = self.tables.parts
        return self._apart(parts["flags"] & IS_FAILED != 0, parts["trace"])

    def runs_by(self, parts: Array, groups: Array) -> tuple[Runs, Array]:
        """Whole traces as runs, each once for every group that one of its parts is in; and the groups."""
        traces = self.tables.parts["trace"][parts].astype("i8")
        is_alone = np.bincount(traces, minlength=1)[traces] == 1
        size = max(1, self.tables.traces.size)
        # Only where a trace has several of the parts can it come twice.
        pairs = np.unique(groups[~is_alone] * size + traces[~is_alone])
        places = np.concatenate((traces[is_alone], pairs % size))
        return self.whole_of(places), np.concatenate((groups[is_alone], pairs // size))


def _silent(tables: Tables, selection: Selection) -> Array | None:
    """Which traces failed in effect and did not say so; None while nothing judges traces."""
    if not selection.judged.is_ready:
        return None
    flags = np.frombuffer(selection.judged.failed.to_flags(), "u1")
    places = tables.places(np.flatnonzero(flags == ord("1")))
    found = np.zeros(tables.traces.size, bool)
    found[places[places >= 0]] = True
    return found & ~tables.traces["is_failed"]


def _chosen(tables: Tables, connection: Connection, selection: Selection, now_ns: int) -> Array:
    traces = tables.traces
    first, last = selection.chosen.period(now_ns)
    rest = replace(selection.chosen, window=None, from_ns=None, to_ns=None)
    if rest == NO_FILTER and not selection.typed and selection.rows is None:
        found = traces["is_alive"].copy()
        if first is not None:
            found &= traces["start"] >= first
        if last is not None:
            found &= traces["start"] < last
        return found
    clause = selecting(selection, now_ns)
    statement = clause.within(sql("figures", "chosen"))
    (rows,) = connection.execute(statement, clause.parameters).fetchone()
    found = np.zeros(traces.size, bool)
    places = tables.places(np.array(json.loads(rows), "i8"))
    found[places[places >= 0]] = True
    return found


def read_terms(connection: Connection, terms: Iterable[int]) -> dict[int, tuple[str, str]]:
    """(field, value) of each term; 0 is none."""
    wanted = json.dumps(sorted({int(term) for term in terms} - {0}))
    rows = connection.execute(sql("figures", "terms"), (wanted,))
    return {term: (field, value) for term, field, value in rows}


def find_term(connection: Connection, field: str, value: str) -> int | None:
    """The number of a term, or None where nothing has it."""
    row = connection.execute(sql("figures", "term"), (field, value)).fetchone()
    return None if row is None else int(row[0])
