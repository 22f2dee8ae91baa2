"""The file and its connections. Nobody outside the store ever holds one.

One connection writes, under a lock, in `BEGIN IMMEDIATE` transactions. Readers take a read-only connection
from a pool for the length of one short transaction: an open reader would keep the log from shrinking.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from halo_dash.errors import StoreError, UsageError
from halo_dash.store import schema
from halo_dash.store.driver import BUSY_TIMEOUT_MS, Connection, Error, connect, explained, transaction
from halo_dash.store.identity import ensure_id, renew_id
from halo_dash.store.kept_copies import keep_beside

Mode = Literal["rw", "ro"]
_READER_CACHE_KB = 6_144
_IDLE_READERS = 4
"""More than these are closed after use: each holds a page cache of its own."""

_LARGE_LOG_BYTES = 8 << 20
_LAST_CHECKPOINT_MS = 1_000
"""How long closing waits for readers that are in the middle of something."""


@dataclass(frozen=True, slots=True)
class Migration:
    """What opening a store of an older version did."""

    from_version: int
    copy: Path | None
    """Where the store as it was is kept."""


class Database:
    """An open store file."""

    def __init__(self, path: Path, mode: Mode, *, keeps_copy: bool = True) -> None:
        """Open, and in mode `rw` create or migrate (after a copy, `keeps_copy`). Raises `StoreError`."""
        self.path = path
        self.mode = mode
        self._idle: list[Connection] = []
        self._guard = threading.Lock()
        self._writing = threading.RLock()
        self._polling = threading.Lock()
        self._poller: Connection | None = None
        self._closed = False
        self._keeps_copy = keeps_copy
        self.migration: Migration | None = None
        """None where the file had the newest version."""
        with explained(path):
            self._writer = self._open_writer() if mode == "rw" else None
            if mode == "ro":
                self._open_first_reader()

    def _open_writer(self) -> Connection:
        connection = connect(self.path, read_only=False)
        try:
            version = schema.stored_version(connection, self.path)
            schema.configure_writer(connection, is_new=not version)
            if not version:
                schema.create(connection)
            elif version < schema.newest_version():
                self._migrate(connection, version)
            ensure_id(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def _migrate(self, connection: Connection, version: int) -> None:
        # Loads sqlite-utils, which takes a quarter of a second; most starts have nothing to migrate.
        from halo_dash.store.migrating import migrate  # noqa: PLC0415 - see above

        copy = self.path.with_name(f"{self.path.name}.v{version}.bak") if self._keeps_copy else None
        if copy is not None:
            copy = self.backup_to(copy, connection, keep_beside)
        migrate(connection)
        self.migration = Migration(version, copy)

    def _open_first_reader(self) -> None:
        if not self.path.exists():
            raise StoreError(f"There is no store at {self.path}.", hint="Start `halo serve`, or give --db.")
        with self.reading() as connection:
            version = schema.stored_version(connection, self.path)
            if version < schema.newest_version():
                raise StoreError(
                    f"The store {self.path} has version {version}, needed is {schema.newest_version()}.",
                    hint="Run `halo storage migrate`, or `halo serve`: it migrates itself after a backup.",
                )

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection in a read transaction: all that is read is of one moment. Raises `StoreError`."""
        with explained(self.path):
            connection = self._take()
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                self._give_back(connection)

    def _give_back(self, connection: Connection) -> None:
        with self._guard:
            if not self._closed and len(self._idle) < _IDLE_READERS:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                self._idle.append(connection)
                return
        connection.close()

    def _take(self) -> Connection:
        with self._guard:
            if self._closed:
                raise StoreError(f"The store {self.path} was closed.")
            if self._idle:
                return self._idle.pop()
        return self._open_reader()

    def _open_reader(self) -> Connection:
        connection = connect(self.path, read_only=True)
        connection.execute("PRAGMA query_only=ON")
        connection.execute(f"PRAGMA cache_size=-{_READER_CACHE_KB}")
        return connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """The writing connection inside `BEGIN IMMEDIATE`; commits at the end, undone on any exception."""
        with self.exclusive() as connection, explained(self.path), transaction(connection):
            yield connection

    @contextmanager
    def exclusive(self) -> Iterator[Connection]:
        """The writing connection outside a transaction, for maintenance."""
        with self._writing:
            if self._writer is None:
                raise UsageError(f"The store {self.path} was opened for reading only.")
            yield self._writer

    def data_version(self) -> int:
        """A number that changes with every commit of any connection. Cheap: reads one shared-memory word."""
        with self._polling, explained(self.path):
            if self._poller is None:
                self._poller = self._open_reader()
            (version,) = self._poller.execute("PRAGMA data_version").fetchone()
        return int(version)

    def backup_to(
        self,
        target: Path,
        source: Connection | None = None,
        placing: Callable[[Path, Path], Path] = Path.replace,
    ) -> Path:
        """Copy the store, as of one moment, to a file; under its name there is never half a copy.

        `placing` gives the copy (its first argument) the name of the target, or another, and returns it.
        """
        partial = target.with_name(f"{target.name}.{os.getpid()}.partial")
        partial.unlink(missing_ok=True)
        try:
            with explained(partial), closing(connect(partial, read_only=False)) as copy:
                if source is not None:
                    source.backup(copy)
                else:
                    with self.reading() as connection:
                        connection.backup(copy)
                renew_id(copy)
                # One file, to be moved about: without this it would grow a log of its own when opened.
                copy.execute("PRAGMA journal_mode=DELETE").fetchone()
            return placing(partial, target)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise

    def tidy(self) -> None:
        """When idle: empty a large write-ahead log into the database, unless a reader is in the way just now.

        Not under load: the same pages change again and again, and a log is moved the cheaper the longer it is
        (`wal_autocheckpoint` bounds it).
        """
        if self.log_bytes() <= _LARGE_LOG_BYTES:
            return
        with self.exclusive() as connection, explained(self.path):
            try:
                connection.execute("PRAGMA busy_timeout=0")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    @property
    def _log(self) -> Path:
        return self.path.with_name(self.path.name + "-wal")

    def log_bytes(self) -> int:
        """Size of the write-ahead log."""
        return self._log.stat().st_size if self._log.exists() else 0

    def file_bytes(self) -> int:
        """Size of the database file and its write-ahead log."""
        return sum(each.stat().st_size for each in (self.path, self._log) if each.exists())

    def close(self) -> None:
        """Close every connection; those in use close when they are given back. Closing twice is fine."""
        with self._guard:
            idle, self._idle, self._closed = self._idle, [], True
        for connection in idle:
            connection.close()
        with self._polling:
            if self._poller is not None:
                self._poller.close()
                self._poller = None
        with self._writing:
            if self._writer is not None:
                self._empty_log(self._writer)
                self._writer.close()
                self._writer = None

    def _empty_log(self, writer: Connection) -> None:
        # SQLite does this by itself where no other process has the file open. A reader that leaves after the
        # writer cannot: then the log would keep every trace, and the file copied alone would hold none.
        with suppress(Error):  # nothing is lost in the log either
            writer.execute(f"PRAGMA busy_timeout={_LAST_CHECKPOINT_MS}")
            writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
