"""Looking for words: over the selection by the index, inside one trace or span by reading all of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.reading.patterns import Pattern, Stretch
from halo_dash.analysis.reading.quoted import spot_of
from halo_dash.analysis.reading.reader import Reader
from halo_dash.errors import NotFoundError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.found import SearchReport, SpanHit
from halo_dash.model.page import StoredSpan
from halo_dash.semconv.search_fields import is_said

Json = dict[str, Any]

SECONDS = 2.0
"""How long one search may read spans."""
MOST_HITS = 40
_IN_A_FIELD = 1_000
"""Places that are counted in one field."""
_OFFSETS = 5
_BEFORE, _AFTER = 80, 160
"""Characters shown around a place."""
_KNOWN = 100
"""A text of so many characters that an earlier span had too is counted, and not shown again."""


def search(
    reader: Reader, chosen: Filter, limit: int, cursor: str | None
) -> tuple[Json, list[tuple[str, str]]]:
    """(hits in the traces of one page, (trace, span) of each); `chosen` has the words as `q`.

    Raises UsageError: a cursor of another search.
    """
    now_ns = reader.selection.now_ns
    query = ListQuery(reader.selection.within(chosen), limit=limit, cursor=cursor)
    found = reader.store.search.hits(query, now_ns)
    traces = reader.store.traces.totals(query.filter, now_ns).traces
    texts: dict[tuple[str, str], Mapping[str, str]] = {}
    hits = [_hit(reader, each, texts) for each in found.items[:MOST_HITS]]
    out: Json = {"traces": traces, "of": reader.base, "hits": hits}
    if len(found.items) > MOST_HITS:
        out["more_hits_in_these_traces"] = len(found.items) - MOST_HITS
    if found.next_cursor:
        out["next_cursor"] = found.next_cursor
    if not found.is_whole:
        out["note"] = "Not all of these traces could be read in time: there may be more hits in them."
    out |= told(found.search)
    return out, [(each.trace_id, each.span_id) for each in found.items[:MOST_HITS]]


def scan(reader: Reader, chosen: Filter, pattern: Pattern, limit: int) -> tuple[Json, list[tuple[str, str]]]:
    """The same without an index: traces are read one after the other, newest first, until time is over."""
    until_s = time.monotonic() + SECONDS
    hits: list[Json] = []
    looked = 0
    for row in reader.store.traces.rows(reader.selection.within(chosen), reader.selection.now_ns):
        if len(hits) >= limit or time.monotonic() > until_s:
            break
        looked += 1
        trace_id = row.summary.trace_id
        found, _spans = _search(reader.stored(trace_id), pattern, limit - len(hits))
        hits += ({"trace_id": trace_id} | hit for hit in found["hits"])
    out: Json = {"hits": hits, "traces_looked_at": looked, "of": reader.base}
    out["note"] = (
        f"There is no full-text index of this store yet: {looked:,} traces were read one after the other, "
        "newest first, for the text as it stands. Narrow the filter to look further back."
    )
    return out, [(hit["trace_id"], hit["span_id"]) for hit in hits]


def _hit(reader: Reader, hit: SpanHit, texts: dict[tuple[str, str], Mapping[str, str]]) -> Json:
    place = hit.trace_id, hit.span_id
    if place not in texts:
        texts[place] = (reader.fields(*place) if hit.span_id else None) or {}
    snippet = "".join(text for text, _is_term in hit.segments)
    spot = spot_of(texts[place], snippet)
    out: Json = {"trace_id": hit.trace_id, "span_id": hit.span_id}
    if spot is None:
        # A note of a person, an id, the name of a key: no text of a span.
        return out | {"kind_of_text": hit.field, "snippet": snippet}
    return out | {"field": spot.field, "offset": spot.start, "places": hit.places, "snippet": snippet}


def told(report: SearchReport | None) -> Json:
    """What has to be said of how a search went."""
    if report is None:
        return {}
    out: Json = {}
    if not report.is_ready:
        out["problem"] = (
            "There is no full-text index of this store yet, so words cannot be looked for over all traces. "
            "Use search_trace on traces that query_traces lists."
        )
    if report.is_partial:
        out["partial"] = "The search took too long: older traces were not looked at. Narrow it with filters."
    if report.notes:
        out["understood"] = [note.message for note in report.notes]
    if report.corrected:
        out["did_you_mean"] = report.corrected
    if report.parts_of_words:
        out["parts_of_words"] = list(report.parts_of_words)
    return out


def search_trace(
    reader: Reader, trace_id: str, pattern: Pattern, limit: int, after: str | None
) -> tuple[Json, frozenset[str]]:
    """(hits in all texts of a trace, the spans that were found). Raises NotFoundError."""
    spans = reader.stored(trace_id)
    if after is not None and not any(each.span.span_id == after for each in spans):
        raise NotFoundError(f"Trace {trace_id} has no span {after!r} to go on from.")
    return _search(spans, pattern, limit)


def search_span(
    reader: Reader, trace_id: str, span_id: str, pattern: Pattern, limit: int
) -> tuple[Json, frozenset[str]]:
    """The same of one span. Raises NotFoundError."""
    return _search([reader.span(trace_id, span_id)], pattern, limit)


def _search(spans: Iterable[StoredSpan], pattern: Pattern, limit: int) -> tuple[Json, frozenset[str]]:
    until_s = time.monotonic() + SECONDS
    hits: list[Json] = []
    known: set[str] = set()
    repeated = looked = 0
    last = ""
    out: Json = {}
    for stored in spans:
        if len(hits) >= limit or time.monotonic() > until_s:
            why = "limit" if len(hits) >= limit else "time"
            out = {"stopped_by": why, "next_after": last} if looked else {"stopped_by": why}
            break
        looked += 1
        last = stored.span.span_id
        for hit, text in _in_span(stored, pattern, until_s):
            if len(text) >= _KNOWN and text in known:
                repeated += 1
            else:
                known.add(text)
                hits.append(hit)
    found = {"hits": hits, "spans_looked_at": looked} | out
    if repeated:
        found["repeated"] = f"{repeated} more hits stand in texts that later spans repeat word for word."
    return found, frozenset(hit["span_id"] for hit in hits)


def _in_span(stored: StoredSpan, pattern: Pattern, until_s: float) -> Iterator[tuple[Json, str]]:
    """(hit, the text it stands in); what was read as messages is not shown again as it was sent."""
    seen: set[str] = set()
    has_read = False
    for name, text in field_texts(stored).items():
        is_sent = name.startswith("attribute.") and is_said(name.removeprefix("attribute."))
        if text in seen or (is_sent and has_read):
            continue
        seen.add(text)
        places: list[Stretch] = []
        for place in pattern.places(text, until_s):
            places.append(place)
            if len(places) >= _IN_A_FIELD:
                break
        if places:
            has_read = True
            yield _place(stored, name, text, places), text


def _place(stored: StoredSpan, name: str, text: str, places: list[Stretch]) -> Json:
    first = places[0]
    begin = max(0, first.start - _BEFORE)
    end = min(len(text), max(first.start + _AFTER, min(first.end, first.start + 2 * _AFTER)))
    out: Json = {
        "span_id": stored.span.span_id,
        "span": stored.span.name,
        "kind": stored.observation.kind.value,
        "field": name,
        "offset": first.start,
        "length": len(text),
        "snippet": text[begin:end],
    }
    if len(places) > 1:
        out["places"] = len(places)
        out["more_offsets"] = [each.start for each in places[1 : 1 + _OFFSETS]]
    return out
