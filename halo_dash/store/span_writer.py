"""Writing spans: new ones in bulk, known ones by comparing versions. The hot path of the collector."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from halo_dash.model.observation import Observation
from halo_dash.model.span import Span
from halo_dash.model.trace import SpanReading
from halo_dash.semconv import observe
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.codec import in_column, pack_span, valid_text
from halo_dash.store.compression import Compressor
from halo_dash.store.driver import Connection
from halo_dash.store.known import KnownSpan, KnownTrace, KnownTraces
from halo_dash.store.span_rows import OBSERVATION, pack_observation, row_id, sequence_of, span_row
from halo_dash.store.statements import sql, sql_many
from halo_dash.store.versions import completeness
from halo_dash.store.whole_spans import (
    IN_ONE_STATEMENT,
    Key,
    PackedSpan,
    read_logs,
    read_logs_of_traces,
    read_packed,
    unpack_whole,
)

CHUNK_SPANS = 512
"""Spans handled together: enough to make statements cheap, few enough to bound memory."""

_LARGEST = 2**63 - 1


@dataclass(slots=True)
class Tally:
    """What a write did so far."""

    inserted: int = 0
    updated: int = 0
    duplicates: int = 0
    touched: dict[str, KnownTrace] = field(default_factory=dict)
    """Traces whose summary is to be made again."""
    changed: dict[str, None] = field(default_factory=dict)
    """Ids of all traces that changed, in order."""
    observed: set[Key] = field(default_factory=set)
    """Spans that were read in this write, with all log records that were stored before it."""


class SpanWriter:
    """Writes into one transaction after another."""

    def __init__(self, catalogue: Catalogue, known: KnownTraces, prices: PriceBook) -> None:
        self._catalogue = catalogue
        self._prices = prices
        self._known = known
        self._compressor = Compressor()
        self.sequence = 0
        """The last span that arrived."""

    def write(
        self, connection: Connection, chunk: Sequence[Span], source: str, received_ns: int, tally: Tally
    ) -> None:
        """Store at most `CHUNK_SPANS` spans. Raises `InvalidInputError` before anything is written."""
        packed = [pack_span(span) for span in chunk]
        for span in {(id(span.resource), id(span.scope)): span for span in chunk}.values():
            self._catalogued(connection, span)
        traces = self._known.find(
            connection, dict.fromkeys(span.trace_id for span in chunk), source, received_ns
        )
        held = self._held_in_large(connection, chunk, traces)
        fresh: dict[Key, tuple[Span, bytes]] = {}
        again: dict[int, tuple[Span, bytes]] = {}
        for span, body in zip(chunk, packed, strict=True):
            key = (span.trace_id, span.span_id)
            spans_of = traces[span.trace_id].spans
            row = held.get(key) if spans_of is None else _row(spans_of.get(span.span_id))
            if row is None:
                _choose(fresh, key, span, body, tally)
            else:
                _choose(again, row, span, body, tally)
        self._insert(connection, fresh, traces, tally)
        if again:
            self._replace(connection, again, traces, tally)

    def _held_in_large(
        self, connection: Connection, chunk: Sequence[Span], traces: dict[str, KnownTrace]
    ) -> dict[Key, int]:
        """Rows of those spans of the chunk that large traces have already."""
        wanted: dict[str, list[str]] = {}
        for span in chunk:
            if traces[span.trace_id].spans is None:
                wanted.setdefault(span.trace_id, []).append(span.span_id)
        found: dict[Key, int] = {}
        for trace_id, span_ids in wanted.items():
            for begin in range(0, len(span_ids), IN_ONE_STATEMENT):
                some = span_ids[begin : begin + IN_ONE_STATEMENT]
                rows = connection.execute(
                    sql_many("spans", "find_many", len(some)), (traces[trace_id].row, *some)
                )
                found.update(((trace_id, span_id), row) for span_id, row in rows)
        return found

    def _insert(
        self,
        connection: Connection,
        fresh: dict[Key, tuple[Span, bytes]],
        traces: dict[str, KnownTrace],
        tally: Tally,
    ) -> None:
        has_logs = connection.execute(sql("logs", "any")).fetchone()[0]
        logs = read_logs_of_traces(connection, self._catalogue, list(traces)) if has_logs else {}
        rows: list[tuple[object, ...]] = []
        bodies: list[tuple[int, bytes]] = []
        catalogued: dict[tuple[int, int], tuple[int, int]] = {}
        compress = self._compressor.compress
        for key, (span, body) in fresh.items():
            self.sequence += 1
            row = row_id(span.start_ns, self.sequence)
            observation = observe(span, logs.get(key, ()), self._prices)
            place = (id(span.resource), id(span.scope))
            if place not in catalogued:
                catalogued[place] = self._catalogued(connection, span)
            rows.append(span_row(row, traces[span.trace_id].row, span, catalogued[place], observation))
            bodies.append((row, compress(body)))
            self._remember(traces[span.trace_id], row, span, observation, tally)
        _insert_rows(connection, rows)
        connection.executemany(sql("spans", "insert_body"), bodies)
        tally.inserted += len(rows)
        if logs:
            tally.observed.update(fresh)

    def _replace(
        self,
        connection: Connection,
        again: dict[int, tuple[Span, bytes]],
        traces: dict[str, KnownTrace],
        tally: Tally,
    ) -> None:
        """Keep of each span the more complete version."""
        for held in read_packed(connection, list(again)):
            span, body = again[held.id]
            if self._is_same(connection, held, span, body):
                tally.duplicates += 1
                continue
            before = unpack_whole(connection, self._catalogue, span.trace_id, held)
            if completeness(span) <= completeness(before):
                tally.duplicates += 1
                continue
            connection.execute(sql("spans", "delete_body"), (held.id,))
            self._rewrite(connection, held.id, traces[span.trace_id], span, tally)
            connection.execute(sql("spans", "insert_body"), (held.id, self._compressor.compress(body)))
            tally.updated += 1
            tally.observed.add((span.trace_id, span.span_id))

    def _is_same(self, connection: Connection, held: PackedSpan, span: Span, body: bytes) -> bool:
        row = held.row
        return (
            held.packed == body
            and row[3] == span.parent_span_id
            and row[4] == span.name
            and (row[5], row[6]) == (in_column(span.start_ns), in_column(span.end_ns))
            and (row[-2], row[1]) == self._catalogued(connection, span)
        )

    def read_again(
        self, connection: Connection, keys: Iterable[Key], source: str, received_ns: int, tally: Tally
    ) -> None:
        """Observe stored spans once more, because log records of them arrived."""
        for trace_id, span_id in keys:
            found = connection.execute(sql("spans", "find_by_key"), (trace_id, span_id)).fetchone()
            if found is None:
                continue
            trace = self._known.find(connection, [trace_id], source, received_ns)[trace_id]
            (held,) = read_packed(connection, found)
            span = unpack_whole(connection, self._catalogue, trace_id, held)
            self._rewrite(connection, held.id, trace, span, tally)

    def reread(
        self, connection: Connection, trace_id: str, source: str, rows: Sequence[int], tally: Tally
    ) -> None:
        """Observe stored spans of one trace once more, and store what reads otherwise now."""
        packed = read_packed(connection, rows)
        logs = read_logs(connection, self._catalogue, trace_id, [held.row[2] for held in packed])
        for held in packed:
            span = unpack_whole(connection, self._catalogue, trace_id, held)
            observation = observe(span, logs.get(span.span_id, ()), self._prices)
            reading = pack_observation(observation)
            if reading != held.row[OBSERVATION]:
                trace = self._known.find(connection, [trace_id], source, 0)[trace_id]
                connection.execute(sql("spans", "put_reading"), (reading, held.id))
                self._remember(trace, held.id, span, observation, tally)

    def _rewrite(
        self,
        connection: Connection,
        row: int,
        trace: KnownTrace,
        span: Span,
        tally: Tally,
    ) -> None:
        """Store what was read of a span that is stored already."""
        logs = read_logs(connection, self._catalogue, span.trace_id, [span.span_id])
        observation = observe(span, logs.get(span.span_id, ()), self._prices)
        connection.execute(sql("spans", "delete"), (row,))
        _insert_rows(
            connection, [span_row(row, trace.row, span, self._catalogued(connection, span), observation)]
        )
        self._remember(trace, row, span, observation, tally)

    def _catalogued(self, connection: Connection, span: Span) -> tuple[int, int]:
        resource = self._catalogue.resources.add(connection, span.resource)
        return resource, self._catalogue.scopes.add(connection, span.scope)

    @staticmethod
    def _remember(trace: KnownTrace, row: int, span: Span, observation: Observation, tally: Tally) -> None:
        tally.touched[span.trace_id] = trace
        if trace.spans is not None:
            reading = SpanReading(
                span.span_id,
                span.parent_span_id,
                span.name,
                in_column(span.start_ns),
                in_column(span.end_ns),
                span.scope.name,
                observation,
                sequence_of(row),
            )
            trace.spans[span.span_id] = KnownSpan(row, reading)


def _row(known: KnownSpan | None) -> int | None:
    return None if known is None else known.row


_K = TypeVar("_K")


def _choose(chosen: dict[_K, tuple[Span, bytes]], key: _K, span: Span, body: bytes, tally: Tally) -> None:
    """Of several versions in one request keep the most complete one."""
    before = chosen.get(key)
    if before is None:
        chosen[key] = (span, body)
        return
    tally.duplicates += 1
    if completeness(span) > completeness(before[0]):
        chosen[key] = (span, body)


def _insert_rows(connection: Connection, rows: list[tuple[object, ...]]) -> None:
    statement = sql("spans", "insert")
    try:
        connection.executemany(statement, rows)
    except (OverflowError, UnicodeEncodeError):
        # Rare: a count beyond 64 bits or text that is not Unicode. Bodies keep both as they came.
        row_ids = [(row[0],) for row in rows]
        connection.executemany(sql("spans", "delete"), row_ids)
        connection.executemany(statement, [tuple(_storable(value) for value in row) for row in rows])


def _storable(value: object) -> object:
    if isinstance(value, str):
        return valid_text(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return max(-_LARGEST, min(value, _LARGEST))
    return value
