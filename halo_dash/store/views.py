"""Saved views: small, written by the dashboard now and then."""

from __future__ import annotations

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.views import SavedView
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

MOST = 100
LONGEST_NAME = 80
LONGEST_QUERY = 8_000


class SavedViews:
    """Reads them. May be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def all(self) -> tuple[SavedView, ...]:
        """Every view, by name."""
        with self._database.reading() as connection:
            rows = connection.execute(sql("views", "all")).fetchall()
        return tuple(SavedView(name, query, bool(is_default)) for name, query, is_default in rows)


def save_view(connection: Connection, name: str, query: str, saved_ns: int) -> None:
    """Save, or replace what had this name. Raises `InvalidInputError`: no name, too long, too many."""
    if not name or len(name) > LONGEST_NAME:
        raise InvalidInputError(
            f"The name of a view has 1 to {LONGEST_NAME} characters.", hint="Choose another name."
        )
    if len(query) > LONGEST_QUERY:
        raise InvalidInputError("This list has too many filters to be saved.", hint="Take some of them away.")
    (others,) = connection.execute(sql("views", "others"), (name,)).fetchone()
    if others >= MOST:
        raise InvalidInputError(
            f"There are {MOST} saved views already.", hint="Delete one that nobody needs."
        )
    connection.execute(sql("views", "save"), (name, query, saved_ns))


def delete_view(connection: Connection, name: str) -> None:
    """Forget a view. Raises `NotFoundError`."""
    if not connection.execute(sql("views", "delete"), (name,)).rowcount:
        raise _missing(name)


def choose_view(connection: Connection, name: str) -> None:
    """Let the dashboard begin with this view; with an empty name, with all traces. Raises `NotFoundError`."""
    known = {row[0] for row in connection.execute(sql("views", "all"))}
    if name and name not in known:
        raise _missing(name)
    connection.execute(sql("views", "choose"), (name,))


def _missing(name: str) -> NotFoundError:
    return NotFoundError(f"There is no saved view {name[:LONGEST_NAME]!r}.", hint="It was deleted meanwhile.")
