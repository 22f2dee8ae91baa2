"""Whether a quote stands in a text, word for word.

White space may differ, and so may the escapes of JSON, because the same words are shown decoded, in compact
and in indented JSON. Nothing else may: no letter, no case, no words left out, no part of a word, name or
number: neither its sign nor its decimals.
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

_LETTERS = frozenset({"Ll", "Lu", "Lt", "Lo", "Mn", "Mc", "Me"})
_WITHOUT_BLANKS = (
    *("CJK ", "HIRAGANA ", "KATAKANA ", "HALFWIDTH KATAKANA ", "BOPOMOFO ", "YI ", "TANGUT ", "NUSHU "),
    *("THAI ", "LAO ", "KHMER ", "MYANMAR ", "TIBETAN ", "TAI ", "NEW TAI ", "JAVANESE ", "BALINESE "),
)
"""How Unicode names the letters of writing without blanks between its words: any of them may end a quote."""
_SELECTORS = "VARIATION SELECTOR"
"""Of how the sign before is drawn; Unicode has them among the accents."""

_MINUS = frozenset("-\N{MINUS SIGN}\N{EN DASH}")
_CURRENCY = frozenset("$€£¥")
_GROUPING = frozenset(",'\N{RIGHT SINGLE QUOTATION MARK}")
_GROUP = re.compile(r"\d{3}(?!\d)")
"""What a separator of thousands has behind it; elsewhere a comma is between two numbers."""
_UNICODE_ESCAPE = re.compile(r"\\{1,4}u([0-9a-fA-F]{4})")
_ESCAPE_CHARACTERS = 6
_LONGEST_RUN = 64
"""Of the underscores in one name."""


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
    """Whether a word, name or number goes on over this place."""
    if not 0 < at < len(text):
        return False
    before, after = _before(text, at), _after(text, at)
    if _is_mark(after) and not before.isspace():
        return True
    if _is_word(before) and _is_word(after):
        return True
    return _is_within_name(text, at) or _is_within_number(text, at, before)


def _before(text: str, at: int) -> str:
    escape = _UNICODE_ESCAPE.fullmatch(text, max(0, at - _ESCAPE_CHARACTERS), at)
    return chr(int(escape[1], 16)) if escape else text[at - 1]


def _after(text: str, at: int) -> str:
    escape = _UNICODE_ESCAPE.match(text, at)
    return chr(int(escape[1], 16)) if escape else text[at]


def _is_within_name(text: str, at: int) -> bool:
    """`max_|retries`; the lines around _words_ that stand out are no part of them."""
    begin = end = at
    while begin > 0 and text[begin - 1] == "_" and at - begin < _LONGEST_RUN:
        begin -= 1
    while end < len(text) and text[end] == "_" and end - at < _LONGEST_RUN:
        end += 1
    return 0 < begin < end < len(text) and _is_word(text[begin - 1]) and _is_word(text[end])


def _is_within_number(text: str, at: int, before: str) -> bool:
    """`-|5`, `100|,000`, `100.|50`, `.|5`."""
    after = text[at]
    if after.isdecimal():
        return _is_behind_sign(text, at, before)
    if not text[at + 1 : at + 2].isdecimal():
        return False
    if after in _CURRENCY:
        return before in _MINUS
    is_point = after == "." or (after in _GROUPING and _GROUP.match(text, at + 1) is not None)
    return is_point and before.isdecimal()


def _is_behind_sign(text: str, at: int, before: str) -> bool:
    """Whether what is before the digit at this place belongs to its number."""
    ahead = text[at - 2] if at > 1 else ""
    if before == ".":
        return ahead != "." and not ahead.isalpha()
    is_group = before in _GROUPING and ahead.isdecimal() and _GROUP.match(text, at) is not None
    return before in _MINUS or is_group


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
    """One blank where one parts words, or numbers from signs and points; none elsewhere."""
    pieces = _SPACES.split(text)
    out: list[str] = []
    before = ""
    for piece in pieces:
        if not piece:
            continue
        if before and _is_parting(before, piece):
            out.append(" ")
        out.append(piece)
        before = piece[-1]
    return "".join(out)


def _is_parting(before: str, piece: str) -> bool:
    """Whether a text would say something else without the blank."""
    first, is_number_next = piece[0], piece[1:2].isdecimal()
    if _is_mark(first) or (_is_of_name(before) and _is_of_name(first)):
        return True
    if before in _MINUS:
        return first.isdecimal() or first in _CURRENCY
    if before == ".":
        return first.isdecimal()
    if first in _MINUS:
        return is_number_next and _is_word(before)
    return is_number_next and (first == "." or (first in _GROUPING and before.isdecimal()))


def _is_of_name(character: str) -> bool:
    return character == "_" or _is_word(character)


@lru_cache(maxsize=4096)
def _is_word(character: str) -> bool:
    """A digit, or a letter or accent of writing that has blanks between its words."""
    category = unicodedata.category(character)
    if category == "Nd":
        return True
    name = unicodedata.name(character, "")
    return category in _LETTERS and not name.startswith((*_WITHOUT_BLANKS, _SELECTORS))


@lru_cache(maxsize=4096)
def _is_mark(character: str) -> bool:
    """Part of the letter before it."""
    is_drawn = unicodedata.name(character, "").startswith(_SELECTORS)
    return unicodedata.category(character).startswith("M") and not is_drawn


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
