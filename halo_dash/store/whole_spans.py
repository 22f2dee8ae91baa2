"""Whole spans with their log records, from their rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from halo_dash.model.page import StoredSpan
from halo_dash.model.span import LogRecord, Span
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.codec import unpack_log, unpack_span
from halo_dash.store.compression import decompress
from halo_dash.store.driver import Connection
from halo_dash.store.span_rows import OBSERVATION, sequence_of, unpack_observation
from halo_dash.store.statements import sql_many

Key = tuple[str, str]
"""(trace_id, span_id)."""

IN_ONE_STATEMENT = 500


@dataclass(frozen=True, slots=True)
class PackedSpan:
    """A span as it was read: unpacked only where it is needed."""

    row: Sequence[Any]
    packed: bytes

    @property
    def id(self) -> int:
        """Its row id."""
        return int(self.row[0])


def read_packed(connection: Connection, rows: Sequence[int]) -> list[PackedSpan]:
    """The spans of these row ids, in no order."""
    found: list[PackedSpan] = []
    for begin in range(0, len(rows), IN_ONE_STATEMENT):
        some = rows[begin : begin + IN_ONE_STATEMENT]
        statement = sql_many("spans", "whole", len(some))
        found += [PackedSpan(row, decompress(row[-1])) for row in connection.execute(statement, some)]
    return found


def unpack_whole(connection: Connection, catalogue: Catalogue, trace_id: str, packed: PackedSpan) -> Span:
    """The span itself."""
    row = packed.row
    place = Span(
        trace_id=trace_id,
        span_id=row[2],
        parent_span_id=row[3],
        name=row[4],
        start_ns=row[5],
        end_ns=row[6],
        resource=catalogue.resources.get(connection, row[-2]),
        scope=catalogue.scopes.get(connection, row[1]),
    )
    return unpack_span(packed.packed, place)


def stored_span(
    connection: Connection, catalogue: Catalogue, trace_id: str, packed: PackedSpan, logs: Sequence[LogRecord]
) -> StoredSpan:
    """The span with its reading and logs."""
    return StoredSpan(
        unpack_whole(connection, catalogue, trace_id, packed),
        unpack_observation(packed.row[OBSERVATION]),
        tuple(logs),
        sequence_of(packed.id),
    )


def read_logs(
    connection: Connection, catalogue: Catalogue, trace_id: str, span_ids: Sequence[str]
) -> dict[str, list[LogRecord]]:
    """Span id -> its log records in order."""
    found: dict[str, list[LogRecord]] = {}
    for begin in range(0, len(span_ids), IN_ONE_STATEMENT):
        some = span_ids[begin : begin + IN_ONE_STATEMENT]
        rows = connection.execute(sql_many("logs", "of_spans", len(some)), (trace_id, *some))
        for (_trace_id, span_id), record in _records(connection, catalogue, rows):
            found.setdefault(span_id, []).append(record)
    return found


def read_logs_of_traces(
    connection: Connection, catalogue: Catalogue, trace_ids: Sequence[str]
) -> dict[Key, list[LogRecord]]:
    """(trace_id, span_id) -> its log records in order."""
    found: dict[Key, list[LogRecord]] = {}
    for begin in range(0, len(trace_ids), IN_ONE_STATEMENT):
        some = trace_ids[begin : begin + IN_ONE_STATEMENT]
        rows = connection.execute(sql_many("logs", "of_traces", len(some)), some)
        for key, record in _records(connection, catalogue, rows):
            found.setdefault(key, []).append(record)
    return found


def _records(
    connection: Connection, catalogue: Catalogue, rows: Iterable[Sequence[Any]]
) -> Iterable[tuple[Key, LogRecord]]:
    for trace_id, span_id, resource, scope, body in rows:
        record = unpack_log(
            decompress(body),
            trace_id,
            span_id,
            catalogue.resources.get(connection, resource),
            catalogue.scopes.get(connection, scope),
        )
        yield (trace_id, span_id), record
