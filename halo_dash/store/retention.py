"""Which traces may stay, and removing the others, the oldest first, while everything else goes on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from halo_dash.errors import StoreError
from halo_dash.model.upkeep import PrunePlan, RetentionLimits, StoreSpace, UpkeepStep
from halo_dash.store.database import Database
from halo_dash.store.removal import ALWAYS, Remover
from halo_dash.store.space import Space
from halo_dash.store.statements import sql
from halo_dash.store.sweeping import Sweeper
from halo_dash.store.writing import Writer

_FILL = 0.9
"""Removing for size goes on down to this part of the limit, so that it need not begin again at once."""

_ENOUGH = 1.25
"""When so many times as many traces are removed as seemed necessary, being within the limit is enough."""

_LEAST, _PARTS = 32, 50
"""At least so many traces are removed at once, where they are no more than this part of all."""

_LOG_BYTES = 32 << 20
"""The log of a busy store is about so large, however often it is emptied."""

_NEVER = -1
"""No trace is older than this."""


class Retention:
    """Removes traces of one store, a step at a time: whoever calls decides how long to rest in between."""

    def __init__(self, database: Database, writer: Writer | None, space: Space) -> None:
        self._database = database
        self._space = space
        self._remover = Remover(writer) if writer else None
        self._sweeper = Sweeper(database, writer) if writer else None

    def plan(self, limits: RetentionLimits) -> PrunePlan:
        """What `prune` would remove, in figures; nothing is changed."""
        space = self._space.measure()
        with self._database.reading() as connection:
            pinned, all_spans, all_traces = connection.execute(sql("removal", "totals")).fetchone()
            aged = connection.execute(sql("removal", "count"), _moments(limits)).fetchone()
            traces, spans, oldest_ns, newest_ns, annotated = aged
            share = space.used_bytes / max(1, all_spans)
            excess = 0
            if limits.max_bytes is not None and space.total_bytes > limits.max_bytes:
                derived = self._space.derived_bytes(all_traces, all_spans)
                counted = counted_bytes(space, derived, limits.max_bytes)
                if counted > limits.max_bytes:
                    excess = int(space.used_bytes * (1 - limits.max_bytes * _FILL / counted))
            if excess > spans * share:
                found = connection.execute(
                    sql("removal", "count_oldest"), {"spans": int(excess / share)}
                ).fetchone()
                # Nearly always one set holds the other: who arrived first is also who is too old.
                traces, spans, oldest_ns, newest_ns, annotated = max(aged, found, key=lambda each: each[0])
        return PrunePlan(
            traces=min(traces, all_traces - pinned),
            spans=spans,
            oldest_ns=oldest_ns,
            newest_ns=newest_ns,
            bytes=int(spans * share),
            pinned_traces=pinned,
            annotated_traces=annotated,
        )

    def prune(self, limits: RetentionLimits) -> Iterator[UpkeepStep]:
        """Remove what the limits do not allow, and finish what an earlier prune left. Raises `StoreError`."""
        if self._remover is None or self._sweeper is None:
            raise StoreError(f"The store {self._database.path} was opened for reading only.")
        removed = 0
        for step in self._remove(self._remover, limits):
            removed += step.traces
            yield step
        if removed:
            yield from self._sweeper.terms()
            yield from self._sweeper.tombstones()

    def sweep(self, now_ns: int) -> Iterator[UpkeepStep]:
        """Delete what removed traces left behind: values, resources, scopes, stray logs.

        Raises `StoreError`.
        """
        if self._sweeper is None:
            raise StoreError(f"The store {self._database.path} was opened for reading only.")
        yield from self._sweeper.everything(now_ns)

    def _remove(self, remover: Remover, limits: RetentionLimits) -> Iterator[UpkeepStep]:
        # What a killed prune left behind comes first.
        yield from remover.delete_leftovers()
        if limits.arrived_before_ns is not None:
            moments = {"after": 0, "arrived_before_ns": limits.arrived_before_ns}
            while (rows := self._next("oldest", moments, remover.window)) is not None:
                yield remover.take_out(rows, limits.arrived_before_ns)
                yield from remover.delete_leftovers()
        if limits.started_before_ns is not None:
            moments = {"started_before_ns": limits.started_before_ns}
            while (rows := self._next("started_before", moments, remover.window)) is not None:
                yield remover.take_out(rows)
                yield from remover.delete_leftovers()
        if limits.max_bytes is not None:
            yield from self._shrink(remover, limits.max_bytes)

    def _shrink(self, remover: Remover, max_bytes: int) -> Iterator[UpkeepStep]:
        before = self._space.measure()
        if before.total_bytes <= max_bytes:
            return
        with self._database.reading() as connection:
            _pinned, spans, traces = connection.execute(sql("removal", "totals")).fetchone()
        derived, empty = self._space.derived_bytes(traces, spans), self._space.empty_bytes()
        counted = counted_bytes(before, derived, max_bytes)
        if counted <= max_bytes:
            return

        def counted_now() -> int:
            now = self._space.measure()
            # The other files will need the less, the less is left of what they are derived from. The log is
            # counted as it was: what removing itself writes is moved on.
            left = min(1.0, max(0, now.used_bytes - empty) / max(1, before.used_bytes - empty))
            now = replace(now, log_bytes=min(now.log_bytes, before.log_bytes))
            return counted_bytes(now, int(derived * left), max_bytes)

        goal = int(max_bytes * _FILL)
        a_trace = max(1, (counted - empty) // max(1, traces))
        moments = {"after": 0, "arrived_before_ns": ALWAYS}
        enough = _ENOUGH * (counted - goal) / a_trace
        removed = 0
        while (excess := counted_now() - goal) > 0:
            if removed > enough and excess <= max_bytes - goal:
                return  # it is within its limit; what arrives meanwhile is for the next time
            # Sizes differ, so not all at once; but not by ones and twos, or more would arrive than goes.
            some = max(excess // a_trace // 2, min(_LEAST, traces // _PARTS), 1)
            rows = self._next("oldest", moments, min(remover.window, some))
            if rows is None:
                return
            step = remover.take_out(rows)
            removed += step.traces
            yield step
            yield from remover.delete_leftovers()

    def _next(self, name: str, moments: dict[str, int], limit: int) -> str | None:
        """The next traces to go, as a JSON list of rows; None where there are none."""
        with self._database.reading() as connection:
            rows, last, count = connection.execute(
                sql("removal", name), moments | {"limit": limit}
            ).fetchone()
        moments["after"] = last
        return rows if count else None


def counted_bytes(space: StoreSpace, derived: int, max_bytes: int) -> int:
    """What the store needs, without what can be given back.

    `derived`: what the index and the findings will take when they have followed.
    """
    return space.used_bytes + derived + min(space.log_bytes, _LOG_BYTES, max_bytes // 8)


def _moments(limits: RetentionLimits) -> dict[str, int]:
    """The limits as parameters; a missing one is a moment before everything."""
    return {
        "arrived_before_ns": _NEVER if limits.arrived_before_ns is None else limits.arrived_before_ns,
        "started_before_ns": _NEVER if limits.started_before_ns is None else limits.started_before_ns,
    }
