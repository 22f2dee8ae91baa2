"""A selection as SQL: its filters, and the rows that the index found."""

from __future__ import annotations

from halo_dash.store.asking import Selection
from halo_dash.store.bits import Bits
from halo_dash.store.driver import Connection
from halo_dash.store.where import Clause, where

_LISTED = 500
"""So few rows are looked up one by one; with more, each row that is walked is looked up among them."""

_FUNCTION = "is_found"


def selecting(connection: Connection, selection: Selection, now_ns: int) -> Clause:
    """The condition on `traces AS t`. Holds for this connection alone, until it is asked for again."""
    clause = where(selection.chosen, now_ns)
    if selection.typed:
        typed = where(selection.typed, now_ns)
        for part in typed.parts:
            clause.add(part)
        clause.parameters.extend(typed.parameters)
    if selection.rows is not None:
        _add_rows(connection, clause, selection.rows)
    return clause


def _add_rows(connection: Connection, clause: Clause, rows: Bits) -> None:
    if rows.size <= _LISTED:
        clause.add(f"t.id IN ({', '.join(map(str, rows))})")
        return
    members = rows.to_bytes()
    last = len(members) * 8

    def is_found(row: int) -> bool:
        return row < last and bool(members[row >> 3] >> (row & 7) & 1)

    connection.create_function(_FUNCTION, 1, is_found)
    clause.add(f"{_FUNCTION}(t.id)")
