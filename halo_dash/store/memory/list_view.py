"""Answers about the list of traces from the columns in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from halo_dash.model.figures import UNNAMED
from halo_dash.model.page import FacetValue, Totals
from halo_dash.model.spread import Spread
from halo_dash.store.asking import Selection
from halo_dash.store.bits import Bits
from halo_dash.store.driver import Connection
from halo_dash.store.list_size import ListSize
from halo_dash.store.memory import counting
from halo_dash.store.memory.chosen import Chosen
from halo_dash.store.memory.first_rows import first_rows
from halo_dash.store.memory.trace_table import TraceTable
from halo_dash.store.order import Order
from halo_dash.store.trace_rows import AGENT_IDENTITY


@dataclass(frozen=True, slots=True)
class Listed:
    """What a page consists of, but for the rows themselves."""

    rows: Bits
    """Those of the page are among these."""
    totals: Totals
    facets: Mapping[str, tuple[FacetValue, ...]]


class ListView:
    """May be used from any thread.

    Each answer may begin the connection's transaction anew: it is to be asked before anything else is read.
    """

    def __init__(self) -> None:
        self._table = TraceTable()

    @property
    def is_loaded(self) -> bool:
        """Whether answers are quick; the first one reads all traces."""
        return self._table.is_loaded

    def follow(self, connection: Connection) -> None:
        """Take over what changed, so that the next page need not."""
        with self._table.current(connection):
            pass

    def table(self, connection: Connection) -> AbstractContextManager[TraceTable]:
        """The columns themselves, as of the moment that the connection sees."""
        return self._table.current(connection)

    def page(
        self,
        connection: Connection,
        selection: Selection,
        now_ns: int,
        order: Order,
        *,
        limit: int,
        after: Sequence[Any] | None,
        facets: bool,
    ) -> Listed:
        """The first `limit` traces after a position, with the totals and counts of all."""
        with self._table.current(connection) as table:
            chosen = Chosen(table, selection, now_ns)
            return Listed(
                Bits.of(first_rows(table, chosen.mask, order, limit, after)),
                counting.totals(table, chosen),
                counting.facets(table, chosen) if facets else {},
            )

    def nearest(
        self,
        connection: Connection,
        selection: Selection,
        now_ns: int,
        orders: Sequence[Order],
        position: Sequence[Any],
    ) -> list[Bits]:
        """For each order, the rows among which the first trace after a position is."""
        with self._table.current(connection) as table:
            mask = Chosen(table, selection, now_ns).mask
            return [Bits.of(first_rows(table, mask, order, 1, position)) for order in orders]

    def totals(self, connection: Connection, selection: Selection, now_ns: int) -> Totals:
        """Sums over all that is selected."""
        with self._table.current(connection) as table:
            return counting.totals(table, Chosen(table, selection, now_ns))

    def size(self, connection: Connection) -> ListSize:
        """How large all of it is."""
        with self._table.current(connection) as table:
            is_here = table["is_here"]
            starts = table["start"][is_here]
            return ListSize(
                traces=len(starts),
                spans=int(table["spans"][is_here].sum()),
                sessions=table.values.known("session"),
                agents=table.values.known(AGENT_IDENTITY, UNNAMED),
                oldest_ns=int(starts.min()) if len(starts) else None,
                newest_ns=int(starts.max()) if len(starts) else None,
                revision=table.revision,
            )

    def spread(self, connection: Connection, selection: Selection, now_ns: int, measure: str) -> Spread:
        """How a measure is spread over all that is selected."""
        with self._table.current(connection) as table:
            return counting.spread(table, Chosen(table, selection, now_ns), measure)
