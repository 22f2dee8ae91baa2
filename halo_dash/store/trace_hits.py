"""Where in its spans a trace answers a search: read from the stored spans, by the rules of the index."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence

from halo_dash.model.found import TextMatch, TraceMatches
from halo_dash.model.search_field import SearchField
from halo_dash.model.span import Resource, Scope
from halo_dash.search.document import TraceTexts
from halo_dash.search.snippets import Hit, Hits, hits_in, snippet
from halo_dash.search.terms import Term
from halo_dash.store.annotations import texts_of
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.compression import decompress
from halo_dash.store.driver import Connection
from halo_dash.store.span_rows import OBSERVATION, unpack_observation
from halo_dash.store.statements import sql
from halo_dash.store.whole_spans import PackedSpan, read_logs_of_traces, unpack_whole

BEST = 3
"""Snippets of a trace in a list."""

_UTF8 = re.compile(rb"[\xc2-\xf4][\x80-\xbf]")
_WORD = re.compile(r"[a-z]+")

SpanTexts = tuple[str, list[tuple[SearchField, str]]]


def find_hits(
    connection: Connection,
    catalogue: Catalogue,
    trace_id: str,
    terms: Sequence[Term],
    until_s: float,
    *,
    is_first_enough: bool = False,
) -> tuple[Hits, bool]:
    """(the hits in a trace, whether all of it was looked at before `until_s` by the monotonic clock).

    `is_first_enough`: stop where every term was seen once.
    """
    row = connection.execute(sql("traces", "find"), (trace_id,)).fetchone()
    if row is None or not terms:
        return Hits(()), True
    walk = _Walk(connection, catalogue, terms, until_s)
    spans = walk.texts(row[0], trace_id)
    if not is_first_enough:
        return hits_in(terms, spans), walk.is_whole
    hits: list[Hit] = []
    missing = {term.text for term in terms}
    for each in spans:
        found = hits_in(terms, [each]).hits
        hits += found
        missing = missing.difference(*(hit.terms for hit in found))
        if not missing:
            return Hits(tuple(hits)), False
    return Hits(tuple(hits)), walk.is_whole


def trace_matches(hits: Hits, *, is_whole: bool) -> TraceMatches:
    """What a list shows of the hits of a trace."""
    best = tuple(TextMatch(hit.span_id, hit.field, snippet(hit)) for hit in hits.best(BEST))
    return TraceMatches(best, hits.by_field, is_whole)


class _Walk:
    """Spans one after the other, in the order of their rows, until the time is over."""

    def __init__(
        self, connection: Connection, catalogue: Catalogue, terms: Sequence[Term], until_s: float
    ) -> None:
        self._connection = connection
        self._catalogue = catalogue
        self._until_s = until_s
        self.is_whole = True
        self._first_words = {run.words[0] for term in terms for run in term.runs}
        # Numbers and truth values are not stored as text.
        self._can_skip = all(_WORD.fullmatch(word) and word not in "true false" for word in self._first_words)
        self._first_bytes = [word.encode() for word in self._first_words]
        self._sources: dict[int, bool] = {}

    def texts(self, trace: int, trace_id: str) -> Iterator[SpanTexts]:
        """(span id, what it says that may answer); notes first, those on no single span under an empty id."""
        connection, catalogue = self._connection, self._catalogue
        for annotation in texts_of(connection, trace, trace_id):
            if annotation.kind != "verdict" and self._may_answer(annotation.value):
                yield annotation.target.span_id, [("note", annotation.value)]
        has_logs = connection.execute(sql("logs", "any")).fetchone()[0]
        logs = read_logs_of_traces(connection, catalogue, [trace_id]) if has_logs else {}
        for row in connection.execute(sql("search", "spans_of"), (trace,)):
            if time.monotonic() > self._until_s:
                self.is_whole = False
                return
            packed = PackedSpan(row, decompress(row[-1]))
            records = logs.get((trace_id, row[2]), ())
            if not records and self._says_nothing(packed, trace_id):
                continue
            span = unpack_whole(connection, catalogue, trace_id, packed)
            texts = TraceTexts()
            texts.add(span, unpack_observation(row[OBSERVATION]), records)
            yield span.span_id, [each for each in texts.texts() if self._may_answer(each[1])]

    def _may_answer(self, text: str) -> bool:
        """Leaves out most texts quickly: ASCII without escapes has no word whose letters it does not have."""
        if "\\" in text or not text.isascii():
            return True
        low = text.lower()
        for word in self._first_words:  # noqa: SIM110 - `any` takes twice as long, and this is asked of every text
            if word in low:
                return True
        return False

    def _says_nothing(self, packed: PackedSpan, trace_id: str) -> bool:
        """Leaves out most spans before they are unpacked, by the same reasoning."""
        body = packed.packed
        if not self._can_skip or b"\\u" in body or _UTF8.search(body):
            return False
        low = body.lower()
        if any(word in low for word in self._first_bytes):
            return False
        row = packed.row
        if any(map(self._may_answer, (trace_id, row[2], row[4]))):
            return False
        return not (
            self._source_may_answer(self._catalogue.resources.get(self._connection, row[-2]))
            or self._source_may_answer(self._catalogue.scopes.get(self._connection, row[1]))
        )

    def _source_may_answer(self, source: Resource | Scope) -> bool:
        known = self._sources.get(id(source))
        if known is None:
            known = self._sources[id(source)] = self._may_answer(repr(source))
        return known
