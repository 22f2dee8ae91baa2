"""How large the list of traces is."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql


@dataclass(frozen=True, slots=True)
class ListSize:
    """All traces in figures, at one moment."""

    traces: int
    spans: int
    sessions: int
    agents: int
    oldest_ns: int | None
    """The first start, and the last."""
    newest_ns: int | None
    revision: int


def read_size(connection: Connection) -> ListSize:
    """Count everything by SQL."""
    return ListSize(*connection.execute(sql("store", "stats")).fetchone())
