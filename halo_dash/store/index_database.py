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
from halo_dash.search.terms import Mark, Node
from halo_dash.search.text import TOKENIZER
from halo_dash.store.driver import Connection, Error, connect, explained, transaction
from halo_dash.store.index_words import IndexWords
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
_HASH_BYTES = 48 << 20
"""New words are collected in memory up to this size before they are written as a segment."""

_ALONE_WITHIN_MS = 200
"""Whoever is in an index that one may only have alone stays for minutes."""

_NEVER = 16
"""Segments that FTS5 never lets come together: asked to merge, it writes anew only what is mostly removed."""

DOCUMENTS, WORD_PARTS = "documents", "word_parts"
"""The full-text tables."""

_SETTINGS: dict[str, dict[str, int]] = {
    DOCUMENTS: {"hashsize": _HASH_BYTES, "automerge": 8, "crisismerge": 32, "usermerge": _NEVER},
    # Words go all at once: writing the others anew whenever a tenth is gone would be most of the work.
    WORD_PARTS: {"deletemerge": 40, "usermerge": _NEVER},
}

_DOCUMENTS = (
    f"CREATE VIRTUAL TABLE documents USING fts5({', '.join(COLUMNS)}, content='', contentless_delete=1,"
    f' detail=full, tokenize="{TOKENIZER}")'
)
_WORDS = (
    "CREATE VIRTUAL TABLE word_parts USING fts5(word, content='', contentless_delete=1, tokenize='trigram')"
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
    dead: int = 0
    forgotten: int = 0
    unswept: int = 0
    swept_to: int | None = None
    sweeps: int = 0


def layout() -> int:
    """Identifies how an index is made: one of another layout must be built again."""
    content = repr((_CHANGES_OF_RULES, _DOCUMENTS, _WORDS, _VOCABULARY, _SETTINGS, index_script()))
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
    for table, settings in _SETTINGS.items():
        for name, value in settings.items():
            connection.execute(f"INSERT INTO {table} ({table}, rank) VALUES (?, ?)", (name, value))  # noqa: S608 - our own table names
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
        with explained(path):
            self.connection = connect(path, read_only=False)
            self.words = IndexWords(self.connection)
            for setting in (
                *(("locking_mode=EXCLUSIVE", f"busy_timeout={_ALONE_WITHIN_MS}") if is_alone else ()),
                f"page_size={_PAGE_BYTES}",
                "auto_vacuum=INCREMENTAL",
                "journal_mode=WAL",
                # Whatever a power cut takes back, the progress goes back with it.
                "synchronous=NORMAL",
                "wal_autocheckpoint=2048",
                f"journal_size_limit={16 << 20}",
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
        try:
            with explained(self.path), transaction(self.connection):
                yield
        except BaseException:
            self.words.forget()
            raise

    def progress(self) -> Progress:
        """How far it has come."""
        with explained(self.path):
            progress = Progress(*self.connection.execute(sql("index", "progress")).fetchone())
            self.words.follow(progress.sweeps)
            return progress

    def clear(self, store: bytes) -> None:
        """Nothing of what is indexed is true any more; `store` is the id of what is to be indexed."""
        before = self.progress()
        for table in _SETTINGS:
            self.connection.execute(f"INSERT INTO {table} ({table}) VALUES ('delete-all')")  # noqa: S608 - our own table names
        for table in ("indexed", "waiting", "words"):
            self.connection.execute(f"DELETE FROM {table}")  # noqa: S608 - our own table names
        dead = before.dead + before.spans
        # Who knows an earlier batch asks anew: which traces are gone now is not listed.
        batch = before.batch + 1
        progress = Progress(0, batch, 0, 0, 0, 0, store, dead, forgotten=batch, sweeps=before.sweeps + 1)
        self.put_progress(progress)

    def put_progress(self, progress: Progress) -> None:
        """Keep how far it has come."""
        self.connection.execute(sql("index", "put_progress"), astuple(progress))

    def drop(self, traces: Sequence[int], progress: Progress) -> dict[int, int]:
        """Remove the documents of these traces, which are to be in ascending order.

        Returns the spans of those that had any.
        """
        rows: list[int] = []
        dropped: dict[int, int] = {}
        for begin in range(0, len(traces), _IN_ONE_STATEMENT):
            some = traces[begin : begin + _IN_ONE_STATEMENT]
            statement = sql_many("index", "find_indexed", len(some))
            for trace, documents, spans in self.connection.execute(statement, some):
                progress.spans -= spans
                progress.dead += spans
                progress.large -= documents > 1
                dropped[trace] = spans
                rows += (row_of(trace, number, documents) for number in range(documents))
        # In order: a smaller row than the one before makes FTS5 write out what it has collected.
        self.connection.executemany(sql("index", "delete_document"), [(row,) for row in sorted(rows)])
        return dropped

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
        self.words.add(columns[number] for number in _WORDY)

    def log_bytes(self) -> int:
        """Size of the write-ahead log."""
        log = self.path.with_name(f"{self.path.name}-wal")
        return log.stat().st_size if log.exists() else 0

    def bytes_of_a_span(self, progress: Progress) -> int:
        """About what the documents of one span take in the file, on average."""
        (pages,) = self.connection.execute("PRAGMA page_count").fetchone()
        return int(pages) * _PAGE_BYTES // max(1, progress.spans + progress.dead)

    def finish(self) -> None:
        """Leave everything in the one file, so that it can be given another name."""
        with explained(self.path):
            self.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
            self.connection.execute("PRAGMA journal_mode=DELETE").fetchall()

    def close(self) -> None:
        """Close; the last one to do so empties the log."""
        self.connection.close()
