"""A store file: its settings, its version, its tables."""

from __future__ import annotations

from pathlib import Path

from halo_dash.errors import StoreError
from halo_dash.store.driver import Connection, transaction
from halo_dash.store.statements import schema_steps, split_script

APPLICATION_ID = 0x48414C4F
"""Marks the file as ours in its header (`HALO`)."""

_PAGE_BYTES = 8192
_WAL_PAGES = 16_384
"""Checkpoint in large steps: measured best for steady writing."""

_WAL_KEPT_BYTES = 32 << 20
_CACHE_KB = 32_768


def newest_version() -> int:
    """The schema version of this program."""
    return max(schema_steps())


def stored_version(connection: Connection, path: Path) -> int:
    """The schema version of the file; 0 where it is new. Raises `StoreError`: not ours, or newer."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application != APPLICATION_ID:
        raise StoreError(
            f"{path} is an SQLite database of another program.",
            hint="Choose another path with --db.",
        )
    if version > newest_version():
        raise StoreError(
            f"The store {path} has version {version}, this program knows up to {newest_version()}.",
            hint="Upgrade halo-dash (pip install -U halo-dash), or choose another path with --db.",
        )
    return int(version) if tables else 0


def configure_writer(connection: Connection, *, is_new: bool) -> None:
    """Settings of the writing connection."""
    # These only take hold in a new file, and in any other they would wait for whoever writes just now.
    of_the_file = (f"page_size={_PAGE_BYTES}", "auto_vacuum=INCREMENTAL") if is_new else ()
    for setting in (
        *of_the_file,
        "journal_mode=WAL",
        "synchronous=FULL",
        f"wal_autocheckpoint={_WAL_PAGES}",
        f"journal_size_limit={_WAL_KEPT_BYTES}",
        f"cache_size=-{_CACHE_KB}",
        "temp_store=MEMORY",
        "secure_delete=OFF",
    ):
        connection.execute(f"PRAGMA {setting}")


def create(connection: Connection) -> None:
    """Make every table of a new file, in one transaction."""
    with transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        # Another process may have done it while this one waited for the lock.
        if not version:
            for step in schema_steps():
                run_step(connection, step)
            connection.execute(f"PRAGMA user_version={newest_version()}")
            connection.execute(f"PRAGMA application_id={APPLICATION_ID}")


def run_step(connection: Connection, version: int) -> None:
    """Lead the tables to `version` from the version before."""
    for script in schema_steps()[version]:
        for statement in split_script(script):
            connection.execute(statement)
