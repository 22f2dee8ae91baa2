"""Reading spans: the outline of a trace, pages of whole spans, one span."""

from __future__ import annotations

from collections.abc import Mapping

from halo_dash.errors import UsageError
from halo_dash.model.page import SpanPage, StoredSpan
from halo_dash.model.trace import SpanReading
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.cursor import read_cursor, write_cursor
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.span_rows import SEQUENCE_BITS, reading_of, sequence_of
from halo_dash.store.statements import sql
from halo_dash.store.whole_spans import read_logs, read_packed, stored_span

_PAGE_BYTES = 16 << 20
"""A page ends early when its bodies reach this size, so that huge attributes cannot exhaust memory."""

_READ_AT_ONCE = 20
_LARGEST_LIMIT = 10_000
_BEFORE_ALL = (-1, -1)


class SpanView:
    """Reads spans. May be used from any thread."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue

    def outline(self, trace_id: str) -> tuple[SpanReading, ...]:
        """Every span of a trace without its body, in order of arrival; empty where there is no such trace."""
        scopes = self._catalogue.scopes
        with self._database.reading() as connection:
            trace = _find_trace(connection, trace_id)
            if trace is None:
                return ()
            rows = connection.execute(sql("spans", "outline"), (trace,)).fetchall()
            names = {scope: scopes.get(connection, scope).name for scope in {row[1] for row in rows}}
        rows.sort(key=lambda row: sequence_of(row[0]))
        return tuple(reading_of(row, names[row[1]]) for row in rows)

    def sizes(self, trace_id: str) -> Mapping[str, int]:
        """Bytes that each span of a trace takes in the store, compressed and without its logs."""
        with self._database.reading() as connection:
            trace = _find_trace(connection, trace_id)
            return dict(connection.execute(sql("spans", "sizes"), (trace,)).fetchall())

    def page(self, trace_id: str, after: str | None = None, limit: int = 500) -> SpanPage:
        """Whole spans in order of start, then arrival, with their logs.

        At most `limit` (1 to 10,000), fewer where they are very large. Raises `UsageError` for an `after`
        that no page gave.
        """
        if not 1 <= limit <= _LARGEST_LIMIT:
            raise UsageError(f"limit must be from 1 to {_LARGEST_LIMIT}, not {limit}.")
        start_ns, sequence = read_cursor(after, "spans", (int, int)) if after else _BEFORE_ALL
        items: list[StoredSpan] = []
        size = 0
        with self._database.reading() as connection:
            trace = _find_trace(connection, trace_id)
            position = {
                "trace": trace,
                "mask": (1 << SEQUENCE_BITS) - 1,
                "start_ns": start_ns,
                "sequence": sequence,
                "limit": limit + 1,
            }
            places = connection.execute(sql("spans", "page"), position).fetchall()
            begin = 0
            while begin < min(len(places), limit) and size < _PAGE_BYTES:
                rows = [row for row, _start_ns in places[begin : min(begin + _READ_AT_ONCE, limit)]]
                for item, span_size in self._read(connection, trace_id, rows):
                    if items and size + span_size > _PAGE_BYTES:
                        size = _PAGE_BYTES
                        break
                    items.append(item)
                    size += span_size
                begin += _READ_AT_ONCE
        if len(items) == len(places):
            return SpanPage(tuple(items), None)
        row, start_ns = places[len(items) - 1]
        return SpanPage(tuple(items), write_cursor("spans", (start_ns, sequence_of(row))))

    def get(self, trace_id: str, span_id: str) -> StoredSpan | None:
        """One whole span with its logs."""
        with self._database.reading() as connection:
            found = connection.execute(sql("spans", "find_by_key"), (trace_id, span_id)).fetchone()
            if found is None:
                return None
            ((item, _size),) = self._read(connection, trace_id, [found[0]])
            return item

    def _read(self, connection: Connection, trace_id: str, rows: list[int]) -> list[tuple[StoredSpan, int]]:
        by_row = {each.id: each for each in read_packed(connection, rows)}
        ordered = [by_row[row] for row in rows]
        logs = read_logs(connection, self._catalogue, trace_id, [each.row[2] for each in ordered])
        return [
            (
                stored_span(connection, self._catalogue, trace_id, each, logs.get(each.row[2], ())),
                len(each.packed),
            )
            for each in ordered
        ]


def _find_trace(connection: Connection, trace_id: str) -> int | None:
    row = connection.execute(sql("traces", "find"), (trace_id,)).fetchone()
    return None if row is None else int(row[0])
