"""What may pass between the code environment and our functions: plain values, as JSON has them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

MAX_DEPTH = 50
MAX_VALUES = 1_000_000
MAX_CHARS = 32 * 1024 * 1024
_MAX_INT = 2**63
_KINDS = "dict, list, str, int, float, bool and None"


def plain(value: Any) -> Any:
    """The value, made of dict, list, str, int, float, bool and None; tuples and sets become lists.

    Raises TypeError or ValueError with words for whoever wrote the cell.
    """
    return _Copy().of(value, 0)


class _Copy:
    def __init__(self) -> None:
        self._values = 0
        self._chars = 0

    def of(self, value: Any, depth: int) -> Any:
        self._values += 1
        if self._values > MAX_VALUES:
            raise ValueError(f"more than {MAX_VALUES:,} values are too many to pass at once")
        if depth > MAX_DEPTH:
            raise ValueError(f"values are nested more than {MAX_DEPTH} levels deep")
        # Types are compared exactly: a subclass could carry anything.
        kind = type(value)
        if value is None or kind in (bool, str, int, float):
            return self._single(value)
        if kind in (list, tuple):
            return [self.of(each, depth + 1) for each in value]
        if kind in (set, frozenset):
            return [
                self.of(each, depth + 1)
                for each in sorted(value, key=lambda each: (str(type(each)), str(each)))
            ]
        if isinstance(value, Mapping):
            return {self._key(key): self.of(each, depth + 1) for key, each in value.items()}
        raise TypeError(
            f"{_name(value)} cannot be passed: only dict, list, str, int, float, bool and None can"
        )

    def _single(self, value: Any) -> Any:
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, int) and not -_MAX_INT <= value < _MAX_INT:
            raise ValueError("an integer of more than 64 bits cannot be passed")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{value} cannot be passed: only finite numbers can")
        return value

    def _text(self, text: str) -> str:
        self._chars += len(text)
        if self._chars > MAX_CHARS:
            raise ValueError(f"more than {MAX_CHARS:,} characters are too many to pass at once")
        return text

    def _key(self, key: Any) -> str:
        if type(key) is str:
            return self._text(key)
        if type(key) in (int, float, bool) or key is None:
            return str(key)
        raise TypeError(f"{_name(key)} cannot be a key of a dict that is passed: only str can")


def _name(value: Any) -> str:
    return f"a {type(value).__name__.removesuffix('Proxy').removeprefix('Monty')}"
