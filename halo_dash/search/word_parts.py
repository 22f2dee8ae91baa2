"""Words inside words: the parts of camel case, and JSON escapes that nobody decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator

_LONGEST_NAME = 64
_SHORTEST_PART = 2.5
"""Characters a part must have on average; random letters (base64, hashes) change case far more often."""

_SHAPES = bytes(
    ord("a") if 97 <= code <= 122 else ord("A") if 65 <= code <= 90 else ord("0") if 48 <= code <= 57 else 32
    for code in range(256)
)
"""Byte -> lower, upper, digit or gap. Finding a pair of shapes this way is many times faster than a regex."""

_HUMPS = (b"aA", b"AAaa")
"""`getUser` and `HTTPServer`; a plural such as `IDs` is none."""

_PART = re.compile(r"[A-Z]{2,}s?(?![a-z])|[A-Z]?[a-z]+|[A-Z]+|[0-9]+")
_ESCAPE = r"\\(?:[nrtbf]|u[0-9A-Fa-f]{4})"
_ANY_ESCAPE = re.compile(_ESCAPE)
_CHUNK = re.compile(rf"(?<!\S)\S*?{_ESCAPE}\S*")
_UNIT = re.compile(rf"\\u[dD][89abAB][0-9A-Fa-f]{{2}}\\u[dD][c-fC-F][0-9A-Fa-f]{{2}}|{_ESCAPE}")

Piece = tuple[str, int, int]


def camel_words(text: str) -> Iterator[list[Piece]]:
    """For each word in camel case its parts, lowered, with their places in the text."""
    shape = text.encode("ascii", "replace").translate(_SHAPES)
    places = {hump: shape.find(hump) for hump in _HUMPS}
    while places := {hump: place for hump, place in places.items() if place >= 0}:
        hump = min(places.values())
        start = shape.rfind(b" ", 0, hump) + 1
        gap = shape.find(b" ", hump)
        end = len(shape) if gap < 0 else gap
        # Each shape is sought from where it was last found, so a long text is walked once for each.
        places = {each: shape.find(each, end) if place < end else place for each, place in places.items()}
        if end - start <= _LONGEST_NAME:
            parts = [
                (match[0].lower(), start + match.start(), start + match.end())
                for match in _PART.finditer(text[start:end])
            ]
            if len(parts) * _SHORTEST_PART <= end - start:
                yield parts


def has_escapes(text: str) -> bool:
    """Whether the text has JSON escapes in it: JSON that nobody could decode."""
    return "\\" in text and _ANY_ESCAPE.search(text) is not None


def unescaped(text: str) -> str:
    """The text with its JSON escapes resolved, each into one character; line ends become blanks."""
    return _UNIT.sub(lambda match: _resolved(match[0]), text)


def places_of_unescaped(text: str) -> list[tuple[int, int]]:
    """Where each character of the unescaped text stands in the text."""
    places: list[tuple[int, int]] = []
    at = 0
    for match in _UNIT.finditer(text):
        places += [(each, each + 1) for each in range(at, match.start())]
        places.append(match.span())
        at = match.end()
    places += [(each, each + 1) for each in range(at, len(text))]
    return places


def escaped_chunks(text: str) -> Iterator[tuple[str, int]]:
    r"""Each stretch without blanks that has an escape in it, as it stands there, and where.

    Not every backslash is an escape: `C:\new` is found as it was written too.
    """
    return ((match[0], match.start()) for match in _CHUNK.finditer(text))


def _resolved(escape: str) -> str:
    if escape[1] != "u":
        return " "
    codes = [int(digits, 16) for digits in escape.split("\\u")[1:]]
    return b"".join(code.to_bytes(2, "big") for code in codes).decode("utf-16-be", "replace")
