"""The words of a text are the same to us and to the index, whatever the text."""

from __future__ import annotations

import unicodedata

import pytest
from fulltext import Index
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.search.text import KEPT, LONGEST, SEPARATOR, prepare, runs, words

INDEX = Index()

PIECES = [
    "getUserName", "HTTPServer2", "URLs", "snake_case", "SKU-00123", "1.5",
    "https://a.example/b?c=d#e", "\\n", "\\u00edk", "\\ud83d\\ude00", "\\", '"', " ", "\n", "\0",
    SEPARATOR, "Straße", "e\u0301", "İ", "ﬁ", "Ⅳ", "ﷺ", "東京都", "第3章", "カ\u3099",
    "ｶﾞ", "ー々", "학교에서", "\u1100\u1161\u11a8", "ภาษาไทย",
    "ြမန်မာ", "العَرَبِيَّة", "אָלֶף", "हिन्दी", "क़",
    "👍🏽", "👩‍👩‍👧", "🇩🇪", "€", "\ufeff", "\u200b", "\u200c", "\ud800",
    "\uffff", "\U0010ffff", "\ue000", "A" * 600, "b" * (LONGEST + 1), "ж" * (LONGEST + 3),
    "+/" * 400,
]  # fmt: skip
TEXTS = st.one_of(
    st.text(max_size=80),
    st.text(st.characters(codec="ascii"), max_size=80),
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=5)), max_size=12).map(" ".join),
)


def texts_of(text: str) -> list[str]:
    return [token.text for token in words(text)]


def split(tokens: list[str]) -> list[list[str]]:
    found: list[list[str]] = [[]]
    for token in tokens:
        if token == SEPARATOR:
            found.append([])
        else:
            found[-1].append(token)
    return found


@settings(max_examples=400, deadline=None)
@given(TEXTS)
def test_the_index_sees_the_words_we_see(text: str) -> None:
    body, *parts = split(INDEX.words(prepare(text)))
    ours, *our_parts = [[token.text for token in run] for run in runs(text)]
    assert body == ours
    assert parts == [list(run) for run in dict.fromkeys(tuple(run) for run in our_parts)]


@settings(max_examples=200, deadline=None)
@given(TEXTS)
def test_every_word_says_where_it_stands(text: str) -> None:
    for run in runs(text):
        for token in run:
            assert 0 <= token.start < token.head_end <= token.end <= len(text)
    starts = [token.start for token in words(text)]
    assert starts == sorted(starts)


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(categories=["L", "N", "M"], max_codepoint=0xFFFF), max_size=30))
def test_composed_and_decomposed_text_have_the_same_words(text: str) -> None:
    composed = unicodedata.normalize("NFC", text)
    decomposed = unicodedata.normalize("NFD", composed)
    if unicodedata.normalize("NFC", decomposed) == composed and not any(
        "\u1100" <= each <= "\u11ff" or "\ua960" <= each <= "\ua97f" or "\ud7b0" <= each <= "\ud7ff"
        for each in text
    ):  # loose pieces of Korean syllables are no syllables
        assert texts_of(composed) == texts_of(decomposed)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Straße STRASSE", "strasse strasse"),
        ("Ärger über Ångström", "arger uber angstrom"),
        ("København Łódź œuvre", "kobenhavn lodz oeuvre"),
        ("ΣΊΣΥΦΟΣ Σίσυφος", "σισυφοσ σισυφοσ"),
        ("snake_case SKU-00123 1.5", "snake case sku 00123 1 5"),
        ("https://a.example/x?q=1", "https a example x q 1"),
        ("東京都", "東京 京都 都"),
        ("第3章", "第 3 章"),
        ("학교에서 나", "학교 교에 에서 서 나"),
        ("ﬁne Ⅳ ｶﾞ \uff46ull", "fine iv ガ full"),
        ("العَرَبِيَّة أحمد", "العربية احمد"),
        ("שָׁלוֹם", "שלום"),
        ("हिन्दी", "हिन्दी"),
        ("١٢٣", "123"),
        ("ok👍🏽ok 👩‍💻", "ok 👍 ok 👩 💻"),
        ("co\u00adoperate \u200fabc\u200e", "cooperate abc"),
        ("10€ │ table", "10 € table"),
        (r'{"a": "one\ntwo', "a one two"),
        (r"Reykjav\u00edk \ud83d\ude00x \ud83d", "reykjavik 😀 x"),
    ],
)
def test_words(text: str, expected: str) -> None:
    assert texts_of(text) == expected.split()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("getUserName", ["get user name"]),
        ("HTTPServer2", ["http server 2"]),
        ("parseURLs OpenAI", ["parse urls", "open ai"]),
        ("XMLHttpRequest", ["xml http request"]),
        ("größe myVar_otherName", ["my var", "other name"]),
        ("IDs APIs lower UPPER Title PDFs", []),
        ("aGVsbG8gd29ybGQgaGVsbG8gd29ybGQ", []),  # base64
        (r'{"a": "one\ntwo', ["one ntwo"]),
        (r"C:\new\file", ["c new file"]),
        (r"C:\Users\me", []),
    ],
)
def test_parts_of_words_are_words_too(text: str, expected: list[str]) -> None:
    assert [" ".join(token.text for token in run) for run in list(runs(text))[1:]] == expected


def test_an_accent_belongs_to_the_word_it_is_on() -> None:
    text = "a cafe\u0301, b"
    token = words(text)[1]
    assert text[token.start : token.end] == "cafe\u0301"


def test_data_without_gaps_is_searched_at_its_beginning_only() -> None:
    image = "iVBORw0KGgo" * 500
    text = f'before "{image}" after'
    assert texts_of(text) == ["before", image[:KEPT].lower(), "after"]
    assert texts_of(f"{'x' * LONGEST} y")[0] == "x" * LONGEST


def test_a_long_text_takes_time_in_proportion_to_its_length() -> None:
    for hostile in (
        "aB" * 300_000,
        "\\" * 600_000,
        "x" * 600_000,
        "a-" * 300_000,
        "\\n" * 1000 + "y" * 500_000,
        "é" * 600_000,
    ):
        assert INDEX.words(prepare(hostile)) is not None
