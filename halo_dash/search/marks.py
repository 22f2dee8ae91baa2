"""Marks: single words of the index that stand for a fact about a trace, which no text can contain.

`attr.customer.tier:gold` and `has:exception` are questions of equality, so each fact is one word. Its letters
stay readable (and sorted by key, for suggestions); every ASCII character at which the index would cut or
which it would fold is moved into the private plane.
"""

from __future__ import annotations

from functools import lru_cache

LONGEST_VALUE = 200
"""Characters of the longest value that can be asked for with `attr.`; longer ones are text."""

_LONGEST_KEY = 200
_BEYOND_JSON = {"nan": "NaN", "inf": "Infinity", "-inf": "-Infinity"}
_MOVED = 0xE000
_MOVE = {code: _MOVED + code for code in range(128) if not (chr(code).isdigit() or chr(code).islower())}
_MOVE |= dict.fromkeys(range(0xD800, 0xE000), 0xFFFD)  # halves of surrogate pairs, which no index can hold
_BACK = {_MOVED + code: code for code in range(128)}
_FACT, _PAIR, _EQUALS, _BLOCK = "\ue080", "\ue081", "\ue082", "\ue083"

EVERY_TRACE = f"{_FACT}trace"
"""Stands in every document, so that "everything without x" can be asked."""


def fact(name: str) -> str:
    """The mark of `has:name`."""
    return f"{_FACT}has{_escaped(name)}"


def block(number: int) -> str:
    """The mark of the documents that the index numbers with a block of numbers."""
    return f"{_BLOCK}{number}"


def pair(key: str, value: str) -> str | None:
    """The mark of `attr.key:value`; None where either is too long to be asked for."""
    if len(key) > _LONGEST_KEY or len(value) > LONGEST_VALUE:
        return None
    return pair_start(key) + (value if _is_plain(value) else _escaped(value))


def presence(key: str) -> str | None:
    """The mark of an attribute whose value cannot be asked for; None where its key cannot either."""
    return pair_start(key) if len(key) <= _LONGEST_KEY else None


@lru_cache(maxsize=4096)
def pair_start(key: str) -> str:
    """How the marks of all values of `key` begin."""
    return f"{_PAIR}{_escaped(key)}{_EQUALS}"


def key_start(start: str) -> str:
    """How the marks of all keys begin that begin with `start`; for suggestions from the index."""
    return f"{_PAIR}{_escaped(start)}"


def read_pair(mark: str) -> tuple[str, str] | None:
    """The (key, value) of a mark; None where it is none."""
    key, equals, value = mark[1:].partition(_EQUALS)
    if not mark.startswith(_PAIR) or not equals:
        return None
    return key.translate(_BACK), value.translate(_BACK)


def value_text(value: object) -> str | None:
    """A single value as it is asked for; None where it is a list, an object, bytes or nothing."""
    if type(value) is str:
        return value
    if type(value) is bool:
        return "true" if value else "false"
    return number_text(value) if isinstance(value, int | float) else None


def number_text(value: float) -> str:
    """A number as the pages write it: whole ones of any size, and those that JSON lacks."""
    try:
        text = str(value)
        return _BEYOND_JSON.get(text, text)
    except ValueError:  # more digits than Python is willing to write
        return hex(int(value))


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isalnum() and text == text.lower()


@lru_cache(maxsize=16384)
def _escaped(text: str) -> str:
    return text.translate(_MOVE)
