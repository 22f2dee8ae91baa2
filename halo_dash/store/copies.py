"""Copies of a store: a backup while it is in use, and putting one in its place."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from halo_dash.errors import NotFoundError, StoreError, UsageError
from halo_dash.store.checking import check
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection, Error, connect, explained
from halo_dash.store.findings.file import KIND
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.schema import stored_version

BEFORE = ".before-restore"
"""Ends the name under which the store that was replaced is kept."""

_COMING = ".restoring"
_LOGS = ("-wal", "-journal")
_SIDES = (*_LOGS, "-shm")


def verify(path: Path, hint: str = "Use another backup.") -> int:
    """Read all of a store that nobody uses; returns its schema version.

    Raises `StoreError`, with `hint` where it is damaged.
    """
    with explained(path), closing(connect(path, read_only=True)) as connection:
        version = stored_version(connection, path)
        if not version:
            raise StoreError(
                f"{path} is not a halo-dash store.", hint="Give a file `halo storage backup` made."
            )
        found = [str(row[0]) for row in connection.execute("PRAGMA quick_check(3)")]
    if found != ["ok"]:
        raise StoreError(f"{path} is damaged: {'; '.join(found)}.", hint=hint)
    return version


def place(copy: Path, target: Path) -> Path:
    """Give a copy that was just made its name, in the place of what is there, once it is known to be whole.

    What is there stays where the copy is damaged, where it is no store, and where somebody has it open.
    Returns the name. Raises `StoreError`.
    """
    verify(copy, hint=f"The store is damaged: run `halo storage check`. {target.name} was left as it was.")
    with _alone(target):
        # A log that was left there is of what goes. SQLite would play it back over the copy.
        _remove(target, _SIDES)
        copy.replace(target)
        _sync(target.parent)
    return target


def restore(backup: Path, path: Path) -> Path | None:
    """Put a copy of `backup` in the place of the store at `path`, which nobody may have open.

    The copy is made, checked and migrated beside the store, then takes its place at once: whoever is killed
    on the way finds the one or the other whole. Returns where the store that was there is kept, or its log
    where only that was left, or None. Raises `NotFoundError`, `UsageError`, `StoreError`.
    """
    if not backup.is_file():
        raise NotFoundError(f"There is no file {backup}.")
    if path.exists() and backup.samefile(path):
        raise UsageError(f"{backup} is the store itself.", hint="Give the path of a backup.")
    with _alone(path):
        coming = path.with_name(path.name + _COMING)
        _remove(coming)
        try:
            verify(backup)
            _copy(backup, coming)
            kept = _keep(path)
            # What is indexed and found is of the other store. Both are made again from what is restored.
            for derived in (IndexFiles(path), IndexFiles(path, KIND)):
                for number in range(1, derived.newest() + 1):
                    derived.remove(derived.path(number))
                derived.remove(derived.building)
            log = _set_aside(path, kept)
            coming.replace(path)
            _sync(path.parent)
        except BaseException:
            _remove(coming)
            raise
    return kept or log


def _copy(backup: Path, target: Path) -> None:
    """Copy, with what may still be in its log, and bring it to the present version."""
    with (
        explained(backup),
        closing(connect(backup, read_only=True)) as source,
        closing(connect(target, read_only=False)) as copy,
    ):
        source.backup(copy)
    database = Database(target, "rw", keeps_copy=False)
    try:
        problems = check(database)
    finally:
        database.close()
    if problems:
        raise StoreError(f"The copy of {backup} is damaged: {problems[0]}.", hint="Use another backup.")
    with explained(target), closing(connect(target, read_only=False)) as copy:
        # One file, without a log that would have to be moved along.
        copy.execute("PRAGMA journal_mode=DELETE").fetchone()
    with target.open("rb+") as file:
        os.fsync(file.fileno())


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """Keep everybody else out of the store while the block runs.

    Raises `StoreError` where somebody has it open.
    """
    if not path.exists():
        yield
        return
    with closing(connect(path, read_only=False)) as connection:
        with explained(path):
            try:
                stored_version(connection, path)
                _lock(connection, path)
            except Error as error:
                # Nobody can use a damaged store, and replacing it is what a backup is for.
                if "malformed" not in str(error):
                    raise
        yield


def _lock(connection: Connection, path: Path) -> None:
    connection.execute("PRAGMA busy_timeout=200")
    try:
        # Leaving the log is only granted to who is alone; it also moves the log into the file.
        (mode,) = connection.execute("PRAGMA journal_mode=DELETE").fetchone()
        if mode == "delete":
            connection.execute("BEGIN EXCLUSIVE")
            return
    except Error as error:
        if "locked" not in str(error) and "busy" not in str(error):
            raise
    raise StoreError(
        f"The store {path} is in use: `halo serve` or another program has it open.",
        hint="Stop it, then try again.",
    )


def _keep(path: Path) -> Path | None:
    """Give the store that is there a second name, by which it stays when the first is taken."""
    if not path.exists():
        return None
    kept = path.with_name(path.name + BEFORE)
    _remove(kept)
    kept.hardlink_to(path)
    return kept


def _set_aside(path: Path, kept: Path | None) -> Path | None:
    """Move away what a killed program left beside the store, or SQLite would play it back over what comes.

    It may hold spans that are nowhere else. Its store is the kept one, or was moved elsewhere: then the log
    gets a name by which it is nobody's. Returns where it is.
    """
    aside = None
    for side in _SIDES:
        left = path.with_name(path.name + side)
        if side in _LOGS and left.exists() and left.stat().st_size:
            name = f"{kept.name}{side}" if kept else f"{left.name}{BEFORE}"
            aside = left.replace(left.with_name(name))
        left.unlink(missing_ok=True)
    return aside


def _remove(path: Path, sides: Iterable[str] = ("", *_SIDES)) -> None:
    for side in sides:
        path.with_name(path.name + side).unlink(missing_ok=True)


def _sync(folder: Path) -> None:
    """Make the new name survive a power cut, where a folder can be synced."""
    if os.name == "posix":
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
