"""Whether a query that had found nothing was asked again in other words: looser than `detect/alike.py`."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from halo_dash.detect.alike import FILLERS, are_near, canonical, parsed, says_where, stemmed
from halo_dash.model.span import AttributeValue

_SHARED: Final = 0.5
"""Of the words of the shorter query."""
_LEAST_SHARED: Final = 2
_WORD: Final = re.compile(r"[^\W_]+")
_NO_WORDING: Final = re.compile(r"[/\\=<>{};|]")
"""Paths and programs have words in common without asking the same."""
_LONGEST: Final = 400
_DAYS: Final = frozenset(
    {"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "january", "february"}
    | {"march", "april", "may", "june", "july", "august", "september", "october", "november", "december"}
    | {"yesterday", "today", "tomorrow"}
)
_NEGATIONS: Final = frozenset({"except", "excluding", "no", "not", "without"})


def are_reworded(one: AttributeValue, other: AttributeValue) -> bool:
    """Whether two arguments ask for the same thing in natural language.

    At least half of the words of the shorter text stand in the other, and no number, day or name stands
    in the place of another. A text in which one word was exchanged and all others kept their places asks
    something new (`open slots on monday`, `open slots on tuesday`), and so does a negation.
    """
    one, other = parsed(one), parsed(other)
    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return False
        if any(says_where(key) and canonical(one[key]) != canonical(other[key]) for key in one):
            return False
        changed = [key for key in one if not are_near(one[key], other[key])]
        return len(changed) <= 1 and all(_are_reworded_texts(one[key], other[key]) for key in changed)
    return are_near(one, other) or _are_reworded_texts(one, other)


def _are_reworded_texts(one: AttributeValue, other: AttributeValue) -> bool:
    if not isinstance(one, str) or not isinstance(other, str) or not _is_wording(one, other):
        return False
    a, b = _words(one), _words(other)
    only_one, only_other = a.keys() - b.keys(), b.keys() - a.keys()
    shared = len(a) - len(only_one)
    if shared < max(_LEAST_SHARED, _SHARED * min(len(a), len(b))) or _is_exchanged(tuple(a), tuple(b)):
        return False
    if (only_one | only_other) & _NEGATIONS:
        return False
    return not (_marks(a, only_one) and _marks(b, only_other))


def _is_wording(*texts: str) -> bool:
    return all(len(text) <= _LONGEST and " " in text and not _NO_WORDING.search(text) for text in texts)


def _is_exchanged(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether they differ in one place alone."""
    return len(one) == len(other) and sum(a != b for a, b in zip(one, other, strict=True)) == 1


def _marks(words: dict[str, bool], only: set[str]) -> set[str]:
    """Those that say what it is about: numbers, days, and what is written as a name."""
    return {word for word in only if words[word] or word in _DAYS or any(map(str.isdigit, word))}


@lru_cache(maxsize=4096)
def _words(text: str) -> dict[str, bool]:
    """Word, in order -> whether it is written as a name."""
    found: dict[str, bool] = {}
    for match in _WORD.finditer(text):
        word = match.group()
        if word.lower() not in FILLERS:
            found.setdefault(stemmed(word.lower()), word[0].isupper())
    return found
