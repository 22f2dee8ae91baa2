"""Finding the field that a stretch of text stands in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import NamedTuple

_LONGEST = 400
"""Characters of a stretch that are looked for."""


class Spot(NamedTuple):
    """Where a stretch stands."""

    field: str
    start: int
    end: int


def spot_of(fields: Mapping[str, str], stretch: str) -> Spot | None:
    """The first field that has the stretch, word for word (blanks may differ), and where."""
    wanted = stretch.strip().strip("…").strip()[:_LONGEST]
    if not wanted:
        return None
    for name, text in fields.items():
        at = text.find(wanted)
        if at >= 0:
            return Spot(name, at, at + len(wanted))
    # Blanks of a snippet were made one; JSON may be written without blanks, or inside of a string.
    for pattern in (_spaced(wanted), _loose(wanted)):
        for name, text in fields.items():
            found = pattern.search(text)
            if found is not None:
                return Spot(name, *found.span())
    return None


def _spaced(wanted: str) -> re.Pattern[str]:
    return re.compile(r"\s+".join(map(re.escape, wanted.split())))


def _loose(wanted: str) -> re.Pattern[str]:
    pieces: list[str] = []
    before = None
    for token in _TOKEN.finditer(wanted):
        if before is not None:
            is_apart = before.end() < token.start() and before[0].isalnum() and token[0].isalnum()
            pieces.append(r"\s+" if is_apart else r"[\s\\]*")
        pieces.append(re.escape(token[0]))
        before = token
    return re.compile("".join(pieces))


_TOKEN = re.compile(r"\w+|[^\w\s\\]")


def whole_words(text: str, spot: Spot) -> str:
    """The stretch with the words that it begins and ends in the middle of: a quote has whole words."""
    start, end = spot.start, spot.end
    least, most = max(0, start - _WORD), min(len(text), end + _WORD)
    while start > least and text[start].isalnum() and text[start - 1].isalnum():
        start -= 1
    while end < most and text[end - 1].isalnum() and text[end].isalnum():
        end += 1
    return text[start:end]


_WORD = 60
"""Characters of a word that is cut."""
