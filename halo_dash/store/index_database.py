"""The full-text index: one document a trace, and how far indexing has come.

Rows of the full-text table are numbered by the trace's row, so newest first needs no sort. A trace whose
texts are too many for one document has several, far above all others: see `row_of`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass
from hashlib import blake2b
from pathlib import Path

from halo_dash.errors import StoreError
from halo_dash.search.document import COLUMNS, MARK
from halo_dash.search.marks import block
from halo_dash.search.substrings import indexed_words
from halo_dash.search.terms import Mark, Node
from halo_dash.search.text import TOKENIZER
from halo_dash.store.driver import BUSY_TIMEOUT_MS, Connection, Error, connect, explained
from halo_dash.store.schema import APPLICATION_ID
from halo_dash.store.statements import index_script, split_script, sql, sql_many

TRACE_BITS = 40
"""A trace's row has fewer bits."""

LARGE_ROWS = 1 << TRACE_BITS
"""Documents from here on belong to traces that have several; below, a trace is its one document."""

BLOCK_BITS = 12
"""Traces whose rows differ in these bits alone share a mark.

FTS5 looks for the next match of a phrase to the end of its index, whatever rows are asked for: sixty
milliseconds at a million spans for each look at what is new. Together with the marks of blocks it ends there.
"""

_IN_ONE_STATEMENT = 500
_PAGE_BYTES = 8192
_GIVEN_BACK_PAGES = 256
_STEPS_OF_GIVING_BACK = 20
_LARGE_LOG_BYTES = 4 << 20
_HASH_BYTES = 48 << 20
"""New words are collected in memory up to this size before they are written as a segment."""

_ALONE_WITHIN_MS = 200
"""Whoever is in an index that one may only have alone stays for minutes."""

_SEEN_WORDS = 250_000
"""Words that are remembered, so that the file need not be asked about them."""

_SETTINGS = {"hashsize": _HASH_BYTES, "automerge": 8, "crisismerge": 32}
_DOCUMENTS = (
    f"CREATE VIRTUAL TABLE documents USING fts5({', '.join(COLUMNS)}, content='', contentless_delete=1,"
    f' detail=full, tokenize="{TOKENIZER}")'
)
_WORDS = (
    "CREATE VIRTUAL TABLE word_parts USING fts5("
    "word, content='words', content_rowid='id', tokenize='trigram')"
)
_VOCABULARY = "CREATE VIRTUAL TABLE vocabulary USING fts5vocab(documents, row)"
_ADD_DOCUMENT = (
    f"INSERT INTO documents (rowid, {', '.join(COLUMNS)}) "  # noqa: S608 - our own column names
    f"VALUES (?{', ?' * len(COLUMNS)})"
)
_WORDY = [number for number, name in enumerate(COLUMNS) if name not in {"id", MARK}]
"""Columns whose words can be found by their parts: ids and marks are found by their beginning."""

_CHANGES_OF_RULES = 4
"""Count up when texts are cut into words or filed in another way: indexes made before are made again."""


@dataclass(slots=True)
class Progress:
    """The one row of `progress`."""

    revision: int
    batch: int
    spans: int
    large: int
    since_ns: int
    as_of_ns: int
    store: bytes


def layout() -> int:
    """Identifies how an index is made: one of another layout must be built again."""
    content = repr((_CHANGES_OF_RULES, _DOCUMENTS, _WORDS, _VOCABULARY, index_script()))
    return int.from_bytes(blake2b(content.encode(), digest_size=4).digest(), "big") >> 1


def row_of(trace: int, document: int, documents: int) -> int:
    """The full-text row of one document of a trace."""
    return trace if documents == 1 else (document + 1) << TRACE_BITS | trace


def blocks_of(first: int, end: int) -> list[Node]:
    """What stands in every document of the traces in rows `first` to before `end`, and in few others."""
    return [Mark("", block(number)) for number in range(first >> BLOCK_BITS, (end - 1 >> BLOCK_BITS) + 1)]


def create_tables(connection: Connection) -> None:
    """Make the tables of an index in a new file."""
    for statement in split_script(index_script()):
        connection.execute(statement)
    connection.execute(_DOCUMENTS)
    connection.execute(_WORDS)
    connection.execute(_VOCABULARY)
    for name, value in _SETTINGS.items():
        connection.execute("INSERT INTO documents (documents, rank) VALUES (?, ?)", (name, value))
    connection.execute(f"PRAGMA user_version={layout()}")
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")


def is_usable(connection: Connection) -> bool:
    """Whether this is an index of the present layout."""
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except Error:
        return False
    return bool(version == layout())


def is_damage(error: StoreError) -> bool:
    """Whether the file itself is broken: an index can then only be made again."""
    cause = str(error.__cause__)
    return any(sign in cause for sign in ("not a database", "malformed", "fts5: corrupt", "no such table"))


class IndexWriter:
    """An index open for writing. Several processes may have one: each transaction reads the progress anew."""

    def __init__(self, path: Path, *, is_alone: bool = False) -> None:
        """Open, and create where there is none; `is_alone`: nobody else may, until it is closed.

        Raises `StoreError`.
        """
        self.path = path
        self._seen_words: set[bytes] = set()
        with explained(path):
            self.connection = connect(path, read_only=False)
            for setting in (
                *(("locking_mode=EXCLUSIVE", f"busy_timeout={_ALONE_WITHIN_MS}") if is_alone else ()),
                f"page_size={_PAGE_BYTES}",
                "auto_vacuum=INCREMENTAL",
                "journal_mode=WAL",
                # Whatever a power cut takes back, the progress goes back with it.
                "synchronous=NORMAL",
                "wal_autocheckpoint=4096",
                f"journal_size_limit={32 << 20}",
                "cache_size=-16384",
                "temp_store=MEMORY",
                "secure_delete=OFF",
            ):
                self.connection.execute(f"PRAGMA {setting}")

    def prepare(self) -> bool:
        """Make the tables where the file is new; False where it is an index of another layout."""
        with explained(self.path):
            (tables,) = self.connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if not tables:
                with self.writing():
                    create_tables(self.connection)
            return is_usable(self.connection)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """A transaction; undone on any exception."""
        with explained(self.path):
            self.connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self.connection.execute("COMMIT")
            except BaseException:
                self._seen_words.clear()
                if self.connection.in_transaction:
                    self.connection.execute("ROLLBACK")
                raise

    def progress(self) -> Progress:
        """How far it has come."""
        with explained(self.path):
            return Progress(*self.connection.execute(sql("index", "progress")).fetchone())

    def put_progress(self, progress: Progress) -> None:
        """Keep how far it has come."""
        self.connection.execute(sql("index", "put_progress"), astuple(progress))

    def drop(self, traces: Sequence[int], progress: Progress) -> None:
        """Remove the documents of these traces, which are to be in ascending order."""
        rows: list[int] = []
        for begin in range(0, len(traces), _IN_ONE_STATEMENT):
            some = traces[begin : begin + _IN_ONE_STATEMENT]
            statement = sql_many("index", "find_indexed", len(some))
            for trace, documents, spans in self.connection.execute(statement, some):
                progress.spans -= spans
                progress.large -= documents > 1
                rows += (row_of(trace, number, documents) for number in range(documents))
        # In order: a smaller row than the one before makes FTS5 write out what it has collected.
        self.connection.executemany(sql("index", "delete_document"), [(row,) for row in sorted(rows)])

    def add(self, trace: int, documents: Iterable[Sequence[str]], spans: int, progress: Progress) -> None:
        """Put the documents of a trace in; none where it is gone."""
        count = 0
        first: Sequence[str] = ()
        for count, columns in enumerate(documents, 1):
            if count == 1:
                first = columns  # where it goes depends on whether there is another one
                continue
            if count == 2:
                self._add_document(row_of(trace, 0, count), first)
                first = ()
            self._add_document(row_of(trace, count - 1, count), columns)
        if count == 1:
            self._add_document(trace, (*first[:-1], f"{first[-1]} {block(trace >> BLOCK_BITS)}"))
        self.connection.execute(sql("index", "put_indexed"), (trace, progress.batch, count, spans))
        progress.spans += spans
        progress.large += count > 1

    def _add_document(self, row: int, columns: Sequence[str]) -> None:
        self.connection.execute(_ADD_DOCUMENT, (row, *columns))
        self._add_words(indexed_words((columns[number] for number in _WORDY), self._seen_words))

    def _add_words(self, words: set[str]) -> None:
        """Words that are new, for searches for parts of words; none is ever taken out."""
        if len(self._seen_words) > _SEEN_WORDS:
            self._seen_words.clear()
        for word in words:
            cursor = self.connection.execute(sql("index", "add_word"), (word,))
            if cursor.rowcount:
                self.connection.execute(sql("index", "add_word_parts"), (cursor.lastrowid, word))

    def tidy(self) -> None:
        """When idle: give back what removed documents left free, and move the log into the file."""
        with explained(self.path):
            for _step in range(_STEPS_OF_GIVING_BACK):
                (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
                (free,) = self.connection.execute("PRAGMA freelist_count").fetchone()
                if free <= pages // 10:
                    break
                self.connection.executescript(f"PRAGMA incremental_vacuum({_GIVEN_BACK_PAGES})")
            log = self.path.with_name(f"{self.path.name}-wal")
            if not log.exists() or log.stat().st_size <= _LARGE_LOG_BYTES:
                self.connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
                return
            try:
                # Emptied as well, unless a search is in the way just now.
                self.connection.execute("PRAGMA busy_timeout=0")
                self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            finally:
                self.connection.execute(f"PRAGMA busy_timeout={BUSY_TIMEOUT_MS}")

    def finish(self) -> None:
        """Leave everything in the one file, so that it can be given another name."""
        with explained(self.path):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self.connection.execute("PRAGMA journal_mode=DELETE").fetchall()

    def close(self) -> None:
        """Close; the last one to do so empties the log."""
        self.connection.close()
