"""Taking traces out of the store in transactions so small that nobody notices them.

A trace disappears from every list at once, whatever its size, and is noted in `removed_traces`. Its spans
follow, a few at a time; what is still to be deleted is itself stored, so a crash forgets nothing of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

from halo_dash.model.upkeep import UpkeepStep
from halo_dash.store.annotations import forget_removed
from halo_dash.store.driver import Connection
from halo_dash.store.pace import Pace, Stopwatch
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import unpack_terms
from halo_dash.store.writing import Writer

ALWAYS: Final = 2**63 - 1
"""Later than any arrival."""


class Remover:
    """Removes traces through the store's one writer. One thread at a time.

    All of it is done by a few statements, however many rows they touch: a row at a time would wait for the
    interpreter's lock at every row, while the thread that receives spans is busy, and keep the lock on the
    store meanwhile.
    """

    def __init__(self, writer: Writer) -> None:
        self._writer = writer
        self._span_pace = Pace(start=256)
        self._trace_pace = Pace(start=16, fewest=1, most=200)

    @property
    def window(self) -> int:
        """How many traces to take out at once."""
        return self._trace_pace.amount

    def take_out(self, rows: str, arrived_before_ns: int = ALWAYS) -> UpkeepStep:
        """Make traces disappear. `rows`: a JSON list of rows of `traces`.

        Leaves those alone that were pinned or received something after `arrived_before_ns`.
        """
        with self._writer.transaction() as transaction:
            # Waiting for the lock is not the time that others wait for us.
            watch = Stopwatch()
            execute = transaction.connection.execute
            limits = {"rows": rows, "arrived_before_ns": arrived_before_ns}
            found = json.loads(execute(sql("removal", "still_there"), limits).fetchone()[0])
            gone = json.dumps([row for row, _trace_id, _terms in found])
            pairs = [(term, row) for row, _id, terms in found for term in unpack_terms(bytes.fromhex(terms))]
            execute(sql("removal", "terms"), (json.dumps(pairs),))
            for name in ("summaries", "facts", "unsettled", "traces"):
                execute(sql("removal", name), (gone,))
            notes = json.dumps([(row, transaction.next_revision(), trace_id) for row, trace_id, _ in found])
            execute(sql("removal", "note"), (notes,))
            execute(sql("removal", "leave"), (notes,))
            forget_removed(transaction.connection, notes, (term for term, _row in pairs))
            for row, trace_id, _terms in found:
                self._writer.known.drop(trace_id)
                self._writer.summaries.drop(row)
        return UpkeepStep(self._trace_pace.learn(watch), traces=len(found))

    def delete_leftovers(self) -> Iterator[UpkeepStep]:
        """Delete the spans and log records of removed traces, until none are left."""
        while self._has_leftovers():
            with self._writer.transaction() as transaction:
                watch = Stopwatch()
                connection = transaction.connection
                spans = rows = _delete(connection, "spans", self._span_pace.amount)
                if not rows:
                    rows = _delete(connection, "logs", self._span_pace.amount)
                if not rows:
                    connection.execute(sql("removal", "done"))
            yield UpkeepStep(self._span_pace.learn(watch), spans=spans)

    def _has_leftovers(self) -> bool:
        with self._writer.database.reading() as connection:
            return bool(connection.execute(sql("removal", "leftovers")).fetchone()[0])


def _delete(connection: Connection, noun: str, room: int) -> int:
    """Delete about so many spans, or log records, of removed traces; returns how many."""
    ids, count = connection.execute(sql("removal", noun), {"room": room}).fetchone()
    if count:
        if noun == "spans":
            connection.execute(sql("removal", "delete_bodies"), (ids,))
        connection.execute(sql("removal", f"delete_{noun}"), (ids,))
    return int(count)
