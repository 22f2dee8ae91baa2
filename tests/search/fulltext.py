"""A real full-text index in memory, made the way the store makes it."""

from __future__ import annotations

from collections.abc import Sequence

import pysqlite3

from halo_dash.search.text import TOKENIZER


class Index:
    """One contentless FTS5 table."""

    def __init__(self, columns: Sequence[str] = ("body",)) -> None:
        self.columns = columns
        self.connection = pysqlite3.connect(":memory:")
        self.connection.execute(
            f"CREATE VIRTUAL TABLE found USING fts5({', '.join(columns)}, content='', contentless_delete=1,"
            f' detail=full, tokenize="{TOKENIZER}")'
        )
        self.connection.execute("CREATE VIRTUAL TABLE places USING fts5vocab(found, instance)")

    def add(self, rowid: int, values: Sequence[str]) -> None:
        marks = ", ".join("?" * (len(self.columns) + 1))
        statement = f"INSERT INTO found (rowid, {', '.join(self.columns)}) VALUES ({marks})"  # noqa: S608 - our names
        self.connection.execute(statement, (rowid, *values))

    def match(self, expression: str) -> set[int]:
        rows = self.connection.execute("SELECT rowid FROM found WHERE found MATCH ?", (expression,))
        return {row[0] for row in rows}

    def words(self, text: str) -> list[str]:
        """What the tokenizer of the index makes of a prepared text."""
        self.connection.execute("DELETE FROM found WHERE rowid = 1")
        self.add(1, [text, *[""] * (len(self.columns) - 1)])
        rows = self.connection.execute("SELECT term FROM places WHERE doc = 1 ORDER BY offset").fetchall()
        return [row[0] for row in rows]
