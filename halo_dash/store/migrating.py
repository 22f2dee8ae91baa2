"""From an older version of the tables to this one, with the migrations of `sqlite-utils`.

Everything happens in one transaction: whoever is killed on the way finds the old version as it was. A new
file is made whole by `schema.create` and has no list of migrations; it gets one with its first migration.
"""

from __future__ import annotations

from sqlite_utils import Database as Toolbox
from sqlite_utils.migrations import Migrations

from halo_dash.store.driver import Connection, transaction
from halo_dash.store.schema import newest_version, run_step
from halo_dash.store.statements import schema_steps

_SET = "halo-dash"


def migrate(connection: Connection) -> None:
    """Bring the tables to the newest version. Raises the driver's errors."""
    toolbox = Toolbox(connection, execute_plugins=False, recursive_triggers=False)
    with transaction(connection):
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        # Another process may have done it while this one waited for the lock.
        if version < newest_version():
            _steps(version).apply(toolbox)
            connection.execute(f"PRAGMA user_version={newest_version()}")


def _steps(reached: int) -> Migrations:
    """Every version as a migration; what the file has already does nothing but enter itself in the list."""
    steps = Migrations(_SET)
    for version in schema_steps():

        def step(toolbox: Toolbox, version: int = version) -> None:
            if version > reached:
                run_step(toolbox.conn, version)

        steps(name=f"{version:04d}")(step)
    return steps
