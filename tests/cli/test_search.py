"""Searching from the command line, with nobody else running."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .conftest import Ended


def test_a_search_finds_what_was_said_and_shows_where(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store))
    found = halo("trace", "search", "refund", "--json", *db).document
    assert found["items"]
    assert all("<mark>" in item["matches"][0]["snippet"].lower() for item in found["items"] if item["hits"])
    text = halo("trace", "search", "refund", *db)
    assert found["items"][0]["trace_id"] in text.out
    assert "refund" in text.out.lower()
    assert "<mark>" not in text.out
    failed = halo("trace", "search", "refund", "--status", "error", "--json", *db).document
    typed = halo("trace", "search", "refund status:error", "--json", *db).document
    listed = halo("trace", "list", "--q", "refund status:error", "--json", *db).document
    assert [item["trace_id"] for item in failed["items"]] == [item["trace_id"] for item in typed["items"]]
    assert listed == typed


def test_what_was_understood_otherwise_is_said(halo: Callable[..., Ended], filled_store: Path) -> None:
    ended = halo("trace", "search", "efun statsu:error", "--db", str(filled_store))
    assert ended.code == 0
    assert "Did you mean: efun status:error" in ended.err
    assert "found inside of words" in halo("trace", "search", "efun", "--db", str(filled_store)).err


def test_a_query_that_begins_with_a_minus_is_given_behind_two(
    halo: Callable[..., Ended], filled_store: Path
) -> None:
    db = ("--db", str(filled_store))
    refused = halo("trace", "search", "-refund", *db)
    assert refused.code == 2
    assert "No such option" in refused.err
    assert "behind --: -- '-refund'" in refused.err
    assert "-- '-refund'" in halo("trace", "search", "--help").out
    without = halo("trace", "search", "--json", *db, "--", "-refund").document
    every = halo("trace", "list", "--json", *db).document
    found = halo("trace", "search", "refund", "--json", *db).document
    assert without["total"] == every["total"] - found["total"] > 0


def test_the_index_can_be_made_anew(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store))
    before = halo("trace", "search", "refund", "--json", *db).document
    made = halo("storage", "reindex", "--json", *db).document
    assert made["indexed_spans"] > 200
    assert halo("trace", "search", "refund", "--json", *db).document == before
    assert "spans are indexed" in halo("storage", "reindex", *db).out
