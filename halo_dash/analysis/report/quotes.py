"""Whether a quote stands in a text, word for word.

White space may differ, and so may the escapes of JSON, because the same words are shown decoded, in compact
and in indented JSON. Nothing else may: no letter, no case, no words left out, no part of a word or number.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

LEAST_CHARACTERS = 8
"""Letters and digits of a quote that says something; fewer only where the quote is the whole field."""

_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|(["\\/bfnrt]))')
_ESCAPED = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
_SURROGATES = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_ESCAPED_ASCII = "\\u00"
_PLAIN = re.compile("[A-Za-z0-9]+")
_SPACES = re.compile(r"\s+")
_DEPTH = 2
"""JSON within a string of JSON."""

_PLACES = 10_000
"""Places that are looked at: a text of one letter a million times has a million."""

# Letters that have a case, and digits: writing without blanks between its words has other letters.
_WORDS = frozenset({"Ll", "Lu", "Lt", "Nd"})


def stands_in(quote: str, text: str) -> bool:
    """Whether the text has the quote. Too short a quote has to be the whole text."""
    if not is_meaningful(quote):
        return is_whole(quote, text)
    # A text may have megabytes: most quotes stand there as they are, others have words that it has not.
    if _has(quote.strip(), text):
        return True
    if _longest_word(quote) not in text and _ESCAPED_ASCII not in text:
        return False
    return any(_has(form, of) for of in _forms(text) for form in _forms(quote))


def _longest_word(quote: str) -> str:
    """What a text has to hold to have the quote: escapes leave plain letters and digits as they are."""
    *_others, decoded = _unescaped_by_level(quote)
    return max(_PLAIN.findall(decoded), key=len, default="")


def is_meaningful(quote: str) -> bool:
    """Long enough to say something."""
    return sum(character.isalnum() for character in quote[:10_000]) >= LEAST_CHARACTERS


def is_whole(quote: str, text: str) -> bool:
    """Whether the quote is all that the text says."""
    forms = set(_forms(quote)) - {""}
    return any(form in forms for form in _forms(text))


def _has(quote: str, text: str) -> bool:
    """Whether the quote stands in the text, beginning and ending where words do."""
    at = text.find(quote) if quote else -1
    for _place in range(_PLACES):
        if at < 0:
            return False
        if not (_is_within(text, at) or _is_within(text, at + len(quote))):
            return True
        at = text.find(quote, at + 1)
    return False


def _is_within(text: str, at: int) -> bool:
    """Whether a word or number goes on over this place."""
    return 0 < at < len(text) and _is_word(text[at - 1]) and _is_word(text[at])


def _forms(text: str) -> Iterator[str]:
    """The text, and what its escapes stand for; white space is kept between words alone."""
    return map(squeezed, _unescaped_by_level(text))


def _unescaped_by_level(text: str) -> Iterator[str]:
    yield text
    for _level in range(_DEPTH):
        decoded = _unescaped(text)
        if decoded == text:
            return
        text = decoded
        yield text


def squeezed(text: str) -> str:
    """One blank between two words, none elsewhere."""
    pieces = _SPACES.split(text)
    out: list[str] = []
    before = ""
    for piece in pieces:
        if not piece:
            continue
        if before and _is_word(before) and _is_word(piece[0]):
            out.append(" ")
        out.append(piece)
        before = piece[-1]
    return "".join(out)


@lru_cache(maxsize=4096)
def _is_word(character: str) -> bool:
    return unicodedata.category(character) in _WORDS


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    decoded = _ESCAPE.sub(_meant, text)
    return _SURROGATES.sub(_joined, decoded)


def _meant(found: re.Match[str]) -> str:
    if found[1]:
        return chr(int(found[1], 16))
    return _ESCAPED.get(found[2], found[2])


def _joined(pair: re.Match[str]) -> str:
    return pair[0].encode("utf-16", "surrogatepass").decode("utf-16")
