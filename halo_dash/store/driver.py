"""The one SQLite this program uses, and what its errors mean.

`pysqlite3` brings the same modern SQLite to every platform it has wheels for; its interface is that of the
standard library, whose types stand in for it. Elsewhere (Linux on ARM, Macs with an Intel processor) the
standard library's own SQLite serves, where it is new enough.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3 as driver
else:
    try:
        import pysqlite3 as driver
    except ImportError:
        import sqlite3 as driver

from halo_dash.errors import StoreError

Connection = driver.Connection
Error = driver.Error

SQLITE_VERSION: str = driver.sqlite_version

OLDEST_SQLITE = (3, 43, 0)
"""The first with `contentless_delete`, which the full-text index needs."""

BUSY_TIMEOUT_MS = 10_000
"""How long to wait for another process that is writing."""

_MEANINGS = (
    ("not a database", "is not a halo-dash store", "Choose another path with --db, or move this file away."),
    ("malformed", "is damaged", "Copy it away, then restore a backup, or start a new store with --db."),
    (
        "is full",
        "cannot grow: no space is left",
        "Free some space and try again; nothing that was stored is lost.",
    ),
    ("locked", "is locked by another process", "Close the other process, or wait and try again."),
    ("busy", "is busy with another process", "Close the other process, or wait and try again."),
    ("readonly", "is read-only here", "Check who owns the file and its folder."),
    ("unable to open", "cannot be opened", "Check that the folder exists and may be read and written."),
    ("disk I/O error", "cannot be read or written", "Check the disk and its free space, then try again."),
)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn the driver's errors about the store at `path` into `StoreError`."""
    try:
        yield
    except Error as error:
        text = str(error)
        for sign, what, mend in _MEANINGS:
            if sign in text:
                raise StoreError(f"The store {path} {what} ({text}).", hint=mend) from error
        raise StoreError(
            f"The store {path} failed: {text}.", hint="Run `halo doctor` to check it."
        ) from error


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """What is written is there at the end, whole; undone on any exception. Raises the driver's errors."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        # A full disk may have ended the transaction already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def connect(path: Path, *, read_only: bool) -> Connection:
    """Open a connection that any thread may use, one at a time.

    Raises the driver's errors, and `StoreError` where this Python's SQLite is too old.
    """
    if driver.sqlite_version_info < OLDEST_SQLITE:
        oldest = ".".join(map(str, OLDEST_SQLITE))
        raise StoreError(
            f"This Python has SQLite {SQLITE_VERSION}; halo-dash needs {oldest} or newer.",
            hint="Use a newer Python (python.org and uv bring their own SQLite), or build pysqlite3.",
        )
    mode = "ro" if read_only else "rwc"
    connection = driver.connect(
        f"{path.absolute().as_uri()}?mode={mode}",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=256,
    )
    connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
    # Every table has the indexes it needs; building one for a single page cost ten times the page.
    connection.execute("PRAGMA automatic_index=OFF")
    return connection
