"""What a search found, as JSON. Snippets are HTML: text escaped once, terms inside `<mark>`."""

from __future__ import annotations

from html import escape

from halo_dash.model.found import SearchReport, SpanHits, TraceMatches
from halo_dash.model.twin.values import Json, iso_time


def snippet_html(segments: tuple[tuple[str, bool], ...]) -> str:
    """Plain text with `<mark>…</mark>` around the terms and everything else escaped."""
    return "".join(f"<mark>{escape(text)}</mark>" if is_term else escape(text) for text, is_term in segments)


def matches_json(found: TraceMatches) -> dict[str, Json]:
    """What an item of the list has besides the trace."""
    return {
        "matches": [
            {
                "span_id": each.span_id or None,
                "field": each.field,
                "snippet": snippet_html(each.segments),
            }
            for each in found.best
        ],
        "hits": {str(name): count for name, count in found.counts.items()},
        "more_hits_inside": not found.is_whole,
    }


def search_json(search: SearchReport) -> dict[str, Json]:
    """How the search went."""
    return {
        "ready": search.is_ready,
        "partial": search.is_partial,
        "back_to": None if search.back_to_ns is None else iso_time(search.back_to_ns),
        "notes": [{"message": each.message, "start": each.start, "end": each.end} for each in search.notes],
        "corrected": search.corrected,
        "parts_of_words": list(search.parts_of_words),
        "terms": list(search.terms),
    }


def hits_json(found: SpanHits) -> dict[str, Json]:
    """`/search.json`: hits in spans."""
    return {
        "items": [
            {
                "trace_id": each.trace_id,
                "span_id": each.span_id or None,
                "field": each.field,
                "snippet": snippet_html(each.segments),
                "places": each.places,
            }
            for each in found.items
        ],
        "next_cursor": found.next_cursor,
        "complete": found.is_whole,
        "search": None if found.search is None else search_json(found.search),
    }
