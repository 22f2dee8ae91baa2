"""Ids as files carry them: lower-case hex of any length (24 digits in HALO JSONL)."""

from __future__ import annotations

import re
from typing import Final

from halo_dash.errors import InvalidInputError

_ID: Final = re.compile(r"[0-9a-f]{1,64}")


def required_id(name: str, text: str) -> str:
    """`text` as an id. Raises `InvalidInputError` for what no span can be kept by."""
    found = text.lower()
    if not _ID.fullmatch(found) or not found.strip("0"):
        raise InvalidInputError(f"{name} {text[:40]!r} is no id: 1 to 64 hexadecimal digits, not all zero")
    return found


def optional_id(name: str, text: str) -> str:
    """The same, `""` where there is none; some writers say "none" in zeros."""
    return required_id(name, text) if text.strip("0") else ""
