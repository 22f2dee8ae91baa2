"""What the roots of some runs say in attributes, and their resources: values that can be counted."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Sequence
from typing import TypeAlias

from halo_dash.detect.cohort import Trait
from halo_dash.model.filter_fields import ATTRIBUTE
from halo_dash.model.span import Attributes
from halo_dash.search.marks import LONGEST_VALUE, value_text
from halo_dash.semconv.outcome_keys import tells_outcome
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.codec import unpack_said
from halo_dash.store.compression import decompress
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import unpack_summary

Run: TypeAlias = tuple[int, int]
"""(row of a trace, its last arrival in ns): another arrival may have brought another root."""

_LARGEST_BODY = 256 << 10
"""Packed bytes of a root that is read; one that says more is left out of the comparison."""
_KEPT = 4_096
"""Runs whose attributes are held."""
_MOST_KEYS = 1_000
"""Of one run."""


class RootAttributes:
    """May be used from any thread."""

    def __init__(self, database: Database, catalogue: Catalogue) -> None:
        self._database = database
        self._catalogue = catalogue
        self._guard = threading.Lock()
        self._held: OrderedDict[Run, frozenset[Trait]] = OrderedDict()

    def of(self, runs: Sequence[Run]) -> dict[Run, frozenset[Trait]]:
        """Run -> its traits; without those that have no root, or a very large one, or are gone."""
        with self._guard:
            found = {run: held for run in runs if (held := self._held.get(run)) is not None}
        missing = [run for run in runs if run not in found]
        if missing:
            read = self._read(missing)
            found |= read
            with self._guard:
                self._held |= read
                while len(self._held) > _KEPT:
                    self._held.popitem(last=False)
        return found

    def _read(self, runs: Sequence[Run]) -> dict[Run, frozenset[Trait]]:
        found: dict[Run, frozenset[Trait]] = {}
        with self._database.reading() as connection:
            rows = json.dumps([row for row, _arrival_ns in runs])
            roots = {
                trace: unpack_summary(summary).root_span_id
                for trace, summary in connection.execute(sql("figures", "summaries"), (rows,))
            }
            for run in runs:
                if root := roots.get(run[0]):
                    self._read_root(connection, run, root, found)
        return found

    def _read_root(
        self, connection: Connection, run: Run, root: str, found: dict[Run, frozenset[Trait]]
    ) -> None:
        given = (run[0], root, _LARGEST_BODY)
        for resource, body in connection.execute(sql("spans", "root_said"), given).fetchall():
            said = unpack_said(decompress(body))[2]
            found[run] = _traits(said) | _traits(
                self._catalogue.resources.get(connection, resource).attributes
            )


def _traits(attributes: Attributes) -> frozenset[Trait]:
    found = set()
    for key, value in list(attributes.items())[:_MOST_KEYS]:
        text = value_text(value)
        if text and max(len(key), len(text)) <= LONGEST_VALUE and not tells_outcome(key):
            found.add(Trait(ATTRIBUTE + key, text))
    return frozenset(found)
