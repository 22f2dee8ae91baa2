"""What a search found: why a trace is listed, and how far the search came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from halo_dash.model.search_field import SearchField


@dataclass(frozen=True, slots=True)
class TextMatch:
    """A stretch of one text of one span in which the terms stand."""

    span_id: str
    """Empty for a note on the trace itself or on its session."""
    field: SearchField
    segments: tuple[tuple[str, bool], ...]
    """(plain text, whether it is a term); together the stretch, in order."""


@dataclass(frozen=True, slots=True)
class TraceMatches:
    """Why a trace was found."""

    best: tuple[TextMatch, ...] = ()
    counts: Mapping[SearchField, int] = field(default_factory=dict)
    """Places in each field, in the order of the fields."""
    is_whole: bool = True
    """Everything in the trace was looked at; otherwise there may be more."""


@dataclass(frozen=True, slots=True)
class SearchNote:
    """Something to tell the person who typed the query."""

    message: str
    start: int
    end: int
    """The piece of the query it is about, in characters."""


@dataclass(frozen=True, slots=True)
class SearchReport:
    """How a search went."""

    is_ready: bool = True
    """False while there is no index: nothing can be found yet."""
    is_partial: bool = False
    """It took too long: older traces were not looked at."""
    back_to_ns: int | None = None
    """Where it is partial: start of the oldest trace that was looked at; None where that is not known."""
    notes: tuple[SearchNote, ...] = ()
    corrected: str | None = None
    """The query as it was probably meant; None where it was clear."""
    parts_of_words: tuple[str, ...] = ()
    """Terms that no word equals, and that were looked for inside of words."""
    terms: tuple[str, ...] = ()
    """What is highlighted, as typed."""


@dataclass(frozen=True, slots=True)
class SpanHit:
    """A text of a span in which the terms stand."""

    trace_id: str
    span_id: str
    field: SearchField
    segments: tuple[tuple[str, bool], ...]
    """As in `TextMatch`."""
    places: int
    """How often the terms stand in this text."""


@dataclass(frozen=True, slots=True)
class SpanHits:
    """The hits in the traces of one page."""

    items: tuple[SpanHit, ...]
    next_cursor: str | None
    is_whole: bool
    """Everything in these traces was looked at; otherwise it would have taken too long."""
    search: SearchReport | None


@dataclass(frozen=True, slots=True)
class IndexState:
    """How far the full-text index is."""

    spans: int | None
    """None while there is no index."""
    lag_s: float | None
    """For how long the oldest change has been waiting to be indexed; 0 when everything is."""
    bytes: int
    """Size of its files."""
