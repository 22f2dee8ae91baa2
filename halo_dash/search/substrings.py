"""Parts of words: what is tried where a word search finds nothing.

The index knows whole words and beginnings. A small index of three-letter pieces over its distinct words
(`indexed_words`) turns "contains `fund`" into "is one of `refund`, `refunded`, `fundamental`", and the same
query asks again with those. The page says that it did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TypeAlias

from halo_dash.search.terms import And, Node, Not, Or, Run, Term
from halo_dash.search.text import SEPARATOR, is_unspaced

SHORTEST = 3
"""Characters of the shortest part of a word that can be looked for."""

MOST_WORDS = 100
"""Words that one part is turned into; more would make the query slower than it is worth."""

LONGEST_WORD = 64
_LONGEST_NUMBER = 16
_SHORTEST_ID = 8
_HEX = frozenset("0123456789abcdef")

Containing: TypeAlias = Callable[[str], Sequence[str]]
"""Words of the index that contain a text of at least `SHORTEST` characters, the most frequent first."""

_LOWER = {code: (chr(code).lower() if chr(code).isalnum() else " ") for code in range(128)}
_ASCII = bytes(ord(_LOWER[code]) if code < 128 else code for code in range(256))


def indexed_words(columns: Iterable[str], seen: set[bytes] | None = None) -> set[str]:
    """The distinct words of prepared columns that can be found by their parts, but for those in `seen`.

    Left out: what a search for parts would not help with (pairs of scripts without spaces, which are found
    anyway; numbers and ids, of which there are too many, and which are found by their beginning). `seen` is
    added to: nearly all words of a document stand in others, and looking at each again took a third of the
    time of indexing.
    """
    # One byte for one byte, so the text beyond ASCII is not touched.
    found = set(" ".join(columns).encode("utf-8", "replace").translate(_ASCII).split())
    if seen is not None:
        found = found.difference(seen)  # walks `found` alone; `-=` may walk the other
        seen |= found
    words = (word.decode() for word in found if SHORTEST <= len(word) <= 4 * LONGEST_WORD)
    return {word for word in words if word != SEPARATOR and _is_worthwhile(word)}


def fragment(text: str) -> str:
    """What to ask a `trigram` index of the words for: those that contain `text`, a folded word."""
    return '"' + text.replace('"', '""') + '"'


def widened(
    node: Node, is_found: Callable[[Term], bool], containing: Containing
) -> tuple[Node, tuple[Term, ...]]:
    """The query with each wanted term that nothing contains replaced by the words it is a part of.

    Also gives the terms that were replaced, with their new words, to be told about; none, and the same query,
    where no word helps.
    """
    replaced: list[Term] = []

    def walk(node: Node) -> Node:
        if isinstance(node, And | Or):
            return type(node)(tuple(walk(child) for child in node.children))
        if isinstance(node, Not) or not isinstance(node, Term) or is_found(node):
            return node
        found = tuple(dict.fromkeys(run for each in node.runs for run in _wider(each, containing)))
        if not found:
            return node
        replaced.append(replace(node, runs=found[:MOST_WORDS]))
        return replaced[-1]

    return walk(node), tuple(replaced)


def _wider(run: Run, containing: Containing) -> list[Run]:
    """Of several words, the first may begin inside a word and the last end inside one."""
    first, last = run.words[0], run.words[-1]
    if len(run.words) == 1:
        if len(first) < SHORTEST or is_unspaced(first):
            return []
        return [Run((word,)) for word in containing(first)[:MOST_WORDS]]
    is_prefix = run.is_prefix or len(last) >= SHORTEST
    starts = [first]
    if len(first) >= SHORTEST and not is_unspaced(first):
        starts += [word for word in containing(first)[:MOST_WORDS] if word.endswith(first) and word != first]
    return [Run((start, *run.words[1:]), is_prefix) for start in starts]


def _is_worthwhile(word: str) -> bool:
    if not SHORTEST <= len(word) <= LONGEST_WORD or word.isdigit() or "\ue000" <= word[0] <= "\uf8ff":
        return False
    if len(word) >= _LONGEST_NUMBER and any(each.isdigit() for each in word):
        return False
    if len(word) >= _SHORTEST_ID and _HEX.issuperset(word) and any(each.isdigit() for each in word):
        return False  # a piece of an id or of a hash
    return word.isascii() or not is_unspaced(word)
