"""Columns that grow at their end, so that what arrives does not copy what is there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from halo_dash.store.figures.layout import Array

_LEAST = 1024
_GROWTH = 5
"""A full column becomes larger by one part in so many."""


class Columns:
    """A table by columns of one length."""

    def __init__(self, types: Mapping[str, str]) -> None:
        self._columns: dict[str, Array] = {name: np.empty(0, kind) for name, kind in types.items()}
        self.size = 0

    def __getitem__(self, name: str) -> Array:
        """A column; to be read, or written in place, before anything is added."""
        return self._columns[name][: self.size]

    def add(self, rows: int, values: Mapping[str, Array]) -> None:
        """Add rows: a value of each for every column."""
        size = self.size + rows
        for name, column in self._columns.items():
            if size > len(column):
                grown = np.empty(max(_LEAST, size, len(column) + len(column) // _GROWTH), column.dtype)
                grown[: self.size] = column[: self.size]
                self._columns[name] = grown
            self._columns[name][self.size : size] = values[name]
        self.size = size

    def keep(self, rows: Array) -> None:
        """Let go of all rows but those where `rows` is true."""
        for name in self._columns:
            self._columns[name] = self[name][rows]
        self.size = int(rows.sum())
