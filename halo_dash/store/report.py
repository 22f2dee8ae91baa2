"""What takes the space in a store, without reading all of it."""

from __future__ import annotations

from pathlib import Path

from sqlite_utils import Database as Toolbox
from sqlite_utils.db import Table

from halo_dash.model.upkeep import Part, Period, SpaceReport
from halo_dash.store.copies import BEFORE
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.space import Space
from halo_dash.store.statements import sql

_PLACES = 20
_AT_A_PLACE = 25
_SPANS = ("spans", "bodies")
"""Counted by the list: counting rows of these means reading gigabytes."""


def report(database: Database, space: Space) -> SpaceReport:
    """Measure and estimate. Raises `StoreError`."""
    measured = space.measure()
    with database.reading() as connection:
        pinned, spans, _traces = connection.execute(sql("removal", "totals")).fetchone()
        (leftovers,) = connection.execute(sql("removal", "leftovers")).fetchone()
        days = connection.execute(sql("report", "days")).fetchall()
        parts = _parts(connection, spans)
        conversations, _runs, conversation_bytes = connection.execute(sql("runs", "size")).fetchone()
    return SpaceReport(
        space=measured,
        parts=tuple(sorted(parts, key=lambda part: -part.bytes)),
        periods=tuple(Period(*row) for row in days),
        pinned_traces=pinned,
        leftovers=leftovers,
        copies=tuple((each.name, each.stat().st_size) for each in _copies(database.path)),
        conversations=conversations,
        conversation_bytes=conversation_bytes,
    )


def _copies(path: Path) -> list[Path]:
    kept = path.with_name(path.name + BEFORE)
    return [*sorted(path.parent.glob(f"{path.name}.v*.bak")), *([kept] if kept.exists() else [])]


def _parts(connection: Connection, spans: int) -> list[Part]:
    toolbox = Toolbox(connection, execute_plugins=False, recursive_triggers=False)
    found = []
    for name in toolbox.table_names():
        table = Table(toolbox, name)
        rows = spans if name in _SPANS else table.count
        found.append(Part(name, rows, int(rows * _bytes_of_a_row(connection, table)) if rows else 0))
    return found


def _bytes_of_a_row(connection: Connection, table: Table) -> float:
    """The mean over rows from all parts of the table; numbers count as six bytes."""
    columns = " + ".join(
        f"coalesce(length(CAST({column.name} AS BLOB)), 0)" if column.type in {"TEXT", "BLOB"} else "6"
        for column in table.columns
    )
    # Names come from our own schema.
    sample = f"SELECT {columns} FROM {table.name}"  # noqa: S608 - see above
    if "WITHOUT ROWID" in table.schema.upper():
        sizes = connection.execute(f"{sample} LIMIT {_PLACES * _AT_A_PLACE}").fetchall()
    else:
        first, last = connection.execute(f"SELECT min(rowid), max(rowid) FROM {table.name}").fetchone()  # noqa: S608 - see above
        if first is None:
            return 0
        places = {first + (last - first) * place // _PLACES for place in range(_PLACES)}
        statement = f"{sample} WHERE rowid >= ? ORDER BY rowid LIMIT {_AT_A_PLACE}"
        sizes = [row for place in sorted(places) for row in connection.execute(statement, (place,))]
    return 10 + float(sum(size for (size,) in sizes)) / max(1, len(sizes))
