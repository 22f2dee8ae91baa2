"""Free questions in SQL over copies: tables of a selection in memory, made for it and thrown away with it.

The statement may come from a model that read hostile text, so it meets nothing but these tables: no file, no
other database, no setting, no writing, and an end after two seconds. The store's own file is not open here.
"""

from __future__ import annotations

import re
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from halo_dash.errors import InvalidInputError
from halo_dash.store.workbench_tables import TABLES, Table

SECONDS = 2.0
MOST_ROWS = 200
_CELL = 2_000
"""Characters of a value that are given back."""
_STEPS = 5_000
"""Instructions of SQLite between two looks at the clock: a fraction of a millisecond."""

_LONGEST = 65_536
_LIMITS = {
    sqlite3.SQLITE_LIMIT_LENGTH: _LONGEST,
    sqlite3.SQLITE_LIMIT_SQL_LENGTH: 20_000,
    sqlite3.SQLITE_LIMIT_COLUMN: 100,
    sqlite3.SQLITE_LIMIT_EXPR_DEPTH: 100,
    sqlite3.SQLITE_LIMIT_COMPOUND_SELECT: 20,
    sqlite3.SQLITE_LIMIT_VDBE_OP: 50_000,
    sqlite3.SQLITE_LIMIT_FUNCTION_ARG: 20,
    sqlite3.SQLITE_LIMIT_ATTACHED: 0,
    sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH: 500,
    sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER: 0,
    sqlite3.SQLITE_LIMIT_TRIGGER_DEPTH: 0,
}
_PLAIN_FUNCTIONS = """
abs acos asin atan avg ceil ceiling char coalesce count cume_dist date datetime dense_rank exp first_value
floor format glob group_concat hex ifnull iif instr json json_array json_array_length json_each json_extract
json_group_array json_group_object json_object json_quote json_tree json_type json_valid julianday lag
last_value lead length like ln log log10 log2 lower ltrim max min mod nth_value ntile nullif percent_rank pow
power rank replace round row_number rtrim sign sqrt strftime substr substring sum time total trim trunc typeof
unicode unixepoch upper -> ->>
"""
"""Those that need nothing but their arguments, and make little of them."""
_FUNCTIONS = frozenset(_PLAIN_FUNCTIONS.split())
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_RECURSIVE})
_READABLE = frozenset({*TABLES, "json_each", "json_tree", "sqlite_master", "sqlite_schema", ""})
_NAME = re.compile(r"[A-Za-z_]+")

Row = tuple[object, ...]
Fill = Callable[[], Iterable[Row]]
"""Gives the rows of a table. Raises HaloError where there are too many."""


@dataclass(frozen=True, slots=True)
class SqlAnswer:
    """What a statement selects."""

    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    total: int
    """Of rows, with those that were not given back."""
    is_whole: bool
    """False where the time was over before all rows were counted: there may be more than `total`."""
    cut_cells: int = 0
    """Values that were longer than what is given back of one."""


class Workbench:
    """Tables are made when a statement first names them. May be used from any thread, by one at a time."""

    def __init__(self, fills: dict[str, Fill]) -> None:
        """`fills` has what fills each of `TABLES`."""
        self._fills = fills
        self._guard = threading.Lock()
        self._connection: sqlite3.Connection | None = None
        self._made: set[str] = set()
        self._until_s = 0.0

    def ask(self, statement: str, most_rows: int = MOST_ROWS) -> SqlAnswer:
        """Run one SELECT. Raises InvalidInputError saying what is wrong with it, HaloError of a fill."""
        with self._guard:
            connection = self._connection = self._connection or self._open()
            named = {name.lower() for name in _NAME.findall(statement)}
            for name in sorted(named & TABLES.keys() - self._made):
                self._make(connection, TABLES[name])
            self._until_s = time.monotonic() + SECONDS
            connection.set_authorizer(_judge)
            connection.set_progress_handler(self._is_over, _STEPS)
            try:
                return self._answer(connection, statement, most_rows)
            except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
                raise self._refused(error) from None
            finally:
                connection.set_progress_handler(None, 0)
                connection.set_authorizer(None)

    def close(self) -> None:
        """Let go of the tables."""
        with self._guard:
            if self._connection is not None:
                self._connection.close()
            self._connection, self._made = None, set()

    def _answer(self, connection: sqlite3.Connection, statement: str, most_rows: int) -> SqlAnswer:
        cursor = connection.execute(statement)
        if cursor.description is None:
            raise InvalidInputError("The statement selects nothing.", hint="Write one SELECT.")
        columns = tuple(str(each[0]) for each in cursor.description)
        cut: list[int] = []
        rows = [tuple(_cell(value, cut) for value in row) for row in _first(cursor, most_rows)]
        total, is_whole = len(rows), True
        try:
            for _row in cursor:
                total += 1
        except sqlite3.OperationalError:
            is_whole = False
        cursor.close()
        return SqlAnswer(columns, tuple(rows), total, is_whole, len(cut))

    def _refused(self, error: Exception) -> InvalidInputError:
        tables = ", ".join(f"{each.name}({', '.join(each.columns)})" for each in TABLES.values())
        text = str(error)
        if "interrupted" in text:
            return InvalidInputError(
                f"The statement took more than {SECONDS:g} seconds and was ended.",
                hint="Ask for less: filter first, avoid joining a table with itself.",
            )
        if "not authorized" in text or "prohibited" in text:
            return InvalidInputError(
                f"Only SELECT over {', '.join(TABLES)} is possible here ({text}).",
                hint="No PRAGMA, no ATTACH, no writing, no functions that read files or make large values.",
            )
        return InvalidInputError(f"SQLite says: {text}.", hint=f"The tables are {tables}.")

    def _is_over(self) -> bool:
        return time.monotonic() > self._until_s

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
        for limit, value in _LIMITS.items():
            connection.setlimit(limit, value)
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 64)  # filling needs some
        connection.execute("PRAGMA trusted_schema=OFF")
        connection.execute("PRAGMA cache_size=-16384")
        return connection

    def _make(self, connection: sqlite3.Connection, table: Table) -> None:
        rows = self._fills[table.name]()
        marks = ", ".join("?" * len(table.columns))
        connection.execute("BEGIN")
        try:
            connection.execute(f"CREATE TABLE {table.name} ({table.definition})")
            # Names and definitions are ours; every value is a parameter.
            connection.executemany(
                f"INSERT INTO {table.name} VALUES ({marks})",  # noqa: S608 - see above
                (tuple(_short(value) for value in row) for row in rows),
            )
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")
        self._made.add(table.name)


def _first(cursor: sqlite3.Cursor, most: int) -> Iterator[Sequence[object]]:
    for _ in range(most):
        row = cursor.fetchone()
        if row is None:
            return
        yield row


def _judge(action: int, first: str | None, second: str | None, *_place: object) -> int:
    """SQLite asks this of everything that a statement would do."""
    if action in _ALLOWED:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_READ and (first or "").lower() in _READABLE:
        return sqlite3.SQLITE_OK
    if action == sqlite3.SQLITE_FUNCTION and (second or "").lower() in _FUNCTIONS:
        return sqlite3.SQLITE_OK
    return sqlite3.SQLITE_DENY


def _cell(value: object, cut: list[int]) -> object:
    if isinstance(value, bytes):
        value = value.hex()
    if isinstance(value, str) and len(value) > _CELL:
        cut.append(len(value))
        return f"{value[:_CELL]}… ({len(value):,} characters)"
    return value


def _short(value: object) -> object:
    return value[: _LONGEST // 8] if isinstance(value, str) else value
