"""How alike two uses of a tool are: the same arguments, the same question in other words, or a new one."""

from __future__ import annotations

import json
import re
from functools import lru_cache

from halo_dash.model.span import AttributeValue

_SHARED = 0.6
"""Share of words in common from which one query that adds words to another still asks the same."""

_SHARED_REPLACED = 0.7
"""The same where words were replaced by others: `Oslo` for `Bergen` is a new question, and often one word."""

_WHERE = frozenset(
    {"after", "before", "continuation", "continuation_token", "cursor", "from", "next", "next_cursor"}
    | {"next_page_token", "next_token", "offset", "page", "page_token", "pagetoken", "skip", "start"}
    | {"start_cursor", "starting_after", "token"}
)
"""Arguments that say where to go on: a cursor is often a text of several words."""

_LONGEST_STEM = 4
_WORD = re.compile(r"[^\W_]+")
_PLURAL = re.compile(r"(?<=[^aeiou])ies$")
_ENDING = re.compile(r"(?:'s|es|s|ing|ed)$")
FILLERS = frozenset(
    {"a", "an", "and", "are", "at", "by", "for", "from", "how", "in", "is", "of", "on", "or", "the", "to"}
    | {"was", "were", "what", "when", "where", "which", "who", "with"}
)


def parsed(arguments: AttributeValue) -> AttributeValue:
    """Arguments as a value, also from inside a JSON string."""
    if isinstance(arguments, str) and arguments.strip()[:1] in {"{", "["}:
        try:
            value: AttributeValue = json.loads(arguments)
        except (ValueError, RecursionError):
            return arguments
        return value
    return arguments


def canonical(arguments: AttributeValue) -> str:
    """One spelling for equal arguments: JSON with sorted keys, also from inside a string."""
    return json.dumps(parsed(arguments), sort_keys=True, ensure_ascii=False, default=str)


def are_near(one: AttributeValue, other: AttributeValue) -> bool:
    """Whether two arguments ask the same, word for word or in nearly the same words.

    Objects do if they have the same keys and all their values do. Texts are compared as sets of words without
    endings and fillers. Numbers, dates and ids must be the same ones, and so must single words, names and
    what says where to go on: another page, code or city is another question.
    """
    one, other = parsed(one), parsed(other)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            canonical(one[key]) == canonical(other[key])
            if says_where(key)
            else are_near(one[key], other[key])
            for key in one
        )
    if isinstance(one, str) and isinstance(other, str):
        return one.strip() == other.strip() or _are_near_texts(one, other)
    return canonical(one) == canonical(other)


def says_where(key: str) -> bool:
    """Whether an argument of this name says where to go on."""
    return str(key).lower().replace("-", "_") in _WHERE


def _are_near_texts(one: str, other: str) -> bool:
    a, b = _words(one), _words(other)
    if len(a) < 2 or len(b) < 2:
        return False
    only_one, only_other = a.keys() - b.keys(), b.keys() - a.keys()
    if any(letter.isdigit() for word in only_one | only_other for letter in word):
        return False
    shared = len(a.keys() & b.keys()) / len(a.keys() | b.keys())
    if only_one and only_other:
        has_names = any(a[word] for word in only_one) or any(b[word] for word in only_other)
        return shared >= _SHARED_REPLACED and not has_names
    return shared >= _SHARED


@lru_cache(maxsize=4096)
def _words(text: str) -> dict[str, bool]:
    """Word -> whether it is written as a name: a capital inside the text."""
    found: dict[str, bool] = {}
    for match in _WORD.finditer(text[:4000]):
        word = match.group()
        if word.lower() not in FILLERS:
            is_name = match.start() > 0 and word[0].isupper() and not word.isupper()
            found[stemmed(word.lower())] = is_name
    return found


def stemmed(word: str) -> str:
    """A word without its ending, lower case."""
    is_plain = len(word) > _LONGEST_STEM and not any(letter.isdigit() for letter in word)
    return _ENDING.sub("", _PLURAL.sub("y", word)) if is_plain else word
