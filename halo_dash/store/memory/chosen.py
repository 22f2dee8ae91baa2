"""A selection as masks over the traces in memory. `store/where.py` says the same in SQL."""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce

import numpy as np

from halo_dash.model.bounds import Bounds
from halo_dash.model.filter import Filter
from halo_dash.model.filter_fields import FIELD, FIELDS, VALUES
from halo_dash.store.asking import Selection
from halo_dash.store.figures.layout import Array
from halo_dash.store.memory.trace_table import TraceTable
from halo_dash.store.trace_rows import AGENT_IDENTITY
from halo_dash.store.where import fresh_after

MEASURES = {"tokens": "total", "cost": "cost", "duration": "duration", "spans": "spans", "llm_calls": "calls"}
"""Filter -> column."""


class Chosen:
    """What a selection leaves: as a whole, and without the values of one field."""

    def __init__(self, table: TraceTable, selection: Selection, now_ns: int) -> None:
        self.statuses = _statuses(table, now_ns)
        pinned = table["is_pinned"]
        self.by_column: dict[str, Mapping[str, Array]] = {
            "status": self.statuses,
            "pinned": {"yes": table["is_here"] & pinned, "no": table["is_here"] & ~pinned},
        }
        """Fields whose values are no terms: value -> the traces that have it."""
        self._add_judged(table, selection)
        self._named = selection.named
        self._base = table["is_here"].copy()
        self._by_field: dict[str, Array] = {}
        self._narrow(table, selection.chosen, now_ns, self._by_field)
        if selection.rows is not None:
            self._base &= table.mask_of(selection.rows)
        if selection.typed:
            typed: dict[str, Array] = {}
            self._narrow(table, selection.typed, now_ns, typed)
            for mask in typed.values():
                self._base &= mask
        self.mask = reduce(lambda one, other: one & other, self._by_field.values(), self._base)
        """What it selects."""

    def _add_judged(self, table: TraceTable, selection: Selection) -> None:
        judged = selection.judged
        failed = table["is_failed"] | table.mask_of(judged.failed)
        settled = table["is_here"] & ~self.statuses["running"]
        self.by_column["effective"] = {"ok": settled & ~failed, "error": settled & failed}
        for name, sets in (("rule", judged.by_rule), ("cluster", judged.by_cluster)):
            self.by_column[name] = {
                value: table["is_here"] & table.mask_of(rows) for value, rows in sets.items()
            }

    def without(self, field: str) -> Array:
        """What is selected where nothing is asked of one field."""
        if field not in self._by_field:
            return self.mask
        others = (mask for name, mask in self._by_field.items() if name != field)
        return reduce(lambda one, other: one & other, others, self._base)

    def _narrow(self, table: TraceTable, chosen: Filter, now_ns: int, by_field: dict[str, Array]) -> None:
        """Take the period, the bounds and the exclusions off the base; file values by their field."""
        first, last = chosen.period(now_ns)
        if first is not None:
            self._base &= table["start"] >= first
        if last is not None:
            self._base &= table["start"] < last
        for each in FIELDS:
            if each.shape == "bounds" and (bounds := getattr(chosen, each.attribute)):
                self._base &= _within(table, each.name, bounds)
        for each in VALUES:
            if values := getattr(chosen, each.attribute):
                by_field[each.name] = self._having(table, each.name, values)
        for name, value in chosen.excluded:
            if name in FIELD:
                self._base &= ~self._having(table, name, (value,))

    def _having(self, table: TraceTable, field: str, values: tuple[str, ...]) -> Array:
        if (masks := self.by_column.get(field)) is not None:
            found = (masks[value] for value in values if value in masks)
            return reduce(lambda one, other: one | other, found, np.zeros(len(table["row"]), bool))
        if field == "trace":
            return table.mask_at([self._named[value] for value in values if value in self._named])
        if field == "agent":
            names = tuple(value for value in values if not table.values.has_any(AGENT_IDENTITY, value))
            keys = table.values.having((AGENT_IDENTITY,), values, len(table["row"]))
            named: Array = table.values.having((field,), names, len(table["row"]))
            return keys | named
        return table.values.having((field,), values, len(table["row"]))


def measured(table: TraceTable, measure: str) -> tuple[Array, Array]:
    """(the values of a measure, where there is one)."""
    column = table[MEASURES[measure]]
    return column, table["is_priced"] if measure == "cost" else column >= 0


def _within(table: TraceTable, measure: str, bounds: Bounds) -> Array:
    column, is_known = measured(table, measure)
    if bounds.minimum is not None:
        is_known = is_known & (column >= bounds.minimum)
    if bounds.maximum is not None:
        is_known = is_known & (column <= bounds.maximum)
    return is_known


def _statuses(table: TraceTable, now_ns: int) -> Mapping[str, Array]:
    running = table["can_run"] & (table["arrival"] > fresh_after(now_ns)) & table["is_here"]
    settled = table["is_here"] & ~running
    ok = settled & ~table["is_failed"]
    return {
        "ok": ok,
        "error": settled & table["is_failed"],
        "running": running,
        "recovered": ok & (table["errors"] > 0),
    }
