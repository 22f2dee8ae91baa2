"""Aligned tables that fit the terminal, of text that strangers wrote."""

from __future__ import annotations

import re
import shutil
import sys
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

_GAP = "  "
_HOSTILE = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ud800-\udfff]")
"""What could move the cursor, colour the screen or turn the reading direction around."""
_MIN_FLEXIBLE = 12
_MAX_PADDED = 60
"""Where nothing limits the width, a longer cell stands whole, and no other is padded for its sake."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column. When the terminal is narrow, columns with the highest `rank` are left out first."""

    title: str
    align: Literal["left", "right"] = "left"
    rank: int = 0
    is_flexible: bool = False
    """It is cut off to make the rest fit."""


def plain(text: str) -> str:
    """Return the text on one line, with every character that a terminal would act on made visible."""
    return _HOSTILE.sub(lambda found: " " if found[0] in "\n\r\t" else "\N{REPLACEMENT CHARACTER}", text)


def terminal_width() -> int | None:
    """Return the columns of the terminal, or None when output goes to a file or another program."""
    return shutil.get_terminal_size().columns if sys.stdout.isatty() else None


def render(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int | None = None) -> str:
    """Return the table as text, at most `width` columns wide where that is possible; None cuts nothing."""
    cells = [[plain(cell) for cell in row] for row in rows]
    sizes = [
        max([text_width(column.title), *(text_width(row[index]) for row in cells)])
        for index, column in enumerate(columns)
    ]
    shown = _fit(columns, sizes, width)
    lines = [[column.title for column in columns], *cells]
    write = _whole if width is None else cell
    return "\n".join(
        _GAP.join(write(columns[index], line[index], sizes[index]) for index in shown).rstrip()
        for line in lines
    )


def text_width(text: str) -> int:
    """Return how many columns a terminal needs for the text."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1
        for char in text
    )


def cut(text: str, size: int) -> str:
    """Return the text in at most `size` columns; an ellipsis says that something is missing."""
    if text_width(text) <= size:
        return text
    kept = ""
    for char in text:
        if text_width(kept + char) > size - 1:
            break
        kept += char
    return f"{kept}…"


def cell(column: Column, text: str, size: int) -> str:
    """Return the text in exactly `size` columns, cut or padded, where its column aligns it."""
    short = cut(text, size)
    pad = " " * (size - text_width(short))
    return pad + short if column.align == "right" else short + pad


def _fit(columns: Sequence[Column], sizes: list[int], width: int | None) -> list[int]:
    """Return the columns to show; those that are too wide are made smaller in `sizes`."""
    shown = list(range(len(columns)))
    if width is None:
        sizes[:] = [min(size, _MAX_PADDED) for size in sizes]
        return shown
    # A text that has to stand whole, as an id, may be of any length: of a terminal it takes half at most.
    most = max(width // 2, _MIN_FLEXIBLE)
    sizes[:] = [
        min(size, most) if column.align == "left" else size
        for column, size in zip(columns, sizes, strict=True)
    ]
    while True:
        spare = width - len(_GAP) * (len(shown) - 1) - sum(sizes[index] for index in shown)
        flexible = [index for index in shown if columns[index].is_flexible]
        give = sum(max(0, sizes[index] - _MIN_FLEXIBLE) for index in flexible)
        optional = [index for index in shown if columns[index].rank]
        if spare + give >= 0 or not optional:
            break
        shown.remove(max(optional, key=lambda index: columns[index].rank))
    for index in flexible:
        taken = min(max(0, -spare), max(0, sizes[index] - _MIN_FLEXIBLE))
        sizes[index] -= taken
        spare += taken
    return shown


def _whole(column: Column, text: str, size: int) -> str:
    """Return the text in at least `size` columns, never cut."""
    return cell(column, text, max(size, text_width(text)))
