"""One character as search sees it: without case, accents and presentation forms.

Folding looks at one character at a time, so a text and a typed word fold alike wherever they were cut, and
every folded character knows where it came from. Characters fall into four classes: part of a word, part of
a script written without spaces, a symbol that is a word of its own (an emoji), or a gap between words.
"""

from __future__ import annotations

import re
import unicodedata

UNSPACED = (
    "\u0e00-\u0eff"  # Thai, Lao
    "\u1000-\u109f\u1780-\u17ff"  # Myanmar, Khmer
    "\u1100-\u11ff\u3130-\u318f\ua960-\ua97f\uac00-\ud7ff"  # Hangul
    "\u3005-\u3007\u3021-\u3029\u3031-\u3035\u303b\u303c"  # marks that stand for a Han character
    "\u3040-\u30ff\u31f0-\u31ff\U0001b000-\U0001b16f"  # Kana
    "\u3100-\u312f\u31a0-\u31bf"  # Bopomofo
    "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"  # Han
)
"""Scripts without spaces between words (Hangul has some, but glues particles on), as a regex class."""

_ANY_UNSPACED = re.compile(f"[{UNSPACED}]")
_CLUSTER = re.compile(
    "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?|[\u3041-\u30fa\uff66-\uff9d][\u3099\u309a\uff9e\uff9f]"
)
"""Letters that some systems (macOS file names) send in pieces, and that are no accents of one another."""

_KEPT_MARKS = frozenset({0, 8, 9, 84, 91, 103, 107, 118, 122, 129, 130, 132})
"""Canonical combining classes of marks that are letters, not accents: vowels of Indic and South-East Asian
scripts, viramas, tones, the voicing of Kana. All others (Latin, Greek, Hebrew, Arabic …) are stripped."""

_SELECTORS = re.compile("[\u034f\u0640\u180b-\u180f\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0000-\U000e0fff]")
"""Characters that change only how a neighbour looks: variants, skin tones, the Arabic stretch."""

_LETTERS = {
    "ø": "o", "ł": "l", "đ": "d", "ð": "d", "ħ": "h", "ŧ": "t", "\u0131": "i",
    "æ": "ae", "œ": "oe", "þ": "th",
}  # fmt: skip
"""Letters people type without their stroke, which Unicode does not take apart."""

_NO_WORDS = re.compile("[\u2500-\u259f\ufdd0-\ufdef\ufff9-\uffff]")
"""Lines of tables, replacement characters and noncharacters."""


class _Folded(dict[int, str]):
    """Code point -> its folded form, worked out when first met (there are a million of them)."""

    def __missing__(self, code: int) -> str:
        self[code] = folded = _fold(chr(code))
        return folded


FOLDED = _Folded()
"""For `str.translate`: letters folded, symbols between blanks, gaps as one blank, the rest as nothing."""


def fold(text: str) -> str:
    """The text as search sees it; `compose` it first."""
    return text.translate(FOLDED)


def compose(text: str) -> str:
    """Put letters together that came in pieces and must not be taken for letters with accents."""
    return _CLUSTER.sub(lambda match: unicodedata.normalize("NFKC", match[0]), text)


def has_unspaced(folded: str) -> bool:
    """Whether any character is of a script without spaces."""
    return _ANY_UNSPACED.search(folded) is not None


def pieces(text: str, start: int = 0) -> list[tuple[str, int, int]]:
    """(character or composed cluster, its start, its end) of a text; offsets count from `start`."""
    found: list[tuple[str, int, int]] = []
    at = 0
    for match in _CLUSTER.finditer(text):
        found += [(text[i], start + i, start + i + 1) for i in range(at, match.start())]
        composed = unicodedata.normalize("NFKC", match[0])
        found.append((composed, start + match.start(), start + match.end()))
        at = match.end()
    found += [(text[i], start + i, start + i + 1) for i in range(at, len(text))]
    return found


def _fold(character: str) -> str:
    if character.isascii():
        return " " if character in "\0\x1f" else character.lower()
    if character == "\u200b" or _NO_WORDS.match(character):  # a zero-width space still parts words
        return " "
    stripped = _without_marks(unicodedata.normalize("NFKD", character)).casefold()
    letters = "".join(_LETTERS.get(each, each) for each in stripped)
    # Left in pieces, so that a text sent in pieces is the same; but for the letters `compose` puts together.
    whole = compose(_without_marks(unicodedata.normalize("NFKD", letters)))
    return "".join(_classed(each) for each in whole)


def _without_marks(text: str) -> str:
    return "".join(each for each in text if not _is_dropped(each))


def _is_dropped(character: str) -> bool:
    category = unicodedata.category(character)
    if category == "Mn":
        is_letter = unicodedata.combining(character) in _KEPT_MARKS
        return not is_letter or _SELECTORS.match(character) is not None
    return category in {"Me", "Cf"} or _SELECTORS.match(character) is not None


def _classed(character: str) -> str:
    category = unicodedata.category(character)
    if character.isascii():
        return character
    if category == "Nd":
        return str(unicodedata.digit(character))
    if category[0] in "LNM":
        return character
    # Unassigned and private characters count as symbols: a newer emoji is found on an older Python too.
    return f" {character} " if category in {"So", "Sc", "Cn", "Co"} else " "
