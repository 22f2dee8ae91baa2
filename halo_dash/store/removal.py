"""Taking traces out of the store in transactions so small that nobody notices them.

A trace disappears from every list at once, whatever its size, and is noted in `removed_traces`. Its spans
follow, a few at a time; what is still to be deleted is itself stored, so a crash forgets nothing of it.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from typing import Final

from halo_dash.model.upkeep import UpkeepStep
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import unpack_terms
from halo_dash.store.writing import Transaction, Writer

AIM_S: Final = 0.02
"""How long a transaction of upkeep should hold the lock."""

_PAGE: Final = 8_192
_FEWEST = 16
_MOST = 4_096
ALWAYS: Final = 2**63 - 1
"""Later than any arrival."""


class Pace:
    """How much to do in one step, learned from how long the last ones took."""

    def __init__(self, start: int = 128, fewest: int = _FEWEST, most: int = _MOST) -> None:
        self.amount = start
        self._fewest = fewest
        self._most = most

    def learn(self, took_s: float) -> None:
        """A step of the present amount took so long."""
        if took_s > 1.5 * AIM_S:
            self.amount = max(self._fewest, self.amount // 2)
        elif took_s < AIM_S / 2:
            self.amount = min(self._most, self.amount * 3 // 2)


class Remover:
    """Removes traces through the store's one writer. One thread at a time."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._pace = Pace()

    def step(
        self, rows: list[int], arrived_before_ns: int = ALWAYS, most_bytes: int | None = None
    ) -> UpkeepStep:
        """One transaction: go on deleting what is left of removed traces, then take out more.

        Takes rows of `traces` from the front of `rows`, as many as time and `most_bytes` allow; leaves those
        alone that were pinned or received something after `arrived_before_ns`.
        """
        room = self._pace.amount
        if most_bytes is not None:
            room = max(1, min(room, most_bytes // _PAGE))
        is_full = room == self._pace.amount
        traces = spans = 0
        with self._writer.transaction() as transaction:
            # Waiting for the lock is not the time that others wait for us.
            began = time.monotonic()
            connection = transaction.connection
            while room > 0:
                deleted, used = _delete_leftovers(connection, room)
                spans += deleted
                room -= used
                if room <= 0 or not rows:
                    break
                traces += self._take_out(transaction, rows.pop(0), arrived_before_ns)
                room -= 1
        took_s = time.monotonic() - began
        if is_full:
            self._pace.learn(took_s)
        return UpkeepStep(took_s, traces=traces, spans=spans)

    def _take_out(self, transaction: Transaction, row: int, arrived_before_ns: int) -> bool:
        connection = transaction.connection
        limits = {"trace": row, "arrived_before_ns": arrived_before_ns}
        found = connection.execute(sql("removal", "still_there"), limits).fetchone()
        if found is None:
            return False
        _row, trace_id, terms = found
        connection.executemany(
            sql("traces", "remove_term"), [(term, row) for term in unpack_terms(terms or b"")]
        )
        for name in ("summary", "unsettled", "trace"):
            connection.execute(sql("removal", name), (row,))
        connection.execute(sql("removal", "note"), (row, transaction.next_revision(), trace_id))
        connection.execute(sql("removal", "leave"), (row, trace_id))
        self._writer.known.drop(trace_id)
        self._writer.summaries.drop(row)
        return True


def _delete_leftovers(connection: Connection, room: int) -> tuple[int, int]:
    """Delete spans and logs of removed traces until `room` is used up: (spans, what was used of it)."""
    left = room
    spans = 0
    while left > 0:
        leftover = connection.execute(sql("removal", "next_leftover")).fetchone()
        if leftover is None:
            break
        trace, trace_id, last_log = leftover
        some, weight = _fitting(connection.execute(sql("removal", "spans"), (trace, left)), left)
        connection.executemany(sql("spans", "delete_body"), some)
        connection.executemany(sql("spans", "delete"), some)
        spans += len(some)
        left -= weight
        if not some:
            found = connection.execute(sql("removal", "logs"), (trace_id, last_log, left))
            some, weight = _fitting(found, left)
            connection.executemany(sql("removal", "log"), some)
            left -= weight
        if not some:
            connection.execute(sql("removal", "done"), (trace,))
            left -= 1
    return spans, room - left


def _fitting(rows: Iterable[tuple[int, int | None]], room: int) -> tuple[list[tuple[int]], int]:
    """As many rows as there is room for, at least one: (their ids, their weight).

    Deleting a large value means reading all of its pages.
    """
    chosen: list[tuple[int]] = []
    weight = 0
    for row, size in rows:
        if chosen and weight >= room:
            break
        chosen.append((row,))
        weight += 1 + (size or 0) // _PAGE
    return chosen, weight
