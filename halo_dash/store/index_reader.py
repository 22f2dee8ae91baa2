"""Asking the full-text index: connections to the newest one, and an end to questions that take too long."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from halo_dash.store.driver import Connection, Error, connect
from halo_dash.store.index_database import is_usable
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.statements import sql

_IDLE_CONNECTIONS = 4
_CACHE_KB = 8_192


class TookTooLongError(Exception):
    """The time for a question is over; what was read until then holds."""


@dataclass(frozen=True, slots=True)
class State:
    """What an index is at one moment: equal states give equal answers."""

    number: int
    """Of the file."""
    made: int
    """By chance: tells a file from an earlier one of its number."""
    batch: int
    revision: int = field(compare=False)
    spans: int
    large: int
    since_ns: int = field(compare=False)
    """When the oldest change came that waits to be indexed; 0 where none does."""
    as_of_ns: int = field(compare=False)
    """When everything was indexed the last time."""
    forgotten: int = field(default=0, compare=False)
    """Traces that went up to this batch are not told of any more."""


class IndexSnapshot:
    """The index as of one moment."""

    def __init__(self, connection: Connection, number: int) -> None:
        self._connection = connection
        self._timer: threading.Timer | None = None
        self._until_s = 0.0
        self.state = State(number, *connection.execute(sql("index", "state")).fetchone())

    def rows(self, expression: str, first: int, end: int, until_s: float) -> Iterator[int]:
        """Full-text rows from `first` to before `end` that match, the largest first.

        Raises `TookTooLongError` at `until_s` (by the monotonic clock).
        """
        with self._until(until_s):
            for (row,) in self._connection.execute(sql("index", "find"), (expression, first, end)):
                yield row

    def words(self, fragment: str, limit: int, until_s: float) -> list[str]:
        """Words that match a fragment, the shortest first. Raises `TookTooLongError`."""
        with self._until(until_s):
            found = self._connection.execute(sql("index", "words"), (fragment, limit)).fetchall()
        return [word for (word,) in found]

    def vocabulary(self, first: str, last: str, limit: int, until_s: float) -> list[tuple[str, int]]:
        """(word, its documents) from `first` to `last` in order. Raises `TookTooLongError`."""
        with self._until(until_s):
            return self._connection.execute(sql("index", "vocabulary"), (first, last, limit)).fetchall()

    @contextmanager
    def _until(self, until_s: float) -> Iterator[None]:
        left_s = until_s - time.monotonic()
        if left_s <= 0:
            raise TookTooLongError
        if self._timer is None or self._until_s != until_s:
            # Starting a thread costs more than most questions: one for all that end at the same time.
            self.stop_timer()
            self._timer, self._until_s = threading.Timer(left_s, self._connection.interrupt), until_s
            self._timer.start()
        try:
            yield
        except Error as error:
            if "interrupted" not in str(error):
                raise
            raise TookTooLongError from error

    def stop_timer(self) -> None:
        """Nothing is to be interrupted any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
            self._timer = None

    def changed(self, batch: int) -> list[int]:
        """Traces that were indexed, or went, after a batch that is not forgotten; ascending."""
        return [row for (row,) in self._connection.execute(sql("index", "changed"), (batch,))]

    @property
    def last_trace(self) -> int:
        """The largest row of a trace."""
        (row,) = self._connection.execute(sql("index", "last_trace")).fetchone()
        return int(row)


class IndexReader:
    """May be used from any thread."""

    def __init__(self, files: IndexFiles) -> None:
        self.files = files
        self._guard = threading.Lock()
        self._number = self._inode = 0
        self._idle: list[Connection] = []
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[IndexSnapshot | None]:
        """The newest index as of one moment; None where there is none yet, or one of another version.

        The driver's errors come out as they are: the caller may take the index for absent.
        """
        taken = self._take()
        if taken is None:
            yield None
            return
        connection, number = taken
        snapshot: IndexSnapshot | None = None
        try:
            connection.execute("BEGIN")
            snapshot = IndexSnapshot(connection, number)
            yield snapshot
        finally:
            if snapshot is not None:
                snapshot.stop_timer()
            self._give_back(connection, number)

    def _take(self) -> tuple[Connection, int] | None:
        with self._guard:
            if self._closed:
                return None
            inode = self.files.inode(self._number)
            if not inode or inode != self._inode or not self.files.is_newest(self._number):
                # A damaged one is made again under its own number.
                self._forget()
                self._number = self.files.newest()
                self._inode = self.files.inode(self._number)
            if not self._number:
                return None
            if self._idle:
                return self._idle.pop(), self._number
            number = self._number
        try:
            connection = connect(self.files.path(number), read_only=True)
        except Error:
            return None  # published and gone again in between
        with suppress(Error):  # no database at all: the indexer makes another
            connection.execute("PRAGMA query_only=ON")
            connection.execute(f"PRAGMA cache_size=-{_CACHE_KB}")
            if is_usable(connection):
                return connection, number
        connection.close()
        return None

    def _give_back(self, connection: Connection, number: int) -> None:
        with self._guard:
            if number == self._number and not self._closed and len(self._idle) < _IDLE_CONNECTIONS:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._idle.append(connection)
                return
        connection.close()

    def _forget(self) -> None:
        for connection in self._idle:
            connection.close()
        self._idle.clear()

    def close(self) -> None:
        """Close every connection; those in use close when they are given back."""
        with self._guard:
            self._closed = True
            self._forget()
