"""A selection as SQL: its filters, and the rows that the index found."""

from __future__ import annotations

from halo_dash.store.asking import Selection
from halo_dash.store.bits import Bits
from halo_dash.store.where import Clause, where

_LISTED = 500
"""So few rows are looked up one by one; with more, each row that is walked is looked up among them."""


def selecting(selection: Selection, now_ns: int) -> Clause:
    """The condition on `traces AS t`."""
    clause = where(selection.chosen, now_ns)
    if selection.typed:
        typed = where(selection.typed, now_ns)
        clause.parts.extend(typed.parts)
        clause.parameters.extend(typed.parameters)
        clause.needs_row = True
    if selection.rows is not None:
        _add_rows(clause, selection.rows)
    return clause


def among(rows: Bits) -> Clause:
    """Only these rows of traces."""
    clause = Clause()
    _add_rows(clause, rows)
    return clause


def _add_rows(clause: Clause, rows: Bits) -> None:
    if rows.size <= _LISTED:
        clause.add(f"t.id IN ({', '.join(map(str, rows))})")
    else:
        # A function of Python would be called for every row, and take most of the time.
        needs_row = clause.needs_row
        clause.add("substr(?, t.id + 1, 1) = x'31'", rows.to_flags())
        clause.needs_row = needs_row
