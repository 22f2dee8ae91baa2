"""Some three hundred queries and the traces they find: by reading the texts, and by asking a real index."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from fulltext import Index

from halo_dash.model.span import Event, Resource, Scope, Span
from halo_dash.search.document import COLUMNS, TraceTexts
from halo_dash.search.expression import match
from halo_dash.search.matches import answers
from halo_dash.search.query import read_query
from halo_dash.search.snippets import hits_in
from halo_dash.semconv import observe

FIXTURES = Path(__file__).parents[1] / "fixtures" / "search"


def span(number: int, trace: int, raw: dict[str, Any]) -> Span:
    events = tuple(Event(1, each["name"], each["attributes"]) for each in raw.get("events", ()))
    return Span(
        trace_id=f"{trace:032x}",
        span_id=f"{trace:08x}{number:08x}",
        name=raw["name"],
        attributes=raw["attributes"],
        events=events,
        status_code=raw.get("status_code", 0),
        status_message=raw.get("status_message", ""),
        resource=Resource(raw.get("resource", {})),
        scope=Scope(raw.get("scope", "")),
    )


@cache
def traces() -> dict[str, list[Span]]:
    found = json.loads((FIXTURES / "traces.json").read_text(encoding="utf-8"))
    return {
        each["trace"]: [span(number, trace, raw) for number, raw in enumerate(each["spans"])]
        for trace, each in enumerate(found, 1)
    }


def read(spans: list[Span]) -> TraceTexts:
    found = TraceTexts()
    for each in spans:
        found.add(each, observe(each, ()))
    return found


@cache
def documents() -> dict[str, TraceTexts]:
    return {name: read(spans) for name, spans in traces().items()}


@cache
def index() -> Index:
    found = Index(COLUMNS)
    for number, document in enumerate(documents().values()):
        found.add(number, document.columns())
    return found


def queries() -> list[tuple[str, frozenset[str]]]:
    lines = (FIXTURES / "queries.txt").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" =>") for line in lines if line and not line.startswith("#"))
    return [(typed, frozenset(names.split())) for typed, names in pairs]


QUERIES = queries()


def test_there_are_enough() -> None:
    assert len(QUERIES) >= 200
    assert {name for _, names in QUERIES for name in names} == set(traces())


@pytest.mark.parametrize(("typed", "expected"), QUERIES, ids=[typed for typed, _ in QUERIES])
def test_what_is_found(typed: str, expected: frozenset[str]) -> None:
    node = read_query(typed).node
    assert node is not None
    read_by_hand = {
        name for name, each in documents().items() if answers(node, list(each.texts()), each.marks())
    }
    names = list(documents())
    assert {names[number] for number in index().match(match(node))} == read_by_hand
    assert read_by_hand == expected


@pytest.mark.parametrize(("typed", "expected"), QUERIES, ids=[typed for typed, _ in QUERIES])
def test_every_word_found_is_shown_in_a_span(typed: str, expected: frozenset[str]) -> None:
    query = read_query(typed)
    for name in expected:
        spans = [(each.span_id, list(read([each]).texts())) for each in traces()[name]]
        found = hits_in(query.terms, spans)
        shown = {term for hit in found.hits for term in hit.terms}
        wanted = {term.text for term in query.terms}
        assert shown == wanted or " OR " in typed or "|" in typed
