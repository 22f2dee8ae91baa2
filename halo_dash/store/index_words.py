"""The distinct words of an index, for searches for parts of words; those that nobody says any more go."""

from __future__ import annotations

import time
from collections.abc import Iterable

from halo_dash.search.substrings import indexed_words
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

_SEEN = 250_000
"""Words that are remembered, so that the file need not be asked about them."""

_LOOKED_AT = 256
"""Words that are looked at before the clock is."""


class IndexWords:
    """The words of one index open for writing."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._seen: set[bytes] = set()
        self._sweeps = 0

    def follow(self, sweeps: int) -> None:
        """Begin a transaction. `sweeps`: how often words were taken out of the file."""
        if sweeps != self._sweeps:
            self.forget()
            self._sweeps = sweeps

    def forget(self) -> None:
        """What was added may have been undone, or taken out by another process."""
        self._seen.clear()

    def add(self, columns: Iterable[str]) -> None:
        """Add the words of prepared columns that are not there yet."""
        if len(self._seen) > _SEEN:
            self.forget()
        for word in indexed_words(columns, self._seen):
            cursor = self._connection.execute(sql("index", "add_word"), (word,))
            if cursor.rowcount:
                self._connection.execute(sql("index", "add_word_parts"), (cursor.lastrowid, word))

    def sweep(self, after: int, until_s: float) -> tuple[int, int | None]:
        """Take out words that no document has: those in rows after `after`, up to about `until_s`.

        Returns how many it took out, and the last row that was looked at: None where no other is left.
        To be called where this transaction has added no document.
        """
        execute = self._connection.execute
        taken = 0
        while True:
            rows = execute(sql("index", "next_words"), (after, _LOOKED_AT)).fetchall()
            # In the order of their rows: words in alphabetical order lie on twice as many pages.
            gone = [
                row
                for row, word in rows
                if execute(sql("index", "is_said"), (f'"{word}"',)).fetchone() is None
            ]
            for name in ("remove_word_parts", "remove_word"):
                self._connection.executemany(sql("index", name), [(row,) for row in gone])
            taken += len(gone)
            if len(rows) < _LOOKED_AT:
                return taken, None
            after = rows[-1][0]
            if time.monotonic() >= until_s:
                return taken, after
