"""A value on a page: pretty, with its exact size, and never silently cut."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.web.trace.value import (
    HEAD_BYTES,
    SMALL_HEAD_BYTES,
    Budget,
    Pair,
    as_text,
    is_empty,
    point,
    resolve_pointer,
    show,
)

values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=40), st.binary(max_size=8)
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=8), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(values)
def test_any_value_can_be_shown_with_its_true_size(value: object) -> None:
    shown = show(value, "/at", Budget())  # type: ignore[arg-type]
    assert shown.shown <= shown.size
    assert shown.is_cut == (shown.shown < shown.size)
    shown.text.encode()
    if not shown.is_cut and shown.shape == "text":
        assert shown.size == len(shown.text.encode())


def test_a_flat_object_is_shown_as_key_and_value_with_its_raw_form() -> None:
    shown = show('{"city": "Reykjavík", "days": 3}', "/input", Budget())
    assert shown.shape == "pairs"
    assert shown.pairs == (Pair("city", "Reykjavík", is_code=False), Pair("days", "3", is_code=True))
    assert shown.raw == '{"city": "Reykjavík", "days": 3}'
    assert json.loads(shown.text) == {"city": "Reykjavík", "days": 3}


@pytest.mark.parametrize("value", ["[]", "{}", "", [], {}, None])
def test_an_empty_answer_is_called_empty(value: object) -> None:
    assert show(value, "/x", Budget()).is_empty  # type: ignore[arg-type]


def test_a_word_is_not_empty_even_if_it_is_null() -> None:
    assert not show("null", "/x", Budget()).is_empty


@pytest.mark.parametrize("value", [0, False, 0.0, " ", [None], {"a": None}])
def test_zero_and_false_are_answers(value: object) -> None:
    assert not is_empty(value)  # type: ignore[arg-type]


def test_a_big_value_shows_its_head_and_says_how_much_of_it() -> None:
    shown = show("ä" * 3_000_000, "/x", Budget())
    assert shown.size == 6_000_000
    assert shown.shown == HEAD_BYTES
    assert shown.is_cut
    assert shown.text == "ä" * (HEAD_BYTES // 2)


def test_a_page_of_many_big_values_stays_small() -> None:
    budget = Budget(page_bytes=100_000)
    shown = [show("x" * 50_000, "/x", budget) for _ in range(50)]
    assert sum(each.shown for each in shown) <= 100_000 + 50 * SMALL_HEAD_BYTES
    assert all(each.size == 50_000 for each in shown)


def test_invisible_direction_controls_are_noticed() -> None:
    assert show("safe \u202egnp.exe", "/x", Budget()).is_turning
    assert not show("Reykjavík שלום", "/x", Budget()).is_turning


def test_malformed_json_and_lone_surrogates_are_shown_as_they_are() -> None:
    assert show('{"city": Reyk', "/x", Budget()).text == '{"city": Reyk'
    assert show("\ud800", "/x", Budget()).text == "\\ud800"
    assert show("[" * 5000 + "]" * 5000, "/x", Budget()).shape == "text"


def test_numbers_json_lacks_and_bytes_have_a_text() -> None:
    assert as_text(float("nan")) == "NaN"
    assert as_text(float("-inf")) == "-Infinity"
    assert as_text(b"\x00\x01") == '"AAE="'


@given(st.lists(st.one_of(st.text(max_size=6), st.integers(0, 3)), max_size=4))
def test_a_pointer_leads_back_to_its_value(steps: list[str | int]) -> None:
    document: object = "here"
    for step in reversed(steps):
        document = [None] * step + [document] if isinstance(step, int) else {step: document}
    assert resolve_pointer(document, point(*steps)) == "here"


@pytest.mark.parametrize("pointer", ["/b", "/a/9", "/a/x", "/a/0/0", "a", "/a/²", "/a/" + "9" * 5000])
def test_a_pointer_to_nothing_is_a_lookup_error(pointer: str) -> None:
    with pytest.raises(LookupError):
        resolve_pointer({"a": [1]}, pointer)
