"""Where in its spans a trace answers a search: read from the stored spans, by the rules of the index."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence

from halo_dash.model.found import TextMatch, TraceMatches
from halo_dash.model.search_field import SearchField
from halo_dash.search.document import TraceTexts
from halo_dash.search.snippets import Hits, hits_in, snippet
from halo_dash.search.terms import Term
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.compression import decompress
from halo_dash.store.driver import Connection
from halo_dash.store.span_rows import OBSERVATION, unpack_observation
from halo_dash.store.statements import sql
from halo_dash.store.whole_spans import PackedSpan, read_logs_of_traces, unpack_whole

BEST = 3
"""Snippets of a trace in a list."""

SpanTexts = tuple[str, Iterable[tuple[SearchField, str]]]


def find_hits(
    connection: Connection, catalogue: Catalogue, trace_id: str, terms: Sequence[Term], until_s: float
) -> tuple[Hits, bool]:
    """(the hits in a trace, whether all of it was looked at before `until_s` by the monotonic clock)."""
    row = connection.execute(sql("traces", "find"), (trace_id,)).fetchone()
    if row is None or not terms:
        return Hits(()), True
    walk = _Walk(terms, until_s)
    hits = hits_in(terms, walk.texts(connection, catalogue, row[0], trace_id))
    return hits, walk.is_whole


def trace_matches(hits: Hits, *, is_whole: bool) -> TraceMatches:
    """What a list shows of the hits of a trace."""
    best = tuple(TextMatch(hit.span_id, hit.field, snippet(hit)) for hit in hits.best(BEST))
    return TraceMatches(best, hits.by_field, is_whole)


class _Walk:
    """Spans one after the other, in the order of their arrival, until the time is over."""

    def __init__(self, terms: Sequence[Term], until_s: float) -> None:
        self._until_s = until_s
        self.is_whole = True
        self._first_words = {run.words[0] for term in terms for run in term.runs}

    def texts(
        self, connection: Connection, catalogue: Catalogue, trace: int, trace_id: str
    ) -> Iterator[SpanTexts]:
        has_logs = connection.execute(sql("logs", "any")).fetchone()[0]
        logs = read_logs_of_traces(connection, catalogue, [trace_id]) if has_logs else {}
        for row in connection.execute(sql("search", "spans_of"), (trace,)):
            if time.monotonic() > self._until_s:
                self.is_whole = False
                return
            span = unpack_whole(connection, catalogue, trace_id, PackedSpan(row, decompress(row[-1])))
            texts = TraceTexts()
            texts.add(span, unpack_observation(row[OBSERVATION]), logs.get((trace_id, span.span_id), ()))
            yield span.span_id, [each for each in texts.texts() if self._may_answer(each[1])]

    def _may_answer(self, text: str) -> bool:
        """Leaves out most texts quickly: ASCII without escapes has no word whose letters it does not have."""
        if "\\" in text or not text.isascii():
            return True
        low = text.lower()
        return any(word in low for word in self._first_words)
