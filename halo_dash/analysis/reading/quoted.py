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


def field_of(fields: Mapping[str, str], stretch: str) -> str | None:
    """The first field that has the stretch, word for word; blanks may differ."""
    found = spot_of(fields, stretch)
    return None if found is None else found.field


def spot_of(fields: Mapping[str, str], stretch: str) -> Spot | None:
    """The same with its place."""
    wanted = stretch.strip().strip("…").strip()[:_LONGEST]
    if not wanted:
        return None
    for name, text in fields.items():
        at = text.find(wanted)
        if at >= 0:
            return Spot(name, at, at + len(wanted))
    # Blanks and line ends of a snippet were made one.
    pattern = re.compile(r"\s+".join(map(re.escape, wanted.split())))
    for name, text in fields.items():
        found = pattern.search(text)
        if found is not None:
            return Spot(name, *found.span())
    return None
