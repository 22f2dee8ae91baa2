"""The copies that a migration leaves beside the store: none takes the place of another one."""

from __future__ import annotations

from pathlib import Path
from typing import Final

_PAGE: Final = 4_096
_DIFFERENT_PAGES: Final = 4
"""Two copies of one state differ in the page of the header and where their own ids stand."""


def keep_beside(partial: Path, target: Path) -> Path:
    """Give a finished copy its name: `target`, or the next like it (`halo.db.v1.2.bak`) that no other has.

    One that an interrupted migration made of the same state is replaced. Returns the name.
    """
    name, number = target, 1
    while name.exists() and not _is_same(partial, name):
        number += 1
        name = target.with_name(f"{target.stem}.{number}{target.suffix}")
    return partial.replace(name)


def _is_same(one: Path, other: Path) -> bool:
    if one.stat().st_size != other.stat().st_size:
        return False
    different = 0
    with one.open("rb") as first, other.open("rb") as second:
        while different <= _DIFFERENT_PAGES and (page := first.read(_PAGE)):
            different += page != second.read(_PAGE)
    return different <= _DIFFERENT_PAGES
