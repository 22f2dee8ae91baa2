"""Keeping the trace list true: a touched trace is summarised again from its readings, never counted up.

Small traces at every commit. Large ones at most about once a second, or ten thousand spans that arrive one
by one would be summarised ten thousand times; which ones wait is stored, so a crash forgets none.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence

from halo_dash.model.trace import SpanReading
from halo_dash.semconv.facts import facts_of
from halo_dash.semconv.summary import read_trace
from halo_dash.store.annotations import apply_terms, is_any, terms_for
from halo_dash.store.driver import Connection
from halo_dash.store.figures.packing import pack_facts
from halo_dash.store.known import KnownTrace, KnownTraces
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import Term, pack_summary, pack_terms, terms_of, trace_columns

_REST_S = 1.0
_SPANS_PER_REST = 20_000
"""A trace of this many spans rests twice as long, and so on: summarising never takes most of the time."""

_KEPT_TERMS = 50_000
_KEPT_TIMES = 1_000

_Readings = tuple[KnownTrace, list[SpanReading]]


class Summaries:
    """The part of the writer that fills the trace list."""

    def __init__(self, known: KnownTraces) -> None:
        self._known = known
        self._terms: dict[Term, int] = {}
        self._rests_until: dict[int, float] = {}
        self._waiting: set[int] | None = None
        self.revision = 0
        """The last change of a trace."""

    def forget(self) -> None:
        """The transaction was undone, or another process wrote."""
        self._terms.clear()
        self._waiting = None

    def drop(self, row: int) -> None:
        """Forget one trace: it was removed."""
        self._rests_until.pop(row, None)
        if self._waiting is not None:
            self._waiting.discard(row)

    @property
    def is_waiting(self) -> bool:
        """Whether some large trace changed after it was last summarised."""
        return bool(self._waiting)

    def refresh(self, connection: Connection, touched: Iterable[KnownTrace], received_ns: int) -> None:
        """Summarise the touched traces, or note down that they wait."""
        small: list[_Readings] = []
        resting: list[tuple[int, int]] = []
        for trace in touched:
            if trace.spans is not None:
                small.append((trace, [each.reading for each in trace.spans.values()]))
            elif time.monotonic() >= self._rests_until.get(trace.row, 0.0):
                self._settle(connection, trace, received_ns)
            else:
                resting.append((received_ns, trace.row))
        self._store(connection, small, received_ns)
        if resting:
            connection.executemany(sql("traces", "arrived"), resting)
            rows = [row for _, row in resting]
            connection.executemany(sql("traces", "add_unsettled"), [(row,) for row in rows])
            if self._waiting is not None:
                self._waiting.update(rows)

    def due(self, connection: Connection, *, everything: bool) -> list[int]:
        """Rows of the waiting traces that have rested long enough."""
        if self._waiting is None:
            self._waiting = {row for (row,) in connection.execute(sql("traces", "unsettled"))}
        now = time.monotonic()
        return [row for row in self._waiting if everything or now >= self._rests_until.get(row, 0.0)]

    def settle(self, connection: Connection, rows: Iterable[int]) -> None:
        """Summarise waiting traces."""
        for row in rows:
            trace_id, source = connection.execute(sql("traces", "known"), (row,)).fetchone()
            # Through what is remembered: its terms must stay those of the table.
            self._settle(connection, self._known.find(connection, [trace_id], source, 0)[trace_id], 0)

    def _settle(self, connection: Connection, trace: KnownTrace, received_ns: int) -> None:
        readings = [each.reading for each in self._known.read_spans(connection, trace.row).values()]
        self._store(connection, [(trace, readings)], received_ns)
        connection.execute(sql("traces", "remove_unsettled"), (trace.row,))
        if self._waiting is not None:
            self._waiting.discard(trace.row)
        if len(self._rests_until) > _KEPT_TIMES:
            self._rests_until.clear()
        self._rests_until[trace.row] = time.monotonic() + _REST_S * (1 + len(readings) // _SPANS_PER_REST)

    def _store(self, connection: Connection, traces: Iterable[_Readings], received_ns: int) -> None:
        """Summarise traces: five statements for all of them, because a statement costs more than a row."""
        updates: list[tuple[object, ...]] = []
        summaries: list[tuple[int, bytes, bytes]] = []
        facts: list[tuple[int, bytes, bytes, bytes]] = []
        gone: list[tuple[int, int]] = []
        new: list[tuple[int, int]] = []
        has_annotations = is_any(connection)
        for trace, readings in traces:
            row = trace.row
            read = read_trace(trace.trace_id, readings)
            summary, found = read.summary, facts_of(read)
            values = terms_of(summary, found, trace.source)
            if has_annotations:
                values |= terms_for(connection, trace.trace_id, summary.sessions)
            term_ids = self._ids_of(connection, values)
            terms = set(term_ids.values())
            self.revision += 1
            updates.append((*trace_columns(summary), self.revision, received_ns, row))
            summaries.append((row, pack_summary(summary), pack_terms(terms)))
            facts.append((row, *pack_facts(found, term_ids.__getitem__)))
            if terms != trace.terms:
                gone += [(term, row) for term in trace.terms - terms]
                new += [(term, row) for term in sorted(terms - trace.terms)]
                trace.terms = terms
        connection.executemany(sql("traces", "update"), updates)
        connection.executemany(sql("traces", "put_summary"), summaries)
        connection.executemany(sql("figures", "put"), facts)
        connection.executemany(sql("traces", "remove_term"), gone)
        connection.executemany(sql("traces", "add_term"), new)

    def annotated(self, connection: Connection, rows: Sequence[int]) -> None:
        """Traces of which people said something else than before."""
        for trace_id in apply_terms(connection, rows, self._ids_of, self._count_up):
            self._known.drop(trace_id)

    def _count_up(self) -> int:
        self.revision += 1
        return self.revision

    def _ids_of(self, connection: Connection, terms: Iterable[Term]) -> dict[Term, int]:
        known = self._terms
        if len(known) > _KEPT_TERMS:
            known.clear()
        ids: dict[Term, int] = {}
        for term in terms:
            found = known.get(term)
            if found is None:
                (found,) = connection.execute(sql("terms", "add"), term).fetchone()
                known[term] = found
            ids[term] = found
        return ids
