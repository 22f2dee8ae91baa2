"""What removed traces leave behind: values of filters, resources and scopes that nobody uses, stray logs.

Resources and scopes have no list of who uses them; that would cost every span that is ever written. They are
swept in two passes over all spans. What the first pass finds unused gets another digest: no writer finds it
again from then on, whichever process it is in. What the second pass still finds unused is deleted.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Final

from halo_dash.model.upkeep import DAY_NS, UpkeepStep
from halo_dash.store.codec import pack, unpack
from halo_dash.store.database import Database
from halo_dash.store.pace import Pace, Stopwatch
from halo_dash.store.statements import sql
from halo_dash.store.writing import Writer

KEPT_TOMBSTONES: Final = 250_000
"""About 20 MB. Who has missed more removals than these begins anew."""

_AT_ONCE = 2_000
_SCANNED = 4_000
_STRAY_LOGS = "upkeep.stray_logs"


class Sweeper:
    """Cleans one store, a small transaction a step."""

    def __init__(self, database: Database, writer: Writer) -> None:
        self._database = database
        self._writer = writer

    def everything(self, now_ns: int) -> Iterator[UpkeepStep]:
        """All of it; reads every span twice."""
        yield from self.stray_logs(now_ns)
        yield from self.terms()
        yield from self.catalogue()
        yield from self.tombstones()

    def terms(self) -> Iterator[UpkeepStep]:
        """Values that no trace has any more."""
        after = 0
        while True:
            with self._database.reading() as connection:
                (last,) = connection.execute(sql("sweeping", "next_terms"), (after, _AT_ONCE)).fetchone()
            if last is None:
                return
            yield self._write("sweeping", "terms", {"after": after, "last": last})
            after = last

    def tombstones(self, keep: int = KEPT_TOMBSTONES) -> Iterator[UpkeepStep]:
        """All but the last removals."""
        yield self._write("sweeping", "forget_up_to", (keep,))
        while True:
            with self._writer.transaction() as transaction:
                began = time.monotonic()
                gone = transaction.connection.execute(sql("sweeping", "forget"), (_AT_ONCE,)).rowcount
            yield UpkeepStep(time.monotonic() - began)
            if gone < _AT_ONCE:
                return

    def stray_logs(self, now_ns: int) -> Iterator[UpkeepStep]:
        """Log records whose trace has not come within a day of the last time this looked."""
        with self._database.reading() as connection:
            noted = connection.execute(sql("store", "recall"), (_STRAY_LOGS,)).fetchone()
            (newest,) = connection.execute(sql("sweeping", "last_log")).fetchone()
        last, noted_ns = unpack(noted[0]) if noted else (0, 0)
        if noted and now_ns - noted_ns < DAY_NS:
            return
        window = {"after": 0, "last": last, "limit": 200}
        while last:
            with self._database.reading() as connection:
                rows, reached = connection.execute(sql("sweeping", "stray_logs"), window).fetchone()
            if reached is None:
                break
            window["after"] = reached
            yield self._write("removal", "delete_logs", (rows,))
        with self._writer.transaction() as transaction:
            transaction.remember(_STRAY_LOGS, pack((newest, now_ns)))

    def catalogue(self) -> Iterator[UpkeepStep]:
        """Resources and scopes that no span and no log record has."""
        for held, act in (("", "retire"), ("retired_", "drop")):
            unused = self._held(held)
            if not any(unused.values()):
                continue
            for noun in ("spans", "logs"):
                for resources, scopes, took_s in self._used_by(noun):
                    unused["resource"] -= resources
                    unused["scope"] -= scopes
                    yield UpkeepStep(took_s)
            for noun, rows in unused.items():
                ordered = sorted(rows)
                for begin in range(0, len(ordered), _AT_ONCE):
                    some = json.dumps(ordered[begin : begin + _AT_ONCE])
                    yield self._write("sweeping", f"{act}_{noun}", (some,))

    def _held(self, prefix: str) -> dict[str, set[int]]:
        with self._database.reading() as connection:
            return {
                noun: {row for (row,) in connection.execute(sql("sweeping", f"{prefix}{noun}s"))}
                for noun in ("resource", "scope")
            }

    def _used_by(self, noun: str) -> Iterator[tuple[set[int], set[int], float]]:
        after = 0
        pace = Pace(start=_SCANNED, fewest=200, most=20_000)
        while True:
            watch = Stopwatch()
            with self._database.reading() as connection:
                last, resources, scopes = connection.execute(
                    sql("sweeping", noun), (after, pace.amount)
                ).fetchone()
            if last is None:
                return
            after = last
            yield set(json.loads(resources)), set(json.loads(scopes)), pace.learn(watch)

    def _write(self, noun: str, name: str, parameters: dict[str, int] | tuple[int | str, ...]) -> UpkeepStep:
        """Run a statement in a transaction; nothing that was remembered of other rows holds after it."""
        with self._writer.transaction() as transaction:
            began = time.monotonic()
            transaction.connection.execute(sql(noun, name), parameters)
            self._writer.forget()
        return UpkeepStep(time.monotonic() - began)
