"""Finding inside one trace: every hit in its order, the one that is looked at, and the ways to the others."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.search_field import SearchField
from halo_dash.search.query import read_query
from halo_dash.search.snippets import Hit, snippet
from halo_dash.search.terms import Term
from halo_dash.store import Store
from halo_dash.web.searching import FIELD_WORDS
from halo_dash.web.trace.address import TraceAddress
from halo_dash.web.trace.kept import Kept
from halo_dash.web.trace.reading import TraceReading

LISTED = 200
"""Hits in the list of a page; walking reaches all of them."""

_MOST_WORDINGS = 50


@dataclass(frozen=True, slots=True)
class Found:
    """One text of one span in which the terms stand."""

    number: int
    """From 1, in the order of the spans."""
    href: str
    span_name: str
    field: str
    segments: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class Finding:
    """The find bar of a trace."""

    typed: str
    total: int = 0
    current: Found | None = None
    previous: str | None = None
    next: str | None = None
    listed: tuple[Found, ...] = ()
    terms: tuple[Term, ...] = ()
    """What is marked."""
    text: str = ""
    """The whole text of the current hit."""
    is_on_trace: bool = False
    """The current hit is a note on the trace itself or its session, in no span."""


_kept: Kept[tuple[Hit, ...]] = Kept(8)


def find(store: Store, reading: TraceReading, address: TraceAddress) -> Finding:
    """Look for what the address says; nothing is found where nothing is asked."""
    typed = address.wanted
    terms = read_query(typed).terms if typed else ()
    if not terms:
        return Finding(typed)
    hits = _hits(store, reading, typed)
    names = {row.span_id: row.reading.name for row in reading.tree.rows} | {"": "this trace"}

    def found(at: int) -> Found:
        hit = hits[at]
        field: SearchField = hit.field
        href = address.at_hit(at + 1, hit.span_id)
        return Found(at + 1, href, names.get(hit.span_id, ""), FIELD_WORDS[field], snippet(hit))

    at = _current(hits, address)
    following = 0 if at is None else (at + 1) % max(len(hits), 1)
    return Finding(
        typed,
        total=len(hits),
        current=None if at is None else found(at),
        previous=found(((at or 0) - 1) % len(hits)).href if hits else None,
        next=found(following).href if hits else None,
        listed=tuple(found(each) for each in range(min(len(hits), LISTED))),
        terms=(*terms, *_wordings(hits)),
        text="" if at is None else hits[at].text,
        is_on_trace=at is not None and not hits[at].span_id,
    )


def _hits(store: Store, reading: TraceReading, typed: str) -> tuple[Hit, ...]:
    """In the order of the tree; reads every body once a revision."""
    trace_id = reading.row.summary.trace_id
    key = (f"{trace_id} {typed}", reading.row.revision)
    kept = _kept.get(store, key)
    if kept is None:
        order = {row.span_id: at for at, row in enumerate(reading.tree.rows)} | {"": -1}
        hits = store.search.in_trace(trace_id, typed).hits
        kept = tuple(sorted(hits, key=lambda hit: order.get(hit.span_id, len(order))))
        _kept.put(store, key, kept)
    return kept


def _current(hits: tuple[Hit, ...], address: TraceAddress) -> int | None:
    """The hit that was asked for, else the first one of the span that was asked for."""
    if 1 <= address.hit <= len(hits):
        return address.hit - 1
    return next((at for at, hit in enumerate(hits) if hit.span_id == address.span_id), None)


def _wordings(hits: tuple[Hit, ...]) -> tuple[Term, ...]:
    """What stands in the texts, as terms: words that only contain what was typed are found as well."""
    said = dict.fromkeys(
        hit.text[place.start : place.end].lower() for hit in hits for place in hit.places[:20]
    )
    quoted = [f'"{each}"' for each in said if '"' not in each][:_MOST_WORDINGS]
    return tuple(term for each in quoted for term in read_query(each).terms)
