"""Making the index as small as what it still holds: a small part of the work at a time, when there is time.

Documents that went leave room that FTS5 finds again only where it merges, words that nobody says any more,
rows that say that a trace is gone, free pages, and a long log.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

from halo_dash.store.driver import BUSY_TIMEOUT_MS, Error, explained
from halo_dash.store.index_database import DOCUMENTS, WORD_PARTS, IndexWriter, Progress
from halo_dash.store.statements import sql

KEPT_GONE: Final = 10_000
"""The latest traces that went are known by their rows; who has missed more of them asks anew."""

_STEP_S = 0.05
"""A transaction ends after this time."""

_MERGED_PAGES = 64
_WORK_DONE = 2
"""Fewer changes than these are how FTS5 says that there was nothing to merge."""

_FORGOTTEN_ROWS = 2_000
_GIVEN_BACK_PAGES = 256
_STEPS_OF_GIVING_BACK = 20
_FREE_PART = 10
"""A part of the file that may stay free, because what arrives next needs it."""

_SHORT_LOG_BYTES, _LONG_LOG_BYTES = 256 << 10, 8 << 20
"""A log may be so long when nothing is left to be done, and while something is."""


@dataclass(frozen=True, slots=True)
class Tidied:
    """How far tidying came."""

    is_done: bool
    """Nothing that removed documents left is in the way any more."""
    is_log_empty: bool
    """False while somebody reads what stands in the log."""

    @property
    def is_all(self) -> bool:
        """Whether there is nothing left to do before something changes."""
        return self.is_done and self.is_log_empty


class Tidying:
    """Tidies one index."""

    def __init__(self, index: IndexWriter) -> None:
        self._index = index

    def step(self) -> Tidied:
        """A small part of the work. Raises `StoreError`."""
        with explained(self._index.path):
            is_done = self._clean()
            is_done = self._give_back() and is_done
            return Tidied(is_done, self._empty_log(_SHORT_LOG_BYTES if is_done else _LONG_LOG_BYTES))

    def _clean(self) -> bool:
        """One transaction; returns whether there is nothing left to clean."""
        if not _is_wanted(self._index.progress()):
            return True
        with self._index.writing():
            progress = self._index.progress()
            before = replace(progress)
            until_s = time.monotonic() + _STEP_S
            # Words are looked for in documents, and looking them through leaves their parts to be merged.
            is_done = (
                self._merge(DOCUMENTS, until_s)
                and self._forget_gone(progress)
                and self._sweep(progress, until_s)
                and self._merge(WORD_PARTS, until_s)
            )
            if is_done:
                progress.dead = 0
            if progress != before:
                self._index.put_progress(progress)
        return is_done

    def _sweep(self, progress: Progress, until_s: float) -> bool:
        if progress.swept_to is None:
            if not _is_worth_sweeping(progress):
                return True
            progress.swept_to, progress.unswept = 0, 0
        taken, progress.swept_to = self._index.words.sweep(progress.swept_to, until_s)
        if taken:
            progress.sweeps += 1
            self._index.words.follow(progress.sweeps)
        return progress.swept_to is None and not _is_worth_sweeping(progress)

    def _forget_gone(self, progress: Progress) -> bool:
        execute = self._index.connection.execute
        found = execute(sql("index", "oldest_kept_gone"), (KEPT_GONE,)).fetchone()
        if found is None:
            return True
        progress.forgotten = max(progress.forgotten, found[0])
        return bool(
            execute(sql("index", "forget_gone"), (found[0], _FORGOTTEN_ROWS)).rowcount < _FORGOTTEN_ROWS
        )

    def _merge(self, table: str, until_s: float) -> bool:
        """Have FTS5 write anew what is mostly removed, a little at a time: so the log stays short."""
        connection = self._index.connection
        statement = f"INSERT INTO {table} ({table}, rank) VALUES ('merge', ?)"  # noqa: S608 - our own name
        while True:
            before = connection.total_changes
            connection.execute(statement, (_MERGED_PAGES,))
            if connection.total_changes - before < _WORK_DONE:
                return True
            if time.monotonic() >= until_s:
                return False

    def _give_back(self) -> bool:
        connection = self._index.connection
        for _step in range(_STEPS_OF_GIVING_BACK):
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            (free,) = connection.execute("PRAGMA freelist_count").fetchone()
            if free <= pages // _FREE_PART:
                return True
            connection.executescript(f"PRAGMA incremental_vacuum({_GIVEN_BACK_PAGES})")
        return False

    def _empty_log(self, longest: int) -> bool:
        connection = self._index.connection
        if self._index.log_bytes() <= longest:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            return True
        try:
            # Unless a search is in the way just now.
            connection.execute("PRAGMA busy_timeout=0")
            (is_busy, *_) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        except Error as error:
            if "locked" not in str(error) and "busy" not in str(error):
                raise
            return False
        finally:
            connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")
        return not is_busy


def _is_wanted(progress: Progress) -> bool:
    return bool(progress.dead) or progress.swept_to is not None or _is_worth_sweeping(progress)


def _is_worth_sweeping(progress: Progress) -> bool:
    """When half as much went as is left: each word is then looked at about as often as it was said anew."""
    return progress.unswept > progress.spans // 2
