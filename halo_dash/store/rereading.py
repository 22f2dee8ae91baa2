"""Reading stored spans again after the rules, the price table or your own prices changed.

Spans are read and priced once, as they arrive. A note says by which rules and prices all of them were read;
where it names others than those of today, `steps` goes through the traces, a few milliseconds at a time. How
far it came is written in the same transaction as what it did, so that whoever is killed goes on from there.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

from halo_dash.errors import StoreError
from halo_dash.model.upkeep import RereadingProgress, UpkeepStep
from halo_dash.semconv import READING_VERSION
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store.database import Database
from halo_dash.store.pace import AIM_S, Pace, Stopwatch
from halo_dash.store.reading_rules import Rules, fingerprint, recall, remember
from halo_dash.store.statements import sql
from halo_dash.store.writing import Transaction, Writer


class Rereading:
    """Reads the spans of one store again, a step at a time: whoever calls decides how long to rest."""

    def __init__(self, database: Database, writer: Writer | None, prices: PriceBook) -> None:
        self._database = database
        self._writer = writer
        self._prices = prices
        self._pace = Pace(start=64)

    def progress(self) -> RereadingProgress:
        """How many traces still have readings of other rules or prices."""
        with self._database.reading() as connection:
            rules = recall(connection) or Rules()
            mine = fingerprint(self._prices)
            if rules.all == mine:
                return RereadingProgress()
            last, _version = connection.execute(sql("rereading", "state")).fetchone()
            place = (rules.trace, rules.until) if rules.target == mine else (0, last)
            (waiting,) = connection.execute(sql("rereading", "waiting"), place).fetchone()
            if rules.target == mine and rules.trace and not rules.span_id:
                waiting -= 1
        return RereadingProgress(max(0, waiting), is_under_way=rules.target == mine)

    def steps(self) -> Iterator[UpkeepStep]:
        """Bring every reading up to the rules and prices of today. Raises `StoreError`."""
        if self._writer is None:
            raise StoreError(f"The store {self._database.path} was opened for reading only.")
        mine = fingerprint(self._prices)
        is_done = False
        while not is_done:
            with self._database.reading() as connection:
                rules = recall(connection)
            if rules is not None and rules.all == mine:
                return
            with self._writer.transaction() as transaction:
                # Waiting for the lock is not the time that others wait for us.
                watch = Stopwatch()
                is_done, spans = self._step(transaction, mine, watch.began_s)
            yield UpkeepStep(self._pace.learn(watch), spans=spans)

    def _step(self, transaction: Transaction, mine: str, began: float) -> tuple[bool, int]:
        """(whether nothing is left, spans that were read)."""
        connection = transaction.connection
        rules = recall(connection) or Rules()
        if rules.target != mine:
            last, version = connection.execute(sql("rereading", "state")).fetchone()
            rules = Rules(target=mine, until=last, is_new=version != READING_VERSION)
        room = self._pace.amount
        read = 0
        while read < room and time.monotonic() - began < AIM_S:
            after = rules.trace - 1 if rules.span_id else rules.trace
            found = connection.execute(sql("rereading", "traces"), (after, rules.until)).fetchone()
            if found is None:
                connection.execute(sql("rereading", "done"), (READING_VERSION,))
                remember(connection, Rules(all=mine))
                return True, read
            trace, trace_id, source = found
            # The trace that was in work may have been removed meanwhile.
            begin = rules.span_id if trace == rules.trace else ""
            rows = connection.execute(sql("rereading", "spans"), (trace, begin, room)).fetchall()
            transaction.read_again(trace_id, source, [row for row, _id in rows], is_new=rules.is_new)
            read += len(rows)
            is_whole = len(rows) < room
            rules = replace(rules, trace=trace, span_id="" if is_whole else rows[-1][1])
        remember(connection, rules)
        return False, read
