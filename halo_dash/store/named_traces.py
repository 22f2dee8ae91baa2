"""The rows of traces that a filter names one by one."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from halo_dash.model.filter import Filter
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

_KEPT = 8
"""Lists of ids whose rows are remembered: a run of the engine asks for the same thousands again and again."""


@dataclass(frozen=True, slots=True)
class _Known:
    revision: int
    rows: Mapping[str, int]


class NamedTraces:
    """May be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._known: OrderedDict[tuple[str, ...], _Known] = OrderedDict()

    def rows(self, *asked: Filter) -> Mapping[str, int]:
        """Trace id -> its row, of all that these filters name, as far as they are stored."""
        lists = [each.trace for each in asked if each.trace]
        lists += [(value,) for each in asked for name, value in each.excluded if name == "trace"]
        if not lists:
            return {}
        with self._database.reading() as connection:
            found = [self._rows(connection, each) for each in lists]
        return found[0] if len(found) == 1 else {id_: row for each in found for id_, row in each.items()}

    def _rows(self, connection: Connection, trace_ids: tuple[str, ...]) -> Mapping[str, int]:
        with self._guard:
            known = self._known.get(trace_ids)
        if known is not None and len(known.rows) == len(trace_ids) and _holds(connection, known.revision):
            return known.rows
        (revision,) = connection.execute(sql("traces", "revision")).fetchone()
        known = _Known(revision, _read(connection, trace_ids))
        with self._guard:
            self._known[trace_ids] = known
            self._known.move_to_end(trace_ids)
            if len(self._known) > _KEPT:
                self._known.popitem(last=False)
        return known.rows


def _holds(connection: Connection, revision: int) -> bool:
    """Whether no trace was removed since: a row is given to another trace only after that."""
    (forgotten,) = connection.execute(sql("removal", "forgotten")).fetchone()
    (current,) = connection.execute(sql("traces", "revision")).fetchone()
    is_same = forgotten <= revision <= current
    return is_same and connection.execute(sql("removal", "since"), (revision,)).fetchone() is None


def _read(connection: Connection, trace_ids: Sequence[str]) -> dict[str, int]:
    rows = connection.execute(sql("traces", "find_all"), (json.dumps(trace_ids),))
    return {trace_id: row for trace_id, row in rows}  # noqa: C416 - typed: a cursor gives untyped rows
