"""Looking for words or a pattern in a text, in time that grows with the text and never faster.

A pattern comes from a model that read hostile text; Python's own engine would run for years on some. Rust's
does not backtrack, and pydantic brings it. It only says whether a text matches, so a place in a long line is
found by halving.
"""

from __future__ import annotations

import re
import time
from bisect import bisect_left
from collections.abc import Iterator
from typing import NamedTuple, Protocol

from pydantic_core import SchemaError, SchemaValidator, core_schema

from halo_dash.errors import InvalidInputError

LONGEST = 1_000
"""Characters of a pattern."""


class Stretch(NamedTuple):
    """A place in a text, in characters."""

    start: int
    end: int


class Pattern(Protocol):
    """What is looked for."""

    def places(self, text: str, until_s: float) -> Iterator[Stretch]:
        """Every place in the text, in order; ends at `until_s` by the monotonic clock."""


def read_pattern(typed: str, *, is_regex: bool) -> Pattern:
    """Words as they stand in any case, or a regular expression. Raises InvalidInputError."""
    if not typed or len(typed) > LONGEST:
        raise InvalidInputError(
            f"The text to look for must have 1 to {LONGEST} characters, not {len(typed)}.",
            hint="Look for a part of it.",
        )
    return _Regex(typed) if is_regex else _Words(typed)


class _Words:
    def __init__(self, typed: str) -> None:
        self._pattern = re.compile(re.escape(typed), re.IGNORECASE)

    def places(self, text: str, until_s: float) -> Iterator[Stretch]:
        for found in self._pattern.finditer(text):
            yield Stretch(*found.span())
            if time.monotonic() > until_s:
                return


class _Regex:
    """Line by line, as grep does: `^` and `$` are the ends of a line, and a line is found once."""

    def __init__(self, typed: str) -> None:
        self._anywhere = _compiled(f"(?m){typed}")
        self._in_line = _compiled(typed)

    def places(self, text: str, until_s: float) -> Iterator[Stretch]:
        if not _has(self._anywhere, text):
            return
        begin = 0
        for line in text.splitlines(keepends=True):
            if time.monotonic() > until_s:
                return
            body = line.rstrip("\r\n")
            if _has(self._in_line, body):
                start, end = self._near(body) if len(body) > _LINE else (0, len(body))
                yield Stretch(begin + start, begin + end)
            begin += len(line)

    def _near(self, line: str) -> Stretch:
        """About where in a long line it is: the shortest beginning that has it, less what comes before."""
        end = bisect_left(range(len(line)), x=True, key=lambda size: _has(self._in_line, line[:size]))
        before = bisect_left(range(end), x=True, key=lambda size: _has(self._in_line, line[end - size : end]))
        return Stretch(end - before, end)


_LINE = 200
"""A longer line is no place to look at as a whole."""


def _compiled(typed: str) -> SchemaValidator:
    try:
        return SchemaValidator(core_schema.str_schema(pattern=typed, regex_engine="rust-regex"))
    except SchemaError as error:
        said = str(error).strip().splitlines()
        raise InvalidInputError(
            f"This is no regular expression that can be used: {' '.join(said)[:300]}",
            hint="No look-around and no back-references; \\d \\w \\b [a-z] (a|b) {2,5} and (?i) work.",
        ) from None


def _has(pattern: SchemaValidator, text: str) -> bool:
    return pattern.isinstance_python(text)
