"""A selection as SQL: its filters, and the rows that the index found."""

from __future__ import annotations

from halo_dash.store.asking import Selection
from halo_dash.store.bits import Bits
from halo_dash.store.where import Clause, in_rows, where


def selecting(selection: Selection, now_ns: int) -> Clause:
    """The condition on `traces AS t`."""
    clause = where(selection.chosen, now_ns, selection.judged)
    if selection.typed:
        typed = where(selection.typed, now_ns, selection.judged)
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
    part, parameters = in_rows(rows)
    # Which rows they are is known before any is read, where they are many.
    needs_row = clause.needs_row or not parameters
    clause.add(part, *parameters)
    clause.needs_row = needs_row
