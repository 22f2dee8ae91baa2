"""A typed query cut into its pieces: words, phrases, `field:value`, operators and parentheses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["word", "phrase", "field", "or", "open", "close"]

_OPENING_QUOTES = '"“”„‟＂«'  # noqa: RUF001 - the quotes that keyboards and phones type
_CLOSING_QUOTE = re.compile('["“”‟＂»]')  # noqa: RUF001 - their other halves
_MINUS = "-−–"  # noqa: RUF001 - what editors make of a minus
_FIELD = re.compile(
    r"(?P<name>[A-Za-z][A-Za-z_]*(?:\.[^\s:=<>\"]+)?)(?P<sign>:=|:>=|:<=|:>|:<|:|>=|<=|>|<|=)"
)
_OPERATORS = {"OR": "or", "|": "or", "||": "or", "AND": "and", "&": "and", "&&": "and", "NOT": "not"}


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One piece of a query."""

    kind: Kind
    text: str
    """The word or phrase, or the value of a field."""
    start: int
    end: int
    is_negated: bool = False
    is_prefix: bool = False
    name: str = ""
    """Of a field, as typed."""
    sign: str = ""
    """Between a field and its value: `:` alone, or a comparison."""


def lexemes(query: str) -> Iterator[Lexeme]:
    """The pieces of a query, in order. Any text has some cut."""
    at = depth = 0
    start, is_negated = -1, False  # of the minus or NOT before a piece
    while at < len(query):
        if query[at].isspace():
            at += 1
            continue
        begin = start if start >= 0 else at
        if query[at] in _MINUS and at + 1 < len(query) and not query[at + 1].isspace():
            start, is_negated, at = begin, not is_negated, at + 1
            continue
        if query[at] in "()":
            is_open = query[at] == "("
            depth = max(0, depth + (1 if is_open else -1))
            at += 1
            yield Lexeme("open" if is_open else "close", "", begin, at, is_negated and is_open)
        else:
            piece = _piece(query, at, begin, depth, is_negated=is_negated)
            at = piece.end
            operator = _OPERATORS.get(piece.text) if piece.kind == "word" and not piece.is_prefix else None
            if operator == "not":
                start, is_negated = begin, not is_negated
                continue
            if operator == "or":
                yield Lexeme("or", "", begin, at)
            elif operator is None:
                yield piece
        start, is_negated = -1, False


def _piece(query: str, at: int, begin: int, depth: int, *, is_negated: bool) -> Lexeme:
    if query[at] in _OPENING_QUOTES:
        text, end = _quoted(query, at)
        return Lexeme("phrase", text, begin, _star(query, end), is_negated, _star(query, end) > end)
    field = _FIELD.match(query, at)
    if field:
        value_at = field.end()
        if query[value_at : value_at + 1] in tuple(_OPENING_QUOTES):
            value, end = _quoted(query, value_at)
            starred = _star(query, end)
        else:
            end = _word_end(query, value_at, depth)
            value, starred = query[value_at:end], end
        is_prefix = starred > end or value.endswith("*")
        return Lexeme(
            "field", value.rstrip("*"), begin, starred, is_negated, is_prefix, field["name"], field["sign"]
        )
    end = _word_end(query, at, depth)
    text = query[at:end]
    return Lexeme("word", text.strip("*") or text, begin, end, is_negated, text.endswith("*") and text != "*")


def _quoted(query: str, at: int) -> tuple[str, int]:
    """What stands in quotes, and where it ends; without a closing quote that is the end of the query."""
    closing = _CLOSING_QUOTE.search(query, at + 1)
    if closing is None:
        return query[at + 1 :], len(query)
    return query[at + 1 : closing.start()], closing.end()


def _star(query: str, at: int) -> int:
    return at + 1 if query[at : at + 1] == "*" else at


def _word_end(query: str, at: int, depth: int) -> int:
    """Where a word ends: at a blank, or at a parenthesis that was opened before it (`(print(x))`)."""
    inner = 0
    for end in range(at, len(query)):
        character = query[end]
        if character.isspace():
            return end
        if character == "(":
            inner += 1
        elif character == ")":
            if inner == 0 and depth > 0:
                return end
            inner = max(0, inner - 1)
    return len(query)
