"""A stretch is found in the field that has it, however JSON was written there; a quote has whole words."""

from __future__ import annotations

import json

import pytest

from halo_dash.analysis.reading.quoted import Spot, spot_of, whole_words
from halo_dash.analysis.report.quotes import stands_in

ASKED = {"query": "Lisbon cup winner", "limit": 5}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(ASKED),
        json.dumps(ASKED, separators=(",", ":")),
        json.dumps(ASKED, indent=2),
        json.dumps({"arguments": json.dumps(ASKED)}),
    ],
)
def test_json_is_found_however_it_is_written(text: str) -> None:
    spot = spot_of({"name": "search", "input": text}, json.dumps(ASKED))
    assert spot is not None
    assert spot.field == "input"
    assert stands_in(text[spot.start : spot.end], text)


def test_a_snippet_with_its_edges_is_found() -> None:
    fields = {"input": "Where is\n  my order?", "output": "It is on its way."}
    assert spot_of(fields, "…is my order?…") == Spot("input", 6, 20)
    assert spot_of(fields, "nothing of it") is None
    assert spot_of(fields, " … ") is None


def test_half_words_are_made_whole() -> None:
    text = "The parcel never arrived in Lisbon."
    assert whole_words(text, Spot("output", 6, 20)) == "parcel never arrived"
    assert whole_words("x" * 500, Spot("output", 200, 300)) == "x" * 220
