"""A table whose rows lie by group, and within a group by one column: what is asked of it needs no sort.

A million steps take fifty milliseconds to sort, and one to pick those of an agent from. What is added waits
until the table is asked, and is put in its place then.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from halo_dash.store.figures.layout import Array
from halo_dash.store.figures.sums import add_between

_MANY = 8
"""Rows that are more than one part in so many of the table are sorted with it."""


class Grouped:
    """Rows by group."""

    def __init__(self, types: Mapping[str, str], order: str | None) -> None:
        """`order` is the column that ascends within a group."""
        self._columns: dict[str, Array] = {name: np.empty(0, kind) for name, kind in types.items()}
        self._order = order
        self._counts = np.zeros(0, "i8")
        self._waiting: list[tuple[Array, dict[str, Array]]] = []

    def __getitem__(self, name: str) -> Array:
        """A column."""
        self._settle()
        return self._columns[name]

    def bounds(self, groups: int) -> Array:
        """Where each of so many groups begins, and at last where the last one ends."""
        self._settle()
        found = np.full(groups + 1, self._counts.sum())
        found[0] = 0
        np.cumsum(self._counts[:groups], out=found[1 : 1 + len(self._counts)])
        return found

    def add(self, groups: Array, values: Mapping[str, Array]) -> None:
        """Add rows: the group of each, and a value for every column."""
        if len(groups):
            kept = {name: values[name].astype(column.dtype) for name, column in self._columns.items()}
            self._waiting.append((groups, kept))

    def keep(self, rows: Array) -> None:
        """Let go of all rows but those where `rows` is true."""
        self._settle()
        self._counts = add_between(rows, self.bounds(len(self._counts)))
        for name, column in self._columns.items():
            self._columns[name] = column[rows]

    def put(self, name: str, values: Array) -> None:
        """Write a whole column that the order does not depend on."""
        self._columns[name] = values.astype(self._columns[name].dtype)

    def _settle(self) -> None:
        if not self._waiting:
            return
        groups = np.concatenate([each for each, _values in self._waiting])
        values = {name: np.concatenate([each[name] for _, each in self._waiting]) for name in self._columns}
        self._waiting = []
        size = max(len(self._counts), int(groups.max()) + 1)
        self._counts = np.append(self._counts, np.zeros(size - len(self._counts), "i8"))
        total = int(self._counts.sum())
        if len(groups) * _MANY > total:
            groups = np.concatenate((np.repeat(np.arange(size), self._counts), groups))
            for name, column in self._columns.items():
                values[name] = np.concatenate((column, values[name]))
            self._columns = dict.fromkeys(self._columns, np.empty(0))
            self._columns = _take(values, self._sorted(groups, values))
            self._counts = np.bincount(groups, minlength=size)
            return
        order = self._sorted(groups, values)
        groups, values = groups[order], _take(values, order)
        places = self._places(groups, values)
        self._columns = {name: np.insert(self._columns[name], places, values[name]) for name in values}
        self._counts += np.bincount(groups, minlength=size)

    def _sorted(self, groups: Array, values: Mapping[str, Array]) -> Array:
        if self._order is None:
            return np.argsort(groups, kind="stable")
        return np.lexsort((values[self._order], groups))

    def _places(self, groups: Array, values: Mapping[str, Array]) -> Array:
        """Where sorted rows go."""
        ends = np.cumsum(self._counts)
        places = ends[groups]
        if self._order is None:
            return places
        column = self._columns[self._order]
        firsts = np.flatnonzero(np.diff(groups, prepend=-1))
        for begin, end in zip(firsts.tolist(), [*firsts[1:].tolist(), len(groups)], strict=True):
            group = int(groups[begin])
            low = int(ends[group] - self._counts[group])
            some = np.searchsorted(
                column[low : int(ends[group])], values[self._order][begin:end], side="right"
            )
            places[begin:end] = low + some
        return places


def _take(values: Mapping[str, Array], order: Array) -> dict[str, Array]:
    return {name: column[order] for name, column in values.items()}
