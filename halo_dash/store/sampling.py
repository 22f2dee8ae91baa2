"""`store.sampling`: how large a selection is, and what to read of one that is too large."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING

from halo_dash.model.draw import Draw
from halo_dash.model.filter import Filter
from halo_dash.store.asking import Asking
from halo_dash.store.bits import Bits
from halo_dash.store.database import Database
from halo_dash.store.findings.board import Board
from halo_dash.store.findings.view import FindingsView
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import AGENT_IDENTITY
from halo_dash.store.traces import TraceView

if TYPE_CHECKING:
    from halo_dash.store.figures.layout import Array
    from halo_dash.store.memory.chosen import Chosen
    from halo_dash.store.memory.trace_table import TraceTable

NAMED = 10_000
"""A selection of so many traces is named trace by trace: nothing that arrives later becomes part of it."""

_KEPT_IN = (AGENT_IDENTITY, "version")
"""Values of which every one stays in, failed or not."""


class Sampling:
    """May be used from any thread. The first question of a process loads the columns of all traces."""

    def __init__(self, database: Database, asking: Asking, traces: TraceView, findings: FindingsView) -> None:
        self._database = database
        self._asking = asking
        self._traces = traces
        self._findings = findings

    def draw(self, chosen: Filter, now_ns: int, *, most_spans: int | None, seed: int = 0) -> Draw:
        """Everything that a filter selects, or as much of it as has `most_spans` spans (one trace at least).

        Of what is drawn every failure cluster (and group of them), rule, outcome, agent and version keeps a
        trace where there is room. Raises `UsageError` as a list of traces does.
        """
        import numpy as np  # noqa: PLC0415 - takes a tenth of a second that no other use of a store waits for

        from halo_dash.store.memory.chosen import Chosen  # noqa: PLC0415 - loads numpy
        from halo_dash.store.memory.drawing import draw  # noqa: PLC0415 - the same

        selection = self._asking.select(chosen)
        with self._findings.board() as board, self._traces.table() as table:
            picked = Chosen(table, selection, now_ns)
            slots = np.flatnonzero(picked.mask)
            spans, starts = table["spans"][slots], table["start"][slots]
            traces, total = len(slots), int(spans.sum())
            kinds = missed = 0
            if most_spans is not None and total > most_spans:
                failures, others = _kinds(table, picked, board, slots)
                drawn = draw(spans, starts, failures, others, most=most_spans, seed=seed)
                kinds, missed = sum(bool(len(each)) for each in (*failures, *others)), drawn.missed
                slots, spans, starts = (each[drawn.places] for each in (slots, spans, starts))
            is_named = kinds > 0 or len(slots) < traces or len(slots) <= NAMED
            rows = table["row"][slots[np.argsort(starts, kind="stable")]].tolist() if is_named else None
        return Draw(
            traces=traces,
            spans=total,
            trace_ids=None if rows is None else self._ids(rows),
            read_traces=len(slots),
            read_spans=int(spans.sum()),
            kinds=kinds,
            missed_kinds=missed,
        )

    def names(self, chosen: Filter, now_ns: int) -> tuple[str, ...]:
        """The ids of all traces that a filter selects, however many, in order of their start."""
        import numpy as np  # noqa: PLC0415 - see `draw`

        from halo_dash.store.memory.chosen import Chosen  # noqa: PLC0415 - loads numpy

        selection = self._asking.select(chosen)
        with self._traces.table() as table:
            slots = np.flatnonzero(Chosen(table, selection, now_ns).mask)
            rows = table["row"][slots[np.argsort(table["start"][slots], kind="stable")]].tolist()
        return self._ids(rows)

    def _ids(self, rows: list[int]) -> tuple[str, ...]:
        """The ids of traces, in this order; one that was removed this very moment has none."""
        with self._database.reading() as connection:
            found = connection.execute(sql("traces", "ids_in_order"), (json.dumps(rows),)).fetchall()
        return tuple(trace_id for (trace_id,) in found)


def _kinds(table: TraceTable, picked: Chosen, board: Board, slots: Array) -> tuple[list[Array], list[Array]]:
    """(places among `slots` of the traces of each kind of failure, those of each other kind)."""
    import numpy as np  # noqa: PLC0415 - see `draw`

    place_of = np.full(len(picked.mask), -1, "i8")
    place_of[slots] = np.arange(len(slots))

    def places(mine: Array) -> Array:
        found: Array = place_of[mine]
        return found[found >= 0]

    failures = [places(table.slots_of(rows)) for rows in _groups(board)]
    outcomes = [picked.by_column["effective"]["error"], *picked.statuses.values()]
    failures += [places(np.flatnonzero(mask & picked.mask)) for mask in outcomes[:1]]
    others = [places(np.flatnonzero(mask & picked.mask)) for mask in outcomes[1:]]
    for field in _KEPT_IN:
        others += [places(mine) for mine in table.values.members(field, picked.mask)]
    return failures, others


def _groups(board: Board) -> Iterator[Bits]:
    """The traces of each cluster, of each group of clusters, of each rule."""
    together: dict[str, list[Bits]] = {}
    for number, rows in board.by_cluster.items():
        identity = board.clusters[number]
        yield rows
        together.setdefault(f"group {identity.group}", []).append(rows)
        together.setdefault(f"rule {identity.rule}", []).append(rows)
    for each in together.values():
        if len(each) > 1:
            yield Bits.union(each)
