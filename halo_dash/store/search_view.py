"""Searching beyond the list of traces: single hits, one trace, suggestions, how far the index is."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence

from halo_dash.errors import NotFoundError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.found import IndexState, SpanHit, SpanHits
from halo_dash.search.marks import key_start, pair_start, read_pair
from halo_dash.search.snippets import Hits, snippet
from halo_dash.store.asking import Asking
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.database import Database
from halo_dash.store.documents import DOCUMENT_BYTES
from halo_dash.store.driver import Error
from halo_dash.store.index_reader import IndexReader, TookTooLongError
from halo_dash.store.indexing import Indexing
from halo_dash.store.statements import sql
from halo_dash.store.trace_hits import find_hits
from halo_dash.store.traces import TraceView
from halo_dash.store.where import term_fields

_HITS_S = 1.0
"""How long `hits` may take to read spans."""

_SUGGEST_S = 0.1
_LAST = "\U0010ffff"
"""Comes after every character."""

_NS_PER_S = 1_000_000_000


class SearchView:
    """May be used from any thread."""

    def __init__(
        self,
        database: Database,
        index: IndexReader,
        asking: Asking,
        catalogue: Catalogue,
        traces: TraceView,
    ) -> None:
        self._database = database
        self._index = index
        self._files = index.files
        self._asking = asking
        self._catalogue = catalogue
        self._traces = traces

    def hits(self, query: ListQuery, now_ns: int) -> SpanHits:
        """The hits in the traces of one page of the list, trace by trace. Raises `UsageError`."""
        page = self._traces.page(query, now_ns, facets=False)
        terms = self._asking.select(query.filter).terms
        until_s = time.monotonic() + _HITS_S
        items: list[SpanHit] = []
        is_whole = True
        for row in page.items:
            trace_id = row.summary.trace_id
            with self._database.reading() as connection:
                found, is_all = find_hits(connection, self._catalogue, trace_id, terms, until_s)
            is_whole = is_whole and is_all
            items += (
                SpanHit(trace_id, hit.span_id, hit.field, snippet(hit), len(hit.places)) for hit in found.hits
            )
        return SpanHits(tuple(items), page.next_cursor, is_whole, page.search)

    def in_trace(self, trace_id: str, typed: str) -> Hits:
        """Every hit in one trace, in the order in which its spans arrived. Raises `NotFoundError`."""
        terms = self._asking.select(Filter(q=typed)).terms if typed.strip() else ()
        with self._database.reading() as connection:
            if connection.execute(sql("traces", "find"), (trace_id,)).fetchone() is None:
                raise NotFoundError(f"There is no trace {trace_id}.")
            found, _is_whole = find_hits(connection, self._catalogue, trace_id, terms, math.inf)
        return found

    def values(self, field: str, start: str, limit: int) -> Sequence[tuple[str, int]]:
        """Values of a filter that begin with `start` in any case, with their traces, the most first."""
        pattern = start.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        found: dict[str, int] = {}
        with self._database.reading() as connection:
            for each in term_fields(field):
                for value, count in connection.execute(sql("terms", "suggest"), (each, pattern, limit)):
                    found[value] = max(count, found.get(value, 0))
        return sorted(found.items(), key=lambda item: (-item[1], item[0]))[:limit]

    def attribute_keys(self, start: str, limit: int) -> Sequence[tuple[str, int]]:
        """Keys of attributes that begin with `start`, in their order, with their traces.

        Where counting takes too long, as many as were counted.
        """
        found: list[tuple[str, int]] = []
        try:
            with self._index.reading() as snapshot:
                word = key_start(start)
                until_s = time.monotonic() + _SUGGEST_S
                while snapshot is not None and len(found) < limit:
                    after = snapshot.vocabulary(word, key_start(start) + _LAST, 1, until_s)
                    pair = read_pair(after[0][0]) if after else None
                    if pair is None:
                        break
                    found.append((pair[0], self._asking.count(snapshot, pair_start(pair[0]), until_s)))
                    word = pair_start(pair[0]) + _LAST
        except (Error, TookTooLongError):
            pass
        return found

    def attribute_values(self, key: str, start: str, limit: int) -> Sequence[tuple[str, int]]:
        """Values of an attribute that begin with `start`, the most frequent first, with their traces."""
        begin = pair_start(key) + key_start(start)[1:]
        try:
            with self._index.reading() as snapshot:
                if snapshot is None:
                    return []
                until_s = time.monotonic() + _SUGGEST_S
                words = snapshot.vocabulary(begin, begin + _LAST, limit * 10, until_s)
        except (Error, TookTooLongError):
            return []
        pairs = [
            (pair[1], count) for word, count in words if (pair := read_pair(word)) is not None and pair[1]
        ]
        return sorted(pairs, key=lambda item: (-item[1], item[0]))[:limit]

    def state(self, now_ns: int) -> IndexState:
        """How far the index is."""
        try:
            with self._index.reading() as snapshot:
                state = None if snapshot is None else snapshot.state
        except Error:
            state = None
        if state is None:
            return IndexState(None, None, self._files.size())
        with self._database.reading() as connection:
            oldest = connection.execute(sql("search", "oldest_unindexed"), (state.revision,)).fetchone()
        # What the indexer has not seen yet came with a span, or (a note, other prices) since it was done.
        since_ns = (state.since_ns or max(oldest[0], state.as_of_ns)) if oldest else now_ns
        lag_s = max(0.0, (now_ns - since_ns) / _NS_PER_S)
        return IndexState(state.spans, lag_s, self._files.size())

    def indexing(self, *, is_rebuilding: bool = False, document_bytes: int = DOCUMENT_BYTES) -> Indexing:
        """What fills the index; `is_rebuilding` for one that is built aside and published at the end.

        A trace with more than `document_bytes` of spans gets several documents, which bounds memory.
        """
        return Indexing(
            self._database, self._files, is_rebuilding=is_rebuilding, document_bytes=document_bytes
        )
