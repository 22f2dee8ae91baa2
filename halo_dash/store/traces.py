"""Reading the trace list: pages, totals, one trace, its neighbours, what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from halo_dash.errors import NotFoundError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import MAX_LIMIT
from halo_dash.model.found import SearchReport
from halo_dash.model.observation import Usage
from halo_dash.model.page import Changes, FacetValue, Neighbours, Totals, TracePage
from halo_dash.model.spread import Spread, round_edges
from halo_dash.model.trace import TraceRow
from halo_dash.store.annotations import with_annotations
from halo_dash.store.asking import Asking, Selection
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.findings.view import FindingsView
from halo_dash.store.list_size import ListSize, read_size
from halo_dash.store.order import Order
from halo_dash.store.page_matches import MATCHES_S, PageMatches
from halo_dash.store.selecting import among, selecting
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import trace_row
from halo_dash.store.where import BOUNDED_COLUMNS, RUNNING, Clause, fresh_after

if TYPE_CHECKING:
    from halo_dash.store.memory.list_view import ListView
    from halo_dash.store.memory.trace_table import TraceTable


class TraceView:
    """Reads traces. May be used from any thread.

    There are two ways to the same answers: by SQL, and from columns of all traces in memory. A process that
    asks once is better off with SQL; one that shows lists has columns, from `load` or the first facets on.
    """

    def __init__(
        self, database: Database, asking: Asking, catalogue: Catalogue, findings: FindingsView
    ) -> None:
        self._database = database
        self._asking = asking
        self._findings = findings
        self._matches = PageMatches(catalogue)
        self._memory: ListView | None = None

    def page(
        self, query: ListQuery, now_ns: int, *, facets: bool = True, patience_s: float = MATCHES_S
    ) -> TracePage:
        """One page, with totals over the whole selection and, on demand, the counts of its values.

        `now_ns` decides what is running and where `range` begins; `patience_s` is how long to look for why
        traces were found. Raises `UsageError` for a cursor of another list or order.
        """
        order = Order(query.sort)
        selection = self._asking.select(query.filter)
        after = order.read(query.cursor) if query.cursor else None
        memory = self._load() if facets else self._loaded
        with self._database.reading() as connection:
            counts: Mapping[str, tuple[FacetValue, ...]] = {}
            if memory is None:
                clause, totals = selecting(selection, now_ns), read_totals(connection, selection, now_ns)
            else:
                found = memory.page(
                    connection, selection, now_ns, order, limit=query.limit + 1, after=after, facets=facets
                )
                clause, totals, counts = among(found.rows), found.totals, found.facets
            if after is not None:
                order.add_after(clause, after)
            (revision,) = connection.execute(sql("traces", "revision")).fetchone()
            statement = clause.within(_ordered(sql("traces", "page"), order))
            rows = connection.execute(statement, (*clause.parameters, query.limit + 1)).fetchall()
            has_more = len(rows) > query.limit
            shown = rows[: query.limit]
            items = with_annotations(connection, [trace_row(row[3:]) for row in shown])
            matches = self._matches.find(connection, items, selection.terms, patience_s)
            report = _report(connection, selection)
        return TracePage(
            items=self._findings.attach(items),
            next_cursor=order.write(shown[-1][:3]) if has_more else None,
            totals=totals,
            facets=counts,
            revision=revision,
            search=report,
            matches=matches,
        )

    def rows(self, chosen: Filter, now_ns: int) -> Iterator[TraceRow]:
        """Every trace of a selection, newest first, page by page. Raises `UsageError` as `page` does."""
        query: ListQuery | None = ListQuery(chosen, limit=MAX_LIMIT)
        while query is not None:
            found = self.page(query, now_ns, facets=False, patience_s=0)
            yield from found.items
            query = query.at(found.next_cursor) if found.next_cursor else None

    def load(self) -> None:
        """Read the columns of all traces now, so that the first page need not."""
        with self._database.reading() as connection:
            self._load().follow(connection)

    @contextmanager
    def table(self) -> Iterator[TraceTable]:
        """The columns of all traces as of now, for the store's own use."""
        memory = self._load()
        with self._database.reading() as connection, memory.table(connection) as table:
            yield table

    def totals(self, chosen: Filter, now_ns: int) -> Totals:
        """Sums over every trace of a selection."""
        selection, memory = self._asking.select(chosen), self._loaded
        with self._database.reading() as connection:
            if memory is None:
                return read_totals(connection, selection, now_ns)
            return memory.totals(connection, selection, now_ns)

    def size(self) -> ListSize:
        """How large all of it is."""
        memory = self._loaded
        with self._database.reading() as connection:
            return read_size(connection) if memory is None else memory.size(connection)

    @property
    def _loaded(self) -> ListView | None:
        return self._memory if self._memory is not None and self._memory.is_loaded else None

    def _load(self) -> ListView:
        if self._memory is None:
            # Loads numpy, which takes a tenth of a second that no other use of a store should wait for.
            from halo_dash.store.memory.list_view import ListView  # noqa: PLC0415 - see above

            self._memory = ListView()
        return self._memory

    def spread(self, chosen: Filter, name: str, now_ns: int) -> Spread:
        """How a measure (`tokens`, `cost`, `duration` in ns, …) is spread over a selection."""
        selection, memory = self._asking.select(chosen), self._loaded
        clause = selecting(selection, now_ns)
        column = BOUNDED_COLUMNS[name]
        with self._database.reading() as connection:
            if memory is not None:
                return memory.spread(connection, selection, now_ns, name)
            statement = clause.within(sql("traces", "extent").replace("/*measure*/ 0", column))
            least, most = connection.execute(statement, clause.parameters).fetchone()
            if least is None:
                return Spread()
            edges = round_edges(least, most)
            statement = clause.within(sql("traces", "spread").replace("/*measure*/ 0", column))
            counts = ", ".join(["coalesce(sum(value >= ? AND value < ?), 0)"] * (len(edges) - 1))
            limits = [limit for pair in pairwise(edges) for limit in pair]
            statement = statement.replace("/*counts*/ 0", counts)
            row = connection.execute(statement, (*limits, *clause.parameters)).fetchone()
        return Spread(edges, tuple(row))

    def get(self, trace_id: str) -> TraceRow | None:
        """One trace."""
        with self._database.reading() as connection:
            row = connection.execute(sql("traces", "get"), (trace_id,)).fetchone()
            if row is None:
                return None
            items = with_annotations(connection, [trace_row(row)])
        return self._findings.attach(items)[0]

    def unjudged(self, trace_id: str) -> TraceRow | None:
        """One trace without annotations and findings: for the judge, who is about to make them."""
        with self._database.reading() as connection:
            row = connection.execute(sql("traces", "get"), (trace_id,)).fetchone()
        return None if row is None else trace_row(row)

    def neighbours(self, trace_id: str, query: ListQuery, now_ns: int) -> Neighbours:
        """The traces next to one in the order of a list, whether or not the filter selects that one.

        Raises `NotFoundError` where there is no such trace.
        """
        selection, memory = self._asking.select(query.filter), self._loaded
        order = Order(query.sort)
        directions = (Order(query.sort, is_reversed=True), order)
        with self._database.reading() as connection:
            if memory is not None:
                memory.follow(connection)
            statement = sql("traces", "position").replace("/*order*/ 1", order.position_columns)
            position = connection.execute(statement, (trace_id,)).fetchone()
            if position is None:
                raise NotFoundError(f"There is no trace {trace_id}.")
            if memory is None:
                clauses = [selecting(selection, now_ns) for _direction in directions]
            else:
                rows = memory.nearest(connection, selection, now_ns, directions, position)
                clauses = [among(each) for each in rows]
            found: list[str | None] = []
            for direction, clause in zip(directions, clauses, strict=True):
                direction.add_after(clause, position)
                statement = clause.within(sql("traces", "nearest").replace("/*order*/ 1", direction.sql))
                row = connection.execute(statement, clause.parameters).fetchone()
                found.append(None if row is None else row[0])
        return Neighbours(*found)

    def changed_since(self, revision: int, limit: int = 1000) -> Changes:
        """The traces that changed or were removed after `revision`, each at its last change."""
        window = {"revision": revision, "limit": limit + 1}
        with self._database.reading() as connection:
            rows = connection.execute(sql("traces", "changed_since"), window).fetchall()
            (current,) = connection.execute(sql("traces", "revision")).fetchone()
            if self._loaded is not None:
                self._loaded.follow(connection)
        has_more = len(rows) > limit
        reached = rows[limit - 1][1] if has_more else current
        return Changes(reached, tuple(row[0] for row in rows[:limit]), has_more)


def read_totals(connection: Connection, selection: Selection, now_ns: int) -> Totals:
    """Sums over every trace of the selection."""
    clause = selecting(selection, now_ns)
    statement = clause.within(sql("traces", "totals").replace("/*running*/ FALSE", RUNNING))
    row = connection.execute(statement, (fresh_after(now_ns), *clause.parameters)).fetchone()
    traces = row[0]
    if not traces:
        return Totals()
    values = [*row[:7], Usage(*row[7:13]), row[13], bool(row[14]), _median(connection, clause, traces)]
    return Totals(*values)


def _median(connection: Connection, clause: Clause, traces: int) -> int | None:
    if not traces:
        return None
    statement = clause.within(sql("traces", "duration_at"))
    if clause.needs_row:
        # Sorting what the filter leaves is cheaper than asking it about every trace in order of duration.
        statement = statement.replace("ORDER BY t.duration_ns", "ORDER BY +t.duration_ns")
    (duration,) = connection.execute(statement, (*clause.parameters, (traces - 1) // 2)).fetchone()
    return int(duration)


def _report(connection: Connection, selection: Selection) -> SearchReport | None:
    """How the search went, with how far back it came where it is partial."""
    report = selection.report
    if report is None or not report.is_partial:
        return report
    (back_to_ns,) = connection.execute(sql("search", "oldest_from"), (selection.reached,)).fetchone()
    return replace(report, back_to_ns=back_to_ns)


def _ordered(statement: str, order: Order) -> str:
    return statement.replace("/*position*/ 1, 1, 1", order.position_columns).replace("/*order*/ 1", order.sql)
