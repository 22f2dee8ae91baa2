"""Texts of others as plain text: what would act on a reader, a terminal or a renderer is made visible."""

from __future__ import annotations

import re

_ACTS = re.compile(
    "[\0-\b\v\f\x0e-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f\ud800-\udfff]"
)
"""Control characters, marks of direction, what has no width, tags."""


def visible(text: str) -> str:
    """The text with what nobody sees written out: a mark of direction as `<U+202E>`."""
    return _ACTS.sub(_named, text.replace("\r\n", "\n").replace("\r", "\n"))


def one_line(text: str) -> str:
    """Visible, and on one line."""
    return visible(" ".join(text.split()))


def _named(found: re.Match[str]) -> str:
    return f"<U+{ord(found[0]):04X}>"
