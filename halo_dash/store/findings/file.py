"""The file of the findings: opened, made where there is none, told apart by its layout."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from halo_dash.store.driver import Connection, Error, connect, explained, transaction
from halo_dash.store.schema import APPLICATION_ID
from halo_dash.store.statements import findings_script, split_script, sql

KIND = "findings"
"""Second part of the file's name: `halo.db.findings1`."""

_CHANGES_OF_FORM = 3
"""Count up when what stands in the tables changes its form: findings made before are then made again."""


@dataclass(slots=True)
class Progress:
    """The one row of `progress`."""

    revision: int
    sequence: int
    rules: str
    store: bytes


def layout() -> int:
    """Identifies the form of the file: one of another form is made again."""
    content = repr((_CHANGES_OF_FORM, findings_script()))
    return int.from_bytes(blake2b(content.encode(), digest_size=4).digest(), "big") >> 1


def is_usable(connection: Connection) -> bool:
    """Whether this is a file of the present form."""
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
    except Error:
        return False
    return bool(version == layout())


class FindingsFile:
    """The findings, open for writing."""

    def __init__(self, path: Path) -> None:
        """Open, and create where there is none. Raises `StoreError`."""
        self.path = path
        with explained(path):
            self.connection = connect(path, read_only=False)
            for setting in (
                "auto_vacuum=INCREMENTAL",
                "journal_mode=WAL",
                # Whatever a power cut takes back, the progress goes back with it.
                "synchronous=NORMAL",
                f"journal_size_limit={8 << 20}",
                "temp_store=MEMORY",
            ):
                self.connection.execute(f"PRAGMA {setting}")

    def prepare(self) -> bool:
        """Make the tables where the file is new; False where it is one of another form."""
        with explained(self.path):
            (tables,) = self.connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
            if not tables:
                with self.writing():
                    for statement in split_script(findings_script()):
                        self.connection.execute(statement)
                    self.connection.execute(f"PRAGMA user_version={layout()}")
                    self.connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
            return is_usable(self.connection)

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction; undone on any exception."""
        with explained(self.path), transaction(self.connection):
            yield self.connection

    def progress(self) -> Progress:
        """How far judging has come."""
        return Progress(*self.connection.execute(sql("findings", "progress")).fetchone())

    def put_progress(self, progress: Progress) -> None:
        """Keep how far it has come."""
        row = (progress.revision, progress.sequence, progress.rules, progress.store)
        self.connection.execute(sql("findings", "put_progress"), row)

    def close(self) -> None:
        """Close; the last one to do so empties the log."""
        self.connection.close()
