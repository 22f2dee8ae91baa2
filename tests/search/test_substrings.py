"""Where no word fits, parts of words are found, and what was done is told."""

from __future__ import annotations

from collections.abc import Sequence

import pysqlite3
from fulltext import Index

from halo_dash.search.expression import match
from halo_dash.search.query import read_query
from halo_dash.search.substrings import fragment, indexed_words, widened
from halo_dash.search.terms import Term
from halo_dash.search.text import prepare

TEXTS = [
    "the refunded amount is fundamental",
    "parcel 00123 of getUserName, user_profiles",
    "Straßenbahn und Öffnungszeiten",
    "東京都 3f2b8c1d4a5e6f708192a3b4c5d6e7f8 12345678",
]
INDEX = Index()
WORDS = pysqlite3.connect(":memory:")


def setup_module() -> None:
    for number, text in enumerate(TEXTS):
        INDEX.add(number, [prepare(text)])
    WORDS.execute("CREATE VIRTUAL TABLE words USING fts5(word, tokenize='trigram')")
    found = sorted(indexed_words([prepare(text) for text in TEXTS]))
    WORDS.executemany("INSERT INTO words VALUES (?)", [(word,) for word in found])


def containing(text: str) -> Sequence[str]:
    rows = WORDS.execute("SELECT word FROM words WHERE words MATCH ?", (fragment(text),)).fetchall()
    return [row[0] for row in rows]


def is_found(term: Term) -> bool:
    return bool(INDEX.match(match(term)))


def found(typed: str) -> tuple[set[int], set[str]]:
    node = read_query(typed).node
    assert node is not None
    wider, replaced = widened(node, is_found, containing)
    return INDEX.match(match(wider)), {term.text for term in replaced}


def test_parts_of_words() -> None:
    assert found("fund") == ({0}, {"fund"})
    assert found("efunde parcel") == (set(), {"efunde"})
    assert found("efunde amount") == ({0}, {"efunde"})
    assert found("RNAM") == ({1}, {"RNAM"})
    assert found("rofil") == ({1}, {"rofil"})
    assert found("strassenb") == ({2}, {"strassenb"})
    assert found("ffnung") == ({2}, {"ffnung"})
    assert found("ser_profil") == ({1}, {"ser_profil"})
    assert found("mount is fundam") == ({0}, {"mount", "fundam"})
    assert found('"mount is fundam"') == ({0}, {"mount is fundam"})


def test_a_query_that_finds_its_words_is_left_alone() -> None:
    assert found("amount") == ({0}, set())
    assert found("amount -fund") == ({0}, set())
    assert found("京") == ({3}, set())


def test_too_short_or_nowhere_is_left_alone() -> None:
    assert found("mo") == (set(), set())
    assert found("zzzz") == (set(), set())


def test_what_is_not_worth_its_place_is_not_indexed() -> None:
    assert indexed_words([prepare(each) for each in TEXTS]) == {
        "the", "refunded", "amount", "fundamental", "parcel", "getusername", "get", "user", "name",
        "profiles", "strassenbahn", "und", "offnungszeiten",
    }  # fmt: skip


def test_pieces_of_ids_are_not_looked_into():
    texts = ["018f6a2e", "a1b2c3d4e5", "deadbeef", "decade", "v1.5.3", "refund2024"]
    assert {"018f6a2e", "a1b2c3d4e5"}.isdisjoint(indexed_words([prepare(each) for each in texts]))
    assert {"deadbeef", "decade", "refund2024"} <= indexed_words([prepare(each) for each in texts])
