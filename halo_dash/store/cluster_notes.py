"""What people say of failure clusters. It stays when the findings are made again."""

from __future__ import annotations

from collections.abc import Mapping

from halo_dash.errors import InvalidInputError
from halo_dash.model.cluster_note import LONGEST_NOTE, LONGEST_TITLE, ClusterNote, ClusterNoteChange
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

MOST = 10_000
LONGEST_NAME = 200


class ClusterNotes:
    """`store.cluster_notes`. May be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> Mapping[str, ClusterNote]:
        """Name of a cluster -> what is said of it, for those of which anything is."""
        with self._database.reading() as connection:
            rows = connection.execute(sql("cluster_notes", "all")).fetchall()
        return {row[0]: _note(row) for row in rows}

    def of(self, name: str) -> ClusterNote:
        """What is said of one cluster; an empty one where nothing is."""
        with self._database.reading() as connection:
            return held(connection, name)


def held(connection: Connection, name: str) -> ClusterNote:
    """What is said of one cluster now."""
    row = connection.execute(sql("cluster_notes", "of"), (name,)).fetchone()
    return ClusterNote(name) if row is None else _note(row)


def change(connection: Connection, name: str, wanted: ClusterNoteChange, now_ns: int) -> None:
    """Change what is said. Raises `InvalidInputError`: too long, too many."""
    _check(connection, name, wanted)
    before = held(connection, name)
    fixed_ns = before.fixed_ns
    if wanted.is_fixed is not None:
        # Said again, it is fixed as of now: what came back in between was seen.
        fixed_ns = now_ns if wanted.is_fixed else None
    after = ClusterNote(
        name,
        before.title if wanted.title is None else " ".join(wanted.title.split()),
        before.note if wanted.note is None else wanted.note.strip(),
        before.is_muted if wanted.is_muted is None else wanted.is_muted,
        fixed_ns,
        now_ns,
    )
    if not after:
        connection.execute(sql("cluster_notes", "delete"), (name,))
        return
    row = (name, after.title, after.note, after.is_muted, after.fixed_ns, after.changed_ns)
    connection.execute(sql("cluster_notes", "put"), row)


def _check(connection: Connection, name: str, wanted: ClusterNoteChange) -> None:
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInputError(
            f"{name[:40]!r} is no name of a cluster.", hint="It is the last part of the cluster's address."
        )
    for text, longest, noun in (
        (wanted.title, LONGEST_TITLE, "name"),
        (wanted.note, LONGEST_NOTE, "note"),
    ):
        if text is not None and len(text) > longest:
            raise InvalidInputError(f"A {noun} has at most {longest:,} characters.", hint="Shorten it.")
    (others,) = connection.execute(sql("cluster_notes", "others"), (name,)).fetchone()
    if others >= MOST:
        raise InvalidInputError(f"There are notes on {MOST:,} clusters already.", hint="Take some away.")


def _note(row: tuple[str, str, str, int, int | None, int]) -> ClusterNote:
    name, title, note, is_muted, fixed_ns, changed_ns = row
    return ClusterNote(name, title, note, bool(is_muted), fixed_ns, changed_ns)
