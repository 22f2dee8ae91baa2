"""Opaque positions in a list: what `next_cursor` and `next_after` hold."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from halo_dash.errors import UsageError


def write_cursor(kind: str, position: tuple[Any, ...]) -> str:
    """A position as text that is safe in a URL. `kind` names the list and its order."""
    text = json.dumps([kind, *position], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(text: str, kind: str, types: tuple[Any, ...]) -> tuple[Any, ...]:
    """The inverse. Raises `UsageError` where it is damaged or belongs to another list or order."""
    try:
        found = json.loads(base64.urlsafe_b64decode(text.encode() + b"=" * (-len(text) % 4)))
    except (ValueError, binascii.Error, RecursionError):
        found = None
    if (
        isinstance(found, list)
        and found[:1] == [kind]
        and len(found) == len(types) + 1
        and all(_fits(value, wanted) for value, wanted in zip(found[1:], types, strict=True))
    ):
        return tuple(found[1:])
    raise UsageError(
        "This cursor does not belong to this list and its order.",
        hint="Leave cursor out to begin at the first page.",
    )


def _fits(value: object, wanted: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and isinstance(value, wanted) and abs(value) < 2**63
    return isinstance(value, wanted)
