"""Where the evidence of a rule can be cited: in its own span, else where the trace has the words."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import islice
from typing import NamedTuple

from halo_dash.analysis.reading.fields import field_texts
from halo_dash.analysis.reading.quoted import spot_of, whole_words
from halo_dash.analysis.reading.reader import Reader

_LEAST = 8
"""Characters of words that are worth looking for in other spans."""
_LOOKED_THROUGH = 200
"""Spans of a trace that are looked through."""


class Place(NamedTuple):
    """A quote that stands where it says."""

    span_id: str
    field: str
    quote: str


class Citing:
    """Of one trace."""

    def __init__(self, reader: Reader, trace_id: str) -> None:
        self._reader = reader
        self._trace_id = trace_id
        self._known: dict[str, Mapping[str, str]] = {}

    def place(self, span_id: str, words: str) -> Place | None:
        """Where these words stand; None where they are a fact (`10 calls, all alike`) and no text."""
        if span_id not in self._known:
            self._known[span_id] = self._reader.fields(self._trace_id, span_id) or {}
        found = _in(span_id, self._known[span_id], words)
        if found is not None or len(words) < _LEAST:
            return found
        # A tool's arguments may be known from the call of the model alone.
        spans = islice(self._reader.stored(self._trace_id), _LOOKED_THROUGH)
        places = (_in(each.span.span_id, field_texts(each), words) for each in spans)
        return next((each for each in places if each is not None), None)


def _in(span_id: str, fields: Mapping[str, str], words: str) -> Place | None:
    spot = spot_of(fields, words)
    return None if spot is None else Place(span_id, spot.field, whole_words(fields[spot.field], spot))
