"""Filling the full-text index from the store, change by change.

The store numbers every change of a trace; the index keeps the last number it has seen, in the transaction
that wrote the documents. A trace is always indexed as it is now, so whatever is seen twice, late or again
after a crash comes to the same documents.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from halo_dash.errors import StoreError
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.database import Database
from halo_dash.store.documents import (
    DOCUMENT_BYTES,
    Columns,
    TraceDocuments,
    TraceWalk,
    count_spans,
    has_any_logs,
)
from halo_dash.store.driver import Connection, Error
from halo_dash.store.identity import store_id
from halo_dash.store.index_database import IndexWriter, Progress, is_damage
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.index_tidying import Tidied, Tidying
from halo_dash.store.pending import Pending
from halo_dash.store.statements import sql, sql_many

_TRACES = 2_000
"""At most so many traces in one transaction."""

_WRITTEN = 8 << 20
"""A transaction ends when about so much is to be written into the log: texts, and documents to be removed."""

_READ_TOGETHER = 32
"""Traces that are read in one transaction: longer ones keep the store from emptying its log."""

_IN_ORDER = 16 * _READ_TOGETHER
"""So many are taken in the order of their rows: a smaller one than the last makes FTS5 write a segment."""

_LIVE_S = 0.5
"""A transaction ends after this time where little is left to do, so that new traces are found soon."""

_REST = 10.0
"""A trace that takes long to index rests this many times as long before it is indexed again."""

_SLOW_S = 0.05
_KEPT_RESTS = 1_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction did."""

    traces: int
    is_behind: bool
    """There is more to do at once."""
    is_waiting: bool
    """Traces that still grow, or are large, wait for a later step."""


class Indexing:
    """The writer of the index. One thread uses it; other processes may do the same at the same time."""

    def __init__(
        self,
        database: Database,
        files: IndexFiles,
        *,
        is_rebuilding: bool = False,
        document_bytes: int = DOCUMENT_BYTES,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """Open the newest index, or begin a new one. `is_rebuilding`: the one that is not published yet."""
        self._clock = clock
        self._document_bytes = document_bytes
        self._database = database
        self._files = files
        self._is_rebuilding = is_rebuilding
        self._catalogue = Catalogue()
        self._rests_until: dict[int, float] = {}
        self._pending = Pending()
        self._index = self._open()

    def _open(self) -> IndexWriter:
        if self._is_rebuilding:
            return self._open_building()
        self._number = max(1, self._files.newest())
        index = _usable(self._files.path(self._number))
        if index is None:
            # Made by another version, or damaged: readers leave it alone as well.
            self._number += 1
            index = _new(self._files.path(self._number))
        self._files.remove_older(self._number)
        return index

    @property
    def is_current(self) -> bool:
        """Whether its file is there, and the newest. Cheap."""
        return self._is_rebuilding or self._files.is_newest(self._number)

    def _open_building(self) -> IndexWriter:
        try:
            index = _usable(self._files.building, is_alone=True)
        except StoreError as error:
            if "locked" not in str(error.__cause__):
                raise
            raise StoreError(
                f"Another `halo storage reindex` of {self._database.path} is running.",
                hint="Wait until it is done: it makes the index of everything that is stored.",
            ) from error
        if index is None:
            self._files.remove(self._files.building)
        return index or _new(self._files.building, is_alone=True)

    def step(self, should_stop: Callable[[], bool] = lambda: False, *, all_at_once: bool = False) -> Step:
        """Index what changed, in one transaction of bounded size. Raises `StoreError`.

        `all_at_once`: no trace waits.
        """
        if not self._is_rebuilding and not self._files.is_newest(self._number):
            self._index.close()
            self._index = self._open()
            self._pending.forget()
        try:
            return self._step(should_stop, all_at_once=all_at_once)
        except StoreError as error:
            if not is_damage(error):
                raise
            self._index.close()
            self._files.remove(self._index.path)
            self._index = self._open()
            return Step(0, is_behind=True, is_waiting=False)

    def _step(self, should_stop: Callable[[], bool], *, all_at_once: bool) -> Step:
        try:
            with self._index.writing():
                return self._write_step(should_stop, all_at_once=all_at_once)
        except BaseException:
            self._pending.forget()
            raise

    def _write_step(self, should_stop: Callable[[], bool], *, all_at_once: bool) -> Step:
        progress = self._index.progress()
        self._pending.resume(progress.revision)
        current, has_more, store = self._read_changes(progress.revision)
        is_other = store != progress.store and (progress.revision or progress.batch)
        if is_other or current < self._pending.reached:
            # Another store, or an older state of it, took the place of the indexed one.
            self._index.clear(store)
            self._pending.forget()
            return Step(0, is_behind=True, is_waiting=False)
        progress.store = store
        due = self._due(all_at_once=all_at_once)
        done = self._index_traces(due, progress, should_stop, has_more=has_more)
        mark, since_ns = self._pending.mark, self._pending.since_ns
        if (mark, since_ns) != (progress.revision, progress.since_ns) or done:
            progress.revision, progress.since_ns = mark, since_ns
            if not self._pending:
                progress.as_of_ns = self._pending.read_ns
            self._index.put_progress(progress)
        return Step(done, has_more or done < len(due), bool(self._pending) or self._is_waiting())

    def _is_waiting(self) -> bool:
        return self._index.connection.execute(sql("index", "waiting")).fetchone() is not None

    def _read_changes(self, mark: int) -> tuple[int, bool, bytes]:
        """Read what changed since the last time: (revision of the store, whether more follows, its id)."""
        pending, now_ns = self._pending, self._clock()
        with self._database.reading() as connection:
            store = store_id(connection)
            (current,) = connection.execute(sql("traces", "revision")).fetchone()
            rows = connection.execute(
                sql("search", "changed"), (pending.reached, pending.reached, _TRACES + 1)
            ).fetchall()
            (forgotten,) = connection.execute(sql("removal", "forgotten")).fetchone()
            if forgotten > mark and mark:
                self._note_gone(connection)
        has_more = len(rows) > _TRACES
        if current > pending.reached:
            pending.add(rows[:_TRACES], rows[_TRACES - 1][1] if has_more else current)
        if not has_more:
            pending.read_ns = now_ns
        return current, has_more, store

    def _note_gone(self, connection: Connection) -> None:
        """Removals the store does not list any more: every indexed trace that is gone is looked at again."""
        here = {row for (row,) in connection.execute(sql("search", "rows"))}
        held = {row for (row,) in self._index.connection.execute(sql("index", "held"))}
        self._index.connection.executemany(
            sql("index", "add_waiting"), [(row,) for row in sorted(held - here)]
        )

    def _due(self, *, all_at_once: bool) -> list[int]:
        """What is to be indexed now: first what has rested, then what changed, the oldest change first."""
        now = time.monotonic()
        waiting = [row for (row,) in self._index.connection.execute(sql("index", "waiting"))]
        rested = [row for row in waiting if all_at_once or self._rests_until.get(row, 0.0) <= now]
        is_rested = set(rested)
        changed = self._pending.due(self._clock(), all_at_once=all_at_once)
        put_off = {row for row in changed if self._rests_until.get(row, 0.0) > now and row not in is_rested}
        self._index.connection.executemany(sql("index", "add_waiting"), [(row,) for row in put_off])
        self._pending.remove(put_off)
        return [row for row in dict.fromkeys((*rested, *changed)) if row not in put_off]

    def _index_traces(
        self, due: list[int], progress: Progress, should_stop: Callable[[], bool], *, has_more: bool
    ) -> int:
        """Index as many traces as there is time and room for; at least one. Returns how many."""
        began = time.monotonic()
        a_span = self._index.bytes_of_a_span(progress)
        done = written = 0

        def is_over(size: int) -> bool:
            is_long = not has_more and time.monotonic() - began > _LIVE_S
            return written + size > _WRITTEN or is_long or should_stop()

        progress.batch += bool(due)
        for some in _portions(due):
            made = self._make_some(some, is_over)
            written += sum(each.size for each in made.values()) + a_span * self._write(made, progress)
            self._pending.remove(made)
            done += len(made)
            if len(made) < len(some) or is_over(0):
                break
        return done

    def _make_some(self, some: list[int], is_over: Callable[[int], bool]) -> dict[int, TraceDocuments]:
        """The documents of as many traces as there is time and room for; at least of one."""
        made: dict[int, TraceDocuments] = {}
        size = 0
        with self._database.reading() as connection:
            trace_ids = dict(connection.execute(sql_many("search", "trace_ids", len(some)), some))
            has_logs = has_any_logs(connection)
            for trace in some:
                made[trace] = self._make(connection, trace, trace_ids.get(trace), has_logs=has_logs)
                size += made[trace].size
                if is_over(size):
                    break
        return made

    def _make(
        self, connection: Connection, trace: int, trace_id: str | None, *, has_logs: bool
    ) -> TraceDocuments:
        if trace_id is None:
            return TraceDocuments()
        began = time.thread_time()
        made = self._read(connection, trace, trace_id, has_logs=has_logs)
        took = time.thread_time() - began
        if took > _SLOW_S:
            if len(self._rests_until) > _KEPT_RESTS:
                self._rests_until.clear()
            self._rests_until[trace] = time.monotonic() + took * _REST
        return made

    def _read(self, connection: Connection, trace: int, trace_id: str, *, has_logs: bool) -> TraceDocuments:
        most = self._document_bytes
        try:
            return TraceWalk(connection, self._catalogue, trace, trace_id, most, has_logs=has_logs).read()
        except Error:
            raise
        except Exception:  # noqa: BLE001 - see below
            # A damaged body, or content that meets a fault of ours: no other trace shall go without for it.
            _log.exception("Trace %s cannot be indexed; it will not be found by its words.", trace_id)
            return TraceDocuments(spans=count_spans(connection, trace))

    def _write(self, made: dict[int, TraceDocuments], progress: Progress) -> int:
        """Put these in place of what was there; returns the spans of that."""
        traces = sorted(made)
        dropped = self._index.drop(traces, progress)
        progress.unswept += sum(spans for trace, spans in dropped.items() if made[trace].is_empty)
        # In the order of their rows: a smaller row than the last makes FTS5 write out what it has collected.
        for trace in sorted(traces, key=lambda each: (len(made[each].documents) != 1, each)):
            if made[trace].is_huge:
                self._write_huge(trace, progress)
            else:
                self._index.add(trace, made[trace].documents, made[trace].spans, progress)
        self._index.connection.executemany(sql("index", "remove_waiting"), [(trace,) for trace in traces])
        return sum(dropped.values())

    def _write_huge(self, trace: int, progress: Progress) -> None:
        """A trace that memory has no room for: its documents are read one by one as they are written."""
        with self._database.reading() as connection:
            found = connection.execute(sql_many("search", "trace_ids", 1), (trace,)).fetchone()
            documents = () if found is None else self._walk(connection, trace, found[1])
            self._index.add(trace, documents, count_spans(connection, trace), progress)

    def _walk(self, connection: Connection, trace: int, trace_id: str) -> Iterator[Columns]:
        try:
            walk = TraceWalk(connection, self._catalogue, trace, trace_id, self._document_bytes)
            yield from walk.documents()
        except Error:
            raise
        except Exception:  # noqa: BLE001 - as in `_read`
            _log.exception("Trace %s cannot be indexed to its end.", trace_id)

    def tidy(self) -> Tidied:
        """When there is time: a small part of making the index as small as what it holds."""
        return Tidying(self._index).step()

    def publish(self) -> None:
        """Put what was rebuilt in place of the published index, and close."""
        self._index.finish()
        self._index.close()
        number = self._files.publish()
        self._files.remove_older(number)

    def close(self) -> None:
        """Close the index."""
        self._index.close()


def _portions(due: list[int]) -> Iterator[list[int]]:
    for first in range(0, len(due), _IN_ORDER):
        ordered = sorted(due[first : first + _IN_ORDER])
        for begin in range(0, len(ordered), _READ_TOGETHER):
            yield ordered[begin : begin + _READ_TOGETHER]


def _new(path: Path, *, is_alone: bool = False) -> IndexWriter:
    index = IndexWriter(path, is_alone=is_alone)
    index.prepare()
    return index


def _usable(path: Path, *, is_alone: bool = False) -> IndexWriter | None:
    """The index at `path`, made where there is none; None where it is damaged or of another version."""
    try:
        index = IndexWriter(path, is_alone=is_alone)
        if index.prepare():
            return index
        index.close()
    except StoreError as error:
        if not is_damage(error):
            raise
    return None
