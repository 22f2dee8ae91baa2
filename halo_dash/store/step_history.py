"""How steps went before: what the newest traces before an hour took for each, from their facts."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Final, TypeAlias

from halo_dash.model.observation import Kind
from halo_dash.model.subject import Baseline
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.figures.packing import CALL_RECORD, IS_CALL, KIND_BITS, KINDS, STEP_RECORD
from halo_dash.store.statements import sql

History: TypeAlias = Mapping[tuple[Kind, str], Baseline]
"""(kind, label as in `model.figures.Step`) -> how it went."""

HOUR_NS: Final = 3_600_000_000_000
MOST_TRACES: Final = 500
"""Traces that a history is made of: ten milliseconds of work, and thirty calls of whatever runs often."""

_KEPT: Final = 24
"""Hours that are remembered."""

_Key: TypeAlias = tuple[int, int]
"""(kind's number, term of the label)."""


class StepHistory:
    """`store.steps`. May be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._guard = threading.Lock()
        self._hours: OrderedDict[int, History] = OrderedDict()

    def before(self, start_ns: int) -> History:
        """How steps went in the newest traces that started before the hour in which `start_ns` is.

        It is remembered for a while, so traces of earlier hours that arrive only then are not in it.
        """
        hour = start_ns // HOUR_NS
        with self._guard:
            found = self._hours.get(hour)
            if found is None:
                with self._database.reading() as connection:
                    found = self._hours[hour] = _read(connection, hour * HOUR_NS)
                if len(self._hours) > _KEPT:
                    self._hours.popitem(last=False)
            self._hours.move_to_end(hour)
            return found


def _read(connection: Connection, before_ns: int) -> History:
    durations: dict[_Key, list[int]] = defaultdict(list)
    tokens: dict[_Key, list[int]] = defaultdict(list)
    for steps, calls in connection.execute(sql("figures", "steps_before"), (before_ns, MOST_TRACES)):
        for _part, term, _sequence, what, duration_ns in STEP_RECORD.iter_unpack(steps):
            if what & IS_CALL and duration_ns >= 0:
                durations[what & KIND_BITS, term].append(duration_ns)
        for _part, term, _sequence, what, sent, received, total, *_rest in CALL_RECORD.iter_unpack(calls):
            used = total if total >= 0 else max(0, sent) + max(0, received)
            if used > 0:
                tokens[what & KIND_BITS, term].append(used)
    wanted = json.dumps(sorted({term for _kind, term in durations}))
    labels = {term: value for term, _field, value in connection.execute(sql("figures", "terms"), (wanted,))}
    found = {
        (KINDS[key[0]], labels[key[1]]): _baseline(taken, tokens.get(key, ()))
        for key, taken in durations.items()
        if key[1] in labels
    }
    return MappingProxyType(found)


def _baseline(durations: Sequence[int], tokens: Sequence[int]) -> Baseline:
    taken, used = sorted(durations), sorted(tokens)
    return Baseline(
        calls=len(taken),
        p50_ns=_rank(taken, 50),
        p95_ns=_rank(taken, 95),
        p50_tokens=_rank(used, 50),
        p95_tokens=_rank(used, 95),
    )


def _rank(ascending: Sequence[int], percent: int) -> int:
    """By nearest rank; 0 where there is nothing."""
    return ascending[-(-len(ascending) * percent // 100) - 1] if ascending else 0
