"""What the full-text index and the findings will take when they have followed the store.

Both follow removals a little later, and give room back later still: what their files are just now says little
of what the traces need that are left.
"""

from __future__ import annotations

from contextlib import closing
from typing import Final

from halo_dash.store import index_database
from halo_dash.store.driver import Connection, connect
from halo_dash.store.findings import file as findings_file
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.statements import sql

_FREE_PART: Final = 10
"""A part of the findings that may stay free, because what is found next needs it."""

_GIVEN_BACK_PAGES: Final = 1_024


def index_bytes(files: IndexFiles, spans: int) -> int:
    """Of the index, when it holds only what there is of `spans` spans. Raises the driver's errors."""
    number = files.newest()
    if not number:
        return 0
    with closing(connect(files.path(number), read_only=True)) as connection:
        if not index_database.is_usable(connection):
            return 0  # it is made anew
        indexed, dead = connection.execute(sql("index", "spans")).fetchone()
        return int(_used(connection) * min(spans, indexed) // max(1, indexed + dead))


def findings_bytes(files: IndexFiles, traces: int) -> int:
    """Of the findings, likewise. Raises the driver's errors."""
    number = files.newest()
    if not number:
        return 0
    with closing(connect(files.path(number), read_only=True)) as connection:
        if not findings_file.is_usable(connection):
            return 0
        (judged,) = connection.execute(sql("findings", "count")).fetchone()
        return int(_used(connection) * min(traces, judged) // max(1, judged))


def give_findings_back(files: IndexFiles) -> None:
    """Return what the findings do not need, and empty their log where nobody reads it just now.

    Raises the driver's errors.
    """
    number = files.newest()
    if not number:
        return
    with closing(connect(files.path(number), read_only=False)) as connection:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        (free,) = connection.execute("PRAGMA freelist_count").fetchone()
        if free > pages // _FREE_PART:
            connection.executescript(f"PRAGMA incremental_vacuum({_GIVEN_BACK_PAGES})")
        connection.execute("PRAGMA busy_timeout=0")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def _used(connection: Connection) -> int:
    (page,) = connection.execute("PRAGMA page_size").fetchone()
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    return int((pages - free) * page)
