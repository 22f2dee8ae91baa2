"""The order of the trace list, and exact positions in it.

Every order ends with the start and the trace id, so no two traces are equal in it; a trace without a value
comes last whichever way the list runs. A page begins after a position, not at an offset: rows that arrive
meanwhile neither repeat nor hide another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from halo_dash.store.cursor import read_cursor, write_cursor
from halo_dash.store.where import Clause

_COLUMNS = {
    "start": "t.start_ns",
    "duration": "t.duration_ns",
    "cost": "t.cost_usd",
    "tokens": "t.total_tokens",
    "spans": "t.span_count",
    "errors": "t.error_count",
}


@dataclass(frozen=True, slots=True)
class Order:
    """A sort of the list, or its reverse."""

    NULLABLE: ClassVar = frozenset({"cost", "tokens"})
    """Sort keys that a trace may have no value of."""

    sort: str
    is_reversed: bool = False

    @property
    def _key(self) -> str:
        return self.sort.removeprefix("-")

    @property
    def keys(self) -> tuple[tuple[str, bool, bool], ...]:
        """(sort key, whether it is about having no value, falls), the most significant first, but the id."""
        falling = self.sort.startswith("-")
        keys = [(self._key, False, falling)]
        if self._key in self.NULLABLE:
            keys.insert(0, (self._key, True, False))
        if self._key != "start":
            keys.append(("start", False, True))
        return tuple((key, is_missing, falls != self.is_reversed) for key, is_missing, falls in keys)

    @property
    def _parts(self) -> tuple[tuple[str, bool], ...]:
        """(expression, is_descending), the most significant first."""
        expressions = (
            (f"({_COLUMNS[key]} IS NULL)" if is_missing else _COLUMNS[key], falls)
            for key, is_missing, falls in self.keys
        )
        return (*expressions, ("t.trace_id", self.keys[-1][2]))

    @property
    def sql(self) -> str:
        """The ORDER BY expressions."""
        return ", ".join(
            f"{expression} {'DESC' if falling else 'ASC'}" for expression, falling in self._parts
        )

    @property
    def position_columns(self) -> str:
        """What to select to know a row's position: the sort value, start and trace id."""
        return f"{_COLUMNS[self._key]}, t.start_ns, t.trace_id"

    def write(self, position: Sequence[Any]) -> str:
        """A position as a cursor."""
        return write_cursor(self.sort, tuple(position))

    def read(self, cursor: str) -> tuple[Any, ...]:
        """The inverse. Raises `UsageError`."""
        number = (int, float, type(None)) if self._key in self.NULLABLE else int
        return read_cursor(cursor, self.sort, (number, int, str))

    def add_after(self, clause: Clause, position: Sequence[Any]) -> None:
        """Only rows behind `position`."""
        value, start_ns, trace_id = position
        if self._key == "start":
            falls = self._parts[0][1]
            clause.add(f"(t.start_ns, t.trace_id) {'<' if falls else '>'} (?, ?)", start_ns, trace_id)
            return
        values: list[Any] = [value, start_ns, trace_id]
        if self._key in self.NULLABLE:
            values.insert(0, int(value is None))
        options: list[str] = []
        parameters: list[Any] = []
        for depth, (expression, falling) in enumerate(self._parts):
            same = [f"{earlier} IS ?" for earlier, _falling in self._parts[:depth]]
            comparison = "<" if falling else ">"
            options.append(f"({' AND '.join([*same, f'{expression} {comparison} ?'])})")
            parameters += values[: depth + 1]
        clause.add(f"({' OR '.join(options)})", *parameters)
