"""Why a trace was found: the best places in its spans, with the terms marked, and how many there are where.

Everything is plain text in segments; whoever writes HTML escapes each segment once and marks it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from halo_dash.model.search_field import SEARCH_FIELDS, SearchField
from halo_dash.search.matches import Place, covers, find, joined, may_stand_in
from halo_dash.search.terms import Term

WIDTH = 160
"""Characters of a snippet."""

MOST_PLACES = 1_000
"""Places that are counted in one text; a page says "1,000+"."""

_LEAD = 40
_EDGE = re.compile(r"\s+")
_FIELD_RANK = {field: rank for rank, field in enumerate(SEARCH_FIELDS)}


class Segment(NamedTuple):
    """A stretch of a snippet."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Hit:
    """One text of one span in which terms stand."""

    span_id: str
    field: SearchField
    text: str
    places: tuple[Place, ...]
    """In order, for walking from one to the next."""
    terms: frozenset[str]
    """The terms that stand here, as typed."""


@dataclass(frozen=True, slots=True)
class Hits:
    """All that was found in one trace."""

    hits: tuple[Hit, ...]
    """In the order of the spans, then of the fields."""

    @property
    def by_field(self) -> dict[SearchField, int]:
        """Number of places in each field; a text counts once however often it is sent again."""
        counts: Counter[SearchField] = Counter()
        for field, _, places in {(hit.field, hit.text, len(hit.places)) for hit in self.hits}:
            counts[field] += places
        return {field: counts[field] for field in SEARCH_FIELDS if field in counts}

    def best(self, limit: int) -> tuple[Hit, ...]:
        """The hits worth showing: together they have as many of the terms as can be, no text twice."""
        left = sorted(
            {(hit.field, hit.text): hit for hit in reversed(self.hits)}.values(),
            key=lambda hit: (-len(hit.terms), _FIELD_RANK[hit.field], len(hit.text)),
        )
        chosen: list[Hit] = []
        shown: frozenset[str] = frozenset()
        while left and len(chosen) < limit:
            hit = max(left, key=lambda each: len(each.terms - shown))
            left.remove(hit)
            chosen.append(hit)
            shown |= hit.terms
        return tuple(chosen)


def hits_in(terms: Sequence[Term], spans: Iterable[tuple[str, Iterable[tuple[SearchField, str]]]]) -> Hits:
    """Look for the terms in each span, given as its id and the pairs that `TraceTexts.texts` has of it."""
    found: list[Hit] = []
    known: dict[tuple[SearchField, str], tuple[tuple[Place, ...], frozenset[str]]] = {}
    for span_id, texts in spans:
        for field, text in texts:
            if (field, text) not in known:  # history comes again with every call
                known[field, text] = _look(terms, field, text)
            places, stand = known[field, text]
            if places:
                found.append(Hit(span_id, field, text, places, stand))
    return Hits(tuple(found))


def snippet(hit: Hit, width: int = WIDTH) -> tuple[Segment, ...]:
    """The stretch of the text around its places that shows most of them; blanks and line ends become one."""
    start, end = _window(hit, width)
    segments: list[Segment] = []
    at = start
    for place in hit.places:
        if place.start >= end:
            break
        if place.start >= start:
            segments.append(Segment(hit.text[at : place.start], is_marked=False))
            segments.append(Segment(hit.text[place.start : min(place.end, end)], is_marked=True))
            at = min(place.end, end)
    segments.append(Segment(hit.text[at:end], is_marked=False))
    if start > 0:
        segments.insert(0, Segment("…", is_marked=False))
    if end < len(hit.text):
        segments.append(Segment("…", is_marked=False))
    return tuple(_tidy(segments))


def marked(text: str, places: Iterable[Place]) -> tuple[Segment, ...]:
    """The whole text with its places marked, as it is: for the page of a trace."""
    segments: list[Segment] = []
    at = 0
    for place in places:
        segments.append(Segment(text[at : place.start], is_marked=False))
        segments.append(Segment(text[place.start : place.end], is_marked=True))
        at = place.end
    segments.append(Segment(text[at:], is_marked=False))
    return tuple(each for each in segments if each.text)


def _look(terms: Sequence[Term], field: SearchField, text: str) -> tuple[tuple[Place, ...], frozenset[str]]:
    near = [term for term in terms if covers(term, field)]
    by_term = {term.text: find([term], text) for term in may_stand_in(near, text)}
    places = joined(place for found in by_term.values() for place in found)
    return tuple(places[:MOST_PLACES]), frozenset(term for term, found in by_term.items() if found)


def _window(hit: Hit, width: int) -> tuple[int, int]:
    """Where the snippet begins and ends: with most places of different wording in view."""
    best, most = hit.places[0], 0
    for number, place in enumerate(hit.places[:200]):
        words = {
            hit.text[each.start : each.end].lower()
            for each in hit.places[number : number + 20]
            if each.end <= place.start + width - _LEAD
        }
        if len(words) > most:
            best, most = place, len(words)
    start = max(0, min(best.start - _LEAD, len(hit.text) - width))
    if start > 0:  # not in the middle of a word
        blank = _EDGE.search(hit.text, start, best.start)
        start = blank.end() if blank else start
    end = min(len(hit.text), start + width)
    if end < len(hit.text):
        blank_at = hit.text.rfind(" ", min(max(best.end, end - _LEAD), end), end)
        end = blank_at if blank_at > 0 else end
    return start, max(end, min(best.end, start + width))


def _tidy(segments: list[Segment]) -> list[Segment]:
    tidied = [Segment(_EDGE.sub(" ", each.text), each.is_marked) for each in segments]
    return [each for each in tidied if each.text]
