"""The first traces of a selection in an order, found without sorting it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from halo_dash.store.figures.layout import Array
from halo_dash.store.memory.trace_table import TraceTable
from halo_dash.store.order import Order

_COLUMNS = {
    "start": "start",
    "duration": "duration",
    "cost": "cost",
    "tokens": "total",
    "spans": "spans",
    "errors": "errors",
}


def first_rows(
    table: TraceTable, mask: Array, order: Order, limit: int, after: Sequence[Any] | None
) -> list[int]:
    """Rows among which are the first `limit` traces that come after a position (value, start_ns, trace_id).

    Trace ids, which every order ends with, are not in memory: traces that differ in nothing else from the
    last one, or from the position, are all given.
    """
    keys = [_key(table, *each) for each in order.keys]
    if after is not None:
        position = [_value(after, *each) for each in order.keys]
        mask, ties = _reaching(mask, keys, position)
        limit += ties
    slots = _least(keys, np.flatnonzero(mask), limit)
    return [int(row) for row in table["row"][slots]]


def _key(table: TraceTable, name: str, is_about_missing: bool, falls: bool) -> Array:  # noqa: FBT001 - of `Order.keys`
    """What is to ascend."""
    column = table[_COLUMNS[name]]
    is_missing: Array = ~table["is_priced"] if name == "cost" else column < 0
    if is_about_missing:
        return ~is_missing if falls else is_missing
    if name in Order.NULLABLE:
        column = np.where(is_missing, 0, column)
    along: Array = -column if falls else column
    return along


def _value(position: Sequence[Any], name: str, is_about_missing: bool, falls: bool) -> Any:  # noqa: FBT001 - as above
    """The same of a position."""
    value, start_ns, _trace_id = position
    if is_about_missing:
        return (value is None) != falls
    value = start_ns if name == "start" else value or 0
    return -value if falls else value


def _reaching(mask: Array, keys: Sequence[Array], position: Sequence[Any]) -> tuple[Array, int]:
    """(what is at the position or after it, how many are at it)."""
    after = np.zeros(len(mask), bool)
    for key, value in zip(keys, position, strict=True):
        after |= mask & (key > value)
        mask = mask & (key == value)
    return after | mask, int(np.count_nonzero(mask))


def _least(keys: Sequence[Array], slots: Array, limit: int) -> Array:
    if len(slots) <= limit or not keys:
        return slots
    mine = keys[0][slots]
    last = np.partition(mine, limit - 1)[limit - 1]
    before, same = slots[mine < last], slots[mine == last]
    return np.concatenate([before, _least(keys[1:], same, limit - len(before))])
