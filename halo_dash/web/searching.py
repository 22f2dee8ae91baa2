"""What a page says about a search: the box, how it went, and why each trace was found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from halo_dash.model.filter import ListQuery
from halo_dash.model.found import IndexState, SearchReport, TextMatch, TraceMatches
from halo_dash.model.search_field import SearchField
from halo_dash.web import words
from halo_dash.web.selection import TRACES, Place

LAG_S = 2.0
"""Traces are searchable within this time; only what takes longer is said."""

FIELD_WORDS: dict[SearchField, str] = {
    "note": "note",
    "user": "user",
    "assistant": "assistant",
    "system": "system prompt",
    "tool_call": "tool arguments",
    "tool_result": "tool result",
    "document": "document",
    "error": "error",
    "input": "input",
    "output": "output",
    "event": "event",
    "name": "name",
    "id": "id",
    "attribute": "attribute",
}
"""How a page names the fields of full-text search."""


@dataclass(frozen=True, slots=True)
class SearchBox:
    """The form: what was typed, and what it carries along unseen."""

    q: str
    kept: tuple[tuple[str, str], ...]
    clear: str
    """The address of the same list without the search."""
    action: str = "/traces"
    """Where the form leads."""


@dataclass(frozen=True, slots=True)
class Said:
    """How the search went, in sentences; what is None or empty need not be said."""

    notes: tuple[str, ...] = ()
    corrected: tuple[str, str] | None = None
    """(the query as it was probably meant, its address)."""
    parts_of_words: tuple[str, ...] = ()
    is_ready: bool = True
    is_partial: bool = False
    back_to_ns: int | None = None
    waiting: str = ""
    """How long the oldest trace that is not searchable yet has been waiting."""

    def __bool__(self) -> bool:
        """Whether there is anything to say."""
        return self != Said()


@dataclass(frozen=True, slots=True)
class FoundText:
    """One snippet, with the address that opens the trace at its span."""

    field: str
    segments: tuple[tuple[str, bool], ...]
    href: str


@dataclass(frozen=True, slots=True)
class FoundRow:
    """Why one trace is listed."""

    best: FoundText | None
    counts: str
    """`3 user · 2 tool result`: how often in which field."""
    is_whole: bool
    """Otherwise there may be more."""


def box(query: ListQuery, place: Place = TRACES) -> SearchBox:
    """The search form for a list."""
    pairs = place.free(ListQuery(query.filter.without("q"), query.sort, query.limit).pairs())
    return SearchBox(query.filter.q or "", pairs, place.address(pairs), place.path)


def said(
    query: ListQuery, report: SearchReport | None, index: IndexState | None, place: Place = TRACES
) -> Said:
    """What to tell beside the results; `index` where words were looked up."""
    if report is None:
        return Said()
    corrected = None
    if report.corrected is not None and report.corrected != query.filter.q:
        rest = [pair for pair in ListQuery(query.filter, query.sort, query.limit).pairs() if pair[0] != "q"]
        corrected = (report.corrected, place.address([("q", report.corrected), *rest]))
    lag_s = index.lag_s if index and index.lag_s is not None else 0.0
    return Said(
        notes=tuple(dict.fromkeys(note.message for note in report.notes)),
        corrected=corrected,
        parts_of_words=report.parts_of_words,
        is_ready=report.is_ready,
        is_partial=report.is_partial,
        back_to_ns=report.back_to_ns,
        waiting=words.duration(int(lag_s * 1e9)) if report.is_ready and lag_s > LAG_S else "",
    )


def found_rows(matches: Mapping[str, TraceMatches], list_query: str) -> dict[str, FoundRow]:
    """Trace id -> why it is listed. `list_query` is the list's own query string, which the trace keeps."""
    return {trace_id: _found_row(trace_id, found, list_query) for trace_id, found in matches.items()}


def _found_row(trace_id: str, found: TraceMatches, list_query: str) -> FoundRow:
    return FoundRow(
        best=_found_text(trace_id, found.best[0], list_query) if found.best else None,
        counts=" · ".join(f"{count:,} {FIELD_WORDS[field]}" for field, count in found.counts.items()),
        is_whole=found.is_whole,
    )


def _found_text(trace_id: str, match: TextMatch, list_query: str) -> FoundText:
    # A note on the trace itself stands in no span.
    query = "&".join(filter(None, (urlencode({"span": match.span_id}) if match.span_id else "", list_query)))
    href = f"/traces/{quote(trace_id, safe='')}" + (f"?{query}" if query else "")
    return FoundText(FIELD_WORDS[match.field], match.segments, href)
