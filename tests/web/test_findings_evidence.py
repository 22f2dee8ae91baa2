"""A quote is found where it stands, however the value that holds it is laid out."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from halo_dash.detect.quoting import text_of
from halo_dash.model.finding import QUOTE, Evidence
from halo_dash.web.trace.evidence import find_quote
from halo_dash.web.trace.value import Budget, show

TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
PLAIN = st.text(st.characters(exclude_categories=["Cs", "Cc", "Z"], exclude_characters='"\\…'), min_size=1)
JSON = st.recursive(
    PLAIN | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, min_size=1, max_size=4) | st.dictionaries(PLAIN, inner, min_size=1),
    max_leaves=12,
)


def squeezed(text: str) -> str:
    return "".join(text.split())


def found_in(text: str, quote: str, offset: int | None = None) -> str | None:
    place = find_quote(text, Evidence("a", "output", quote, offset))
    return None if place is None else text[slice(*place)]


@given(TEXT, TEXT, TEXT)
def test_a_quote_is_marked_at_its_offset_and_not_where_it_stood_before(a: str, quote: str, b: str) -> None:
    quote = quote.removesuffix("…") or "q"
    text = quote + a + quote + b
    place = find_quote(text, Evidence("a", "output", quote, len(quote) + len(a)))
    assert place == (len(quote) + len(a), 2 * len(quote) + len(a))


@given(JSON.filter(lambda value: isinstance(value, dict | list)))
def test_what_a_rule_quotes_of_an_object_is_found_in_the_object_as_it_is_shown(value: Any) -> None:
    quote = text_of(value)[:QUOTE]
    for sent in (value, json.dumps(value), json.dumps(value, ensure_ascii=False, separators=(",", ":"))):
        shown = show(sent, "/output", Budget())
        assert squeezed(found_in(shown.text, quote, 0) or "") == squeezed(quote)


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1))
def test_a_text_is_found_inside_json_that_had_to_escape_it(said: str) -> None:
    if not said.removesuffix("…").strip():
        return
    shown = show({"error": [said]}, "/output", Budget())
    escaped = json.dumps(said.removesuffix("…").strip(), ensure_ascii=False)[1:-1]
    assert squeezed(escaped) in squeezed(found_in(shown.text, said) or "") or squeezed(said) in shown.text


def test_an_error_is_found_without_the_type_that_stands_in_its_head() -> None:
    place = find_quote("backend down", Evidence("a", "status", "WeatherError: backend down"))
    assert place == (0, 12)


def test_a_secret_that_is_quoted_by_its_first_letters_is_marked_there() -> None:
    assert found_in("the key is sk-proj-abc and sk-proj-def", "sk-p…", 27) == "sk-p"
    assert find_quote("the key is sk-proj-abc and sk-proj-def", Evidence("a", "message", "sk-p…", 27)) == (
        27,
        31,
    )


def test_what_is_not_there_is_not_marked() -> None:
    assert found_in("all is well", "no such city") is None
    assert found_in("all is well", "…") is None
    assert found_in("", "x", 4) is None
