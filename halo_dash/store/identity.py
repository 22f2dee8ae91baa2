"""Which store a file is: what was derived from another one may lie beside it, under the same name."""

from __future__ import annotations

import secrets

from halo_dash.store.driver import Connection, transaction
from halo_dash.store.statements import sql

_NOTE = "store.id"
_BYTES = 16


def store_id(connection: Connection) -> bytes:
    """The random id of this store; empty until a program that knows of ids has opened it for writing."""
    row = connection.execute(sql("store", "recall"), (_NOTE,)).fetchone()
    return b"" if row is None else bytes(row[0])


def ensure_id(connection: Connection) -> None:
    """Give a store its id where it has none. Call outside a transaction. Raises the driver's errors."""
    if store_id(connection):
        return
    with transaction(connection):
        # Another process may have done it while this one waited for the lock.
        if not store_id(connection):
            renew_id(connection)


def renew_id(connection: Connection) -> None:
    """Make a copy a store of its own: from here on it changes in another way than the one it was made of."""
    connection.execute(sql("store", "remember"), (_NOTE, secrets.token_bytes(_BYTES)))
