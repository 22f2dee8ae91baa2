"""How much of a text is shown: never cut without its whole length and the way to the rest."""

from __future__ import annotations

import json
from typing import Any

DISCOVERING = 4_096
"""Characters of one text where many spans are looked at."""
READING = 16_384
"""Characters of one text where a few spans are read."""
VIEW_BYTES = 150_000
"""UTF-8 bytes of one answer."""

Shown = str | dict[str, Any]


def shown(text: str, limit: int, offset: int = 0) -> Shown:
    """The text, or a piece of it that says how long the whole is and where the rest begins."""
    if not offset and len(text) <= limit:
        return text
    end = min(len(text), offset + limit)
    piece: dict[str, Any] = {"text": text[offset:end], "offset": offset, "length": len(text)}
    if end < len(text):
        piece["next_offset"] = end
    return piece


def fitting(found: dict[str, Any], what: str, how: str) -> dict[str, Any]:
    """An answer, or what to ask instead where it is too large to be one."""
    taken = size(found)
    if taken <= VIEW_BYTES:
        return found
    count = len(found[what])
    return {
        "oversized": {what: count, "bytes": taken, "most_bytes_of_one_answer": VIEW_BYTES},
        "recommendation": f"{how} About {max(1, count * VIEW_BYTES // taken)} {what} like these fit.",
    }


def size(value: Any) -> int:
    """UTF-8 bytes of a value as a tool gives it."""
    return len(written(value).encode("utf-8", "surrogatepass"))


def written(value: Any) -> str:
    """A value as JSON text."""
    return json.dumps(value, ensure_ascii=False, separators=(", ", ": "), default=str)
