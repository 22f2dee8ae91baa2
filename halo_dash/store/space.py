"""What the files take on disk, and giving back what they do not need."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, suppress

from halo_dash.model.upkeep import StoreSpace, UpkeepStep
from halo_dash.store import derived
from halo_dash.store.database import Database
from halo_dash.store.driver import Error, connect, explained
from halo_dash.store.findings.file import KIND
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.pace import Pace, Stopwatch
from halo_dash.store.statements import sql

_BRIEFLY_MS = 50
"""How long emptying the log may wait for readers, while it keeps writers out."""


class Space:
    """Measures and shrinks one store. Shrinking is for one thread at a time."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._index = IndexFiles(database.path)
        self._findings = IndexFiles(database.path, KIND)
        self._pace = Pace(start=32, fewest=4, most=512)

    def measure(self) -> StoreSpace:
        """Sizes on disk, now."""
        with self._database.reading() as connection:
            (page,) = connection.execute("PRAGMA page_size").fetchone()
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
        return StoreSpace(
            # The file itself shrinks or grows at the next checkpoint; until then the log has the difference.
            database_bytes=max(pages * page, self._database.path.stat().st_size),
            free_bytes=free * page + max(0, self._database.path.stat().st_size - pages * page),
            log_bytes=self._database.log_bytes(),
            index_bytes=self._index.size(),
            findings_bytes=self._findings.size(),
        )

    def empty_bytes(self) -> int:
        """What the database would take with nothing in it: a page for each table and each index."""
        with self._database.reading() as connection:
            (page,) = connection.execute("PRAGMA page_size").fetchone()
            (roots,) = connection.execute(sql("store", "roots")).fetchone()
        return int(page * (roots + 1))

    def derived_bytes(self, traces: int, spans: int) -> int:
        """About what the index and the findings take when they hold no more than so much of the store."""
        total = 0
        for files, needed, left in (
            (self._index, derived.index_bytes, spans),
            (self._findings, derived.findings_bytes, traces),
        ):
            try:
                total += needed(files, left)
            except Error:
                total += files.size()  # damaged, or gone at this very moment
        return total

    def give_back_findings(self) -> None:
        """Return to the disk what the findings do not need. Not where they are written just now."""
        with suppress(Error):
            derived.give_findings_back(self._findings)

    def give_back(self, keep_bytes: int = 0) -> Iterator[UpkeepStep]:
        """Return free pages to the disk until at most `keep_bytes` are left, one small transaction a step."""
        while True:
            with self._database.exclusive() as connection, explained(self._database.path):
                (free,) = connection.execute("PRAGMA freelist_count").fetchone()
                (page,) = connection.execute("PRAGMA page_size").fetchone()
                pages = min(self._pace.amount, free - keep_bytes // page)
                if pages <= 0:
                    return
                watch = Stopwatch()
                # It gives a row for every page: a script takes them all without Python in between.
                connection.executescript(f"PRAGMA incremental_vacuum({pages})")
                took_s = self._pace.learn(watch)
            yield UpkeepStep(took_s, pages=pages)

    def checkpoint(self) -> None:
        """Move the log into the database, without keeping anybody from writing meanwhile."""
        with explained(self._database.path), closing(connect(self._database.path, read_only=False)) as own:
            own.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()

    def empty_log(self) -> None:
        """Cut the log to nothing, where no reader is in the way for long. Call `checkpoint` first."""
        with (
            self._database.exclusive(),
            explained(self._database.path),
            closing(connect(self._database.path, read_only=False)) as own,
        ):
            own.execute(f"PRAGMA busy_timeout={_BRIEFLY_MS}")
            try:
                own.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            except Error as error:
                # Somebody reads or writes just now; the log is emptied another time.
                if "locked" not in str(error) and "busy" not in str(error):
                    raise
