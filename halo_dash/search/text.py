r"""The words of a text: once as a string for the full-text index, once with offsets for marks and snippets.

Both follow the same rules, and a property test holds them equal on a real index:

- Words are runs of letters and digits, folded (see `folding`). `snake_case`, `SKU-00123`, `1.5`, UUIDs and
  URLs are neighbouring words; whoever looks for the whole of one looks for a phrase.
- Scripts without spaces become overlapping pairs of characters, the last character of a run standing alone:
  every character begins exactly one word, so a single one is found as a prefix and several as a phrase.
- JSON escapes that nobody could decode (a value cut off by its sender) are resolved.
- A word in camel case has its parts as well, and what stood around an escape is there as it was written as
  well. They follow the text as runs of their own, and no phrase crosses from one run into another.
- A run of more than `LONGEST` characters without a gap is data, not words: only its beginning counts.

The index reads ASCII as it came: its tokenizer (`TOKENIZER`) cuts at everything but ASCII letters and
digits, lowers ASCII, and keeps everything else whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from operator import add
from typing import NamedTuple

from halo_dash.search.folding import FOLDED, UNSPACED, compose, fold, has_unspaced, pieces
from halo_dash.search.word_parts import (
    camel_words,
    escaped_chunks,
    has_escapes,
    places_of_unescaped,
    unescaped,
)

SEPARATOR = "\x1f"
"""Stands between runs as a word that nobody can type, so that no phrase crosses it."""

TOKENIZER = f"ascii tokenchars '{SEPARATOR}'"
"""What the FTS5 table must be made with: `tokenize="…"`."""

LONGEST = 1024
"""Characters of the longest word; longer ones are encoded data such as an image."""

KEPT = 128
"""Characters that are searched of such data."""

_SHORT = 64
_BREAK = f" {SEPARATOR} "
_BLOCK = LONGEST // 2
_ASCII_WORD = re.compile(r"[A-Za-z0-9]+")
_WORD_CLASS = f"[^\\x00-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7f{UNSPACED}]"
_TOKEN = re.compile(f"([{UNSPACED}]+)|{_WORD_CLASS}+")
_UNSPACED_RUN = re.compile(f"[{UNSPACED}]+")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_DATA_CLASS = "[A-Za-z0-9+/=_-]"
_DATA = re.compile(f"(?<!{_DATA_CLASS}){_DATA_CLASS}{{{LONGEST + 1},}}")
_LONG_WORD = re.compile(f"(?<!{_WORD_CLASS}){_WORD_CLASS}{{{LONGEST + 1},}}")


class Token(NamedTuple):
    """One word: folded, with its place in the original text."""

    text: str
    start: int
    end: int
    head_end: int
    """Where the first character ends; for the pairs of scripts without spaces."""


def prepare(text: str) -> str:
    """The text for the index: its words, then the runs of word parts, parted by `SEPARATOR`."""
    return _prepared_again(text) if len(text) <= _SHORT else _prepared(text)


def prepare_all(texts: Iterable[str]) -> str:
    """Several texts for one column: as if each were prepared, parted by `SEPARATOR`.

    What parts texts parts words as well, so all are prepared as one; but for those with escapes, whose
    chunks and camel case depend on where they begin.
    """
    plain: list[str] = []
    others: list[str] = []
    for text in texts:
        (others if "\\" in text or SEPARATOR in text else plain).append(text)
    found = [_indexed(_BREAK.join(plain))] if plain else []
    return _BREAK.join([*found, *map(prepare, others)])


def _prepared(text: str) -> str:
    return _indexed(text.replace(SEPARATOR, " ") if SEPARATOR in text else text)


def _indexed(text: str) -> str:
    text = without_data(text)
    chunks: dict[str, None] = {}
    if has_escapes(text):
        chunks = dict.fromkeys(_spaced(_words(chunk)) for chunk, _ in escaped_chunks(text))
        text = unescaped(text)
    # The index lowers ASCII itself, and characters fold one by one: only the others need our hands.
    body = text if text.isascii() else _cut_long_words(_NOT_ASCII.sub(_folded, text))
    parts = dict.fromkeys(" ".join(part for part, _, _ in each) for each in camel_words(text))
    return _BREAK.join((body, *parts, *chunks)) if parts or chunks else body


_prepared_again = lru_cache(maxsize=16384)(_prepared)
"""Keys, names and small values come again in every trace."""


def words(text: str) -> list[Token]:
    """The words of a text in order, without the supplementary runs."""
    text = without_data(text)
    if not has_escapes(text):
        return _words(text)
    places = places_of_unescaped(text)
    return [_moved(token, places) for token in _words(unescaped(text))]


def runs(text: str) -> Iterator[list[Token]]:
    """Every run of words that a phrase may stand in: the text, then camel-case words, then escaped chunks."""
    yield words(text)
    yield from supplements(text)


def supplements(text: str) -> Iterator[list[Token]]:
    """The runs besides the text itself."""
    text = without_data(text)
    if not has_escapes(text):
        for parts in camel_words(text):
            yield [Token(part, start, end, start + 1) for part, start, end in parts]
        return
    places = places_of_unescaped(text)
    for parts in camel_words(unescaped(text)):
        yield [_moved(Token(part, start, end, start + 1), places) for part, start, end in parts]
    for chunk, at in escaped_chunks(text):
        yield [
            Token(token.text, token.start + at, token.end + at, token.head_end + at)
            for token in _words(chunk)
        ]


def is_unspaced(token: str) -> bool:
    """Whether a word is a pair, or a single character, of a script without spaces."""
    return has_unspaced(token[:1])


def _words(text: str) -> list[Token]:
    if text.isascii():
        return [
            Token(match[0].lower(), match.start(), match.end(), match.start() + 1)
            for match in _ASCII_WORD.finditer(text)
        ]
    return _tokens(pieces(text))


def _moved(token: Token, places: list[tuple[int, int]]) -> Token:
    """The same word where it stands in the text before escapes were resolved."""
    return Token(token.text, places[token.start][0], places[token.end - 1][1], places[token.head_end - 1][1])


def _spaced(tokens: list[Token]) -> str:
    return " ".join(token.text for token in tokens)


def _tokens(found: list[tuple[str, int, int]]) -> list[Token]:
    """Words of characters with their places."""
    characters: list[str] = []
    starts: list[int] = []
    ends: list[int] = []
    letter = 0
    for piece, start, end in found:
        folded = piece.translate(FOLDED)
        if not folded and ends:  # an accent, or a skin tone, belongs to what stands before it
            ends[letter:] = [end] * (len(ends) - letter)
        elif folded:
            letter = len(ends)
        characters.append(folded)
        starts += [start] * len(folded)
        ends += [end] * len(folded)
    folded = _cut_long_words("".join(characters))
    tokens: list[Token] = []
    for match in _TOKEN.finditer(folded):
        first, last = match.span()
        if match[1] is None:
            tokens.append(Token(match[0], starts[first], ends[last - 1], ends[first]))
            continue
        for at in range(first, last):
            stop = min(at + 2, last)
            tokens.append(Token(folded[at:stop], starts[at], ends[stop - 1], ends[at]))
    return tokens


def _folded(match: re.Match[str]) -> str:
    folded = fold(compose(match[0]))
    return _UNSPACED_RUN.sub(_paired, folded) if has_unspaced(folded) else folded


def _paired(match: re.Match[str]) -> str:
    run = match[0]
    return f" {' '.join(map(add, run, run[1:] + ' '))}"


def _cut_long_words(folded: str) -> str:
    return _LONG_WORD.sub(_head, folded) if _has_long_run(folded) else folded


def without_data(text: str) -> str:
    """The text with encoded data blanked out behind its beginning; every offset stays what it was."""
    return _DATA.sub(_head, text) if _has_long_run(text) else text


def _has_long_run(text: str) -> bool:
    """Whether there may be a run of more than `LONGEST` characters without a blank; most texts have none."""
    if len(text) <= LONGEST:
        return False
    # Such a run covers one of these blocks as a whole.
    return any(text.find(" ", at, at + _BLOCK) < 0 for at in range(0, len(text) - _BLOCK + 1, _BLOCK))


def _head(match: re.Match[str]) -> str:
    return match[0][:KEPT].ljust(len(match[0]))
