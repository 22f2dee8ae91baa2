"""Sums over all traces, kept up to date from those that changed.

Adding up the whole table takes a microsecond a trace, for every page of a list that changes all the time.
Instead each process remembers what every trace adds to the sums (some 200 bytes), takes that off again when
the trace changes, and adds what it is now. Sums are whole numbers, money too, so they are exact for ever.
"""

from __future__ import annotations

import math
import struct
import threading
from typing import Any, Final

from halo_dash.model.observation import Usage
from halo_dash.model.page import Totals
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql
from halo_dash.store.where import fresh_after

_ROW: Final = struct.Struct("<?q?9qd?")
"""A row of `traces/total_changes` without its id. As a tuple it would take three times the memory."""

_CAN_RUN, _ARRIVAL, _FAILED, _ERRORS, _SPANS, _CALLS, _FIGURES, _COST, _PARTIAL = 0, 1, 2, 3, 4, 5, 6, 12, 13
_SCALE: Final = 2**120
"""Parts of a dollar: costs are whole numbers of them, down to far below what a token costs."""


class RunningTotals:
    """The sums of one process."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._empty()

    def _empty(self) -> None:
        self._revision = 0
        self._rows: dict[int, bytes] = {}
        self._open: dict[int, int] = {}
        """Row of each trace that runs while it is fresh -> its last arrival."""
        self._failed = self._recovered = self._spans = self._errors = self._calls = 0
        self._sums = [0] * 7
        """Of the six figures of usage, and of the cost in parts of a dollar."""
        self._said = [0] * 7
        """How many traces give each of them."""
        self._partial = 0

    def follow(self, connection: Connection) -> None:
        """Where they are in use, apply what changed now, so that the next page need not."""
        with self._guard:
            if self._revision:
                self._catch_up(connection)

    def read(self, connection: Connection, now_ns: int) -> Totals | None:
        """The sums but for the median, or None for a moment before the one they have come to."""
        with self._guard:
            if not self._catch_up(connection):
                return None
            running, failed, recovered = self._running(fresh_after(now_ns))
            figures = [value if said else None for value, said in zip(self._sums, self._said, strict=True)]
            cost = figures.pop()
            return Totals(
                traces=len(self._rows),
                failed=self._failed - failed,
                recovered=self._recovered - recovered,
                running=running,
                spans=self._spans,
                errors=self._errors,
                llm_calls=self._calls,
                usage=Usage(*figures),
                cost_usd=None if cost is None else _dollars(cost),
                cost_is_partial=self._partial > 0,
            )

    def _running(self, limit_ns: int) -> tuple[int, int, int]:
        """How many run, and how many of those count as failed and as recovered otherwise."""
        running = failed = recovered = 0
        for row, last_arrival_ns in self._open.items():
            if last_arrival_ns > limit_ns:
                running += 1
                values = _ROW.unpack(self._rows[row])
                failed += values[_FAILED]
                recovered += not values[_FAILED] and values[_ERRORS] > 0
        return running, failed, recovered

    def _catch_up(self, connection: Connection) -> bool:
        """Apply what changed since the last time; False where the connection sees an older moment."""
        (current,) = connection.execute(sql("traces", "revision")).fetchone()
        if current <= self._revision:
            return bool(current == self._revision)
        if self._revision:
            self._drop_removed(connection)
        for row, *values in connection.execute(sql("traces", "total_changes"), (self._revision,)):
            before = self._rows.get(row)
            if before is not None:
                self._count(_ROW.unpack(before), -1)
            self._rows[row] = _ROW.pack(*values)
            self._count(values, 1)
            if values[_CAN_RUN]:
                self._open[row] = values[_ARRIVAL]
            else:
                self._open.pop(row, None)
        self._revision = current
        return True

    def _drop_removed(self, connection: Connection) -> None:
        (forgotten,) = connection.execute(sql("removal", "forgotten")).fetchone()
        if forgotten > self._revision:
            # Which traces were removed is not known any more: begin anew.
            self._empty()
            return
        for row, _revision in connection.execute(sql("removal", "since"), (self._revision,)):
            before = self._rows.pop(row, None)
            if before is not None:
                self._open.pop(row, None)
                self._count(_ROW.unpack(before), -1)

    def _count(self, values: Any, sign: int) -> None:
        """Add what a trace adds, or take it off."""
        errors, cost = values[_ERRORS], values[_COST]
        if values[_FAILED]:
            self._failed += sign
        elif errors:
            self._recovered += sign
        self._spans += sign * values[_SPANS]
        self._errors += sign * errors
        self._calls += sign * values[_CALLS]
        self._partial += sign * values[_PARTIAL]
        sums, said = self._sums, self._said
        for at in range(6):
            figure = values[_FIGURES + at]
            if figure >= 0:
                sums[at] += sign * figure
                said[at] += sign
        if cost >= 0:
            sums[6] += sign * _parts_of_dollar(cost)
            said[6] += sign


def _parts_of_dollar(cost_usd: float) -> int:
    numerator, denominator = cost_usd.as_integer_ratio()
    return numerator * _SCALE // denominator


def _dollars(parts: int) -> float:
    try:
        return parts / _SCALE
    except OverflowError:  # of absurd costs that senders state: what SQL says too
        return math.inf
