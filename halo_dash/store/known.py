"""What the writer remembers of traces between transactions, so that it need not read back what it wrote.

True only while nobody else writes and nothing is undone: `forget` then. Traces too large to be summarised
at every commit are not kept span by span.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field

from halo_dash.model.trace import SpanReading
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.driver import Connection
from halo_dash.store.span_rows import reading_of
from halo_dash.store.statements import sql, sql_many
from halo_dash.store.trace_rows import unpack_terms

LARGE_TRACE_SPANS = 256
"""Beyond this a trace is summarised about once a second instead of at every commit."""

_KEPT_SPANS = 20_000
_IN_ONE_STATEMENT = 500


@dataclass(slots=True)
class KnownSpan:
    """A stored span: its row and its reading."""

    row: int
    reading: SpanReading


@dataclass(slots=True)
class KnownTrace:
    """A stored trace."""

    row: int
    trace_id: str
    source: str
    terms: set[int]
    spans: dict[str, KnownSpan] | None = field(default_factory=dict)
    """By span id; None for a large trace."""
    counted: int = 0
    """What the cache believes it to weigh."""


class KnownTraces:
    """Least recently written first."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._traces: OrderedDict[str, KnownTrace] = OrderedDict()
        self._weight = 0

    def forget(self) -> None:
        """Everything."""
        self._traces.clear()
        self._weight = 0

    def drop(self, trace_id: str) -> None:
        """Forget one: it was removed."""
        known = self._traces.pop(trace_id, None)
        if known is not None:
            self._weight -= known.counted

    def find(
        self, connection: Connection, trace_ids: Iterable[str], source: str, received_ns: int
    ) -> dict[str, KnownTrace]:
        """Each trace, read or created where it was not known."""
        found: dict[str, KnownTrace] = {}
        missing: list[str] = []
        for trace_id in trace_ids:
            known = self._traces.get(trace_id)
            if known is None:
                missing.append(trace_id)
            else:
                if known.spans is not None and len(known.spans) > LARGE_TRACE_SPANS:
                    known.spans = None
                found[trace_id] = known
                self._traces.move_to_end(trace_id)
        for begin in range(0, len(missing), _IN_ONE_STATEMENT):
            some = missing[begin : begin + _IN_ONE_STATEMENT]
            statement = sql_many("traces", "find_many", len(some))
            for row, trace_id, held_source, terms in connection.execute(statement, some).fetchall():
                found[trace_id] = self._read(connection, row, trace_id, held_source, terms)
        for trace_id in missing:
            if trace_id not in found:
                cursor = connection.execute(
                    sql("traces", "create"), (trace_id, source, received_ns, received_ns)
                )
                found[trace_id] = KnownTrace(int(cursor.lastrowid or 0), trace_id, source, set())
            self._traces[trace_id] = found[trace_id]
        return found

    def _read(
        self, connection: Connection, row: int, trace_id: str, source: str, terms: bytes | None
    ) -> KnownTrace:
        known = KnownTrace(row, trace_id, source, set(unpack_terms(terms or b"")), spans=None)
        limit = LARGE_TRACE_SPANS + 1
        (count,) = connection.execute(sql("spans", "count_up_to"), (row, limit)).fetchone()
        if count < limit:
            known.spans = self.read_spans(connection, row)
        return known

    def read_spans(self, connection: Connection, row: int) -> dict[str, KnownSpan]:
        """All spans of a trace from its rows."""
        scopes = self._catalogue.scopes
        return {
            each[2]: KnownSpan(each[0], reading_of(each, scopes.get(connection, each[1]).name))
            for each in connection.execute(sql("spans", "outline"), (row,))
        }

    def weigh(self, touched: Iterable[KnownTrace]) -> None:
        """Call when the touched traces are summarised: drops what is too much to keep."""
        for trace in touched:
            now = 1 + len(trace.spans or ())
            self._weight += now - trace.counted
            trace.counted = now
        while self._weight > _KEPT_SPANS and self._traces:
            _trace_id, dropped = self._traces.popitem(last=False)
            self._weight -= dropped.counted
