"""The note that says by which rules and prices the stored spans were read."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from halo_dash.semconv import READING_VERSION
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql

_NOTE = "reading.rules"


@dataclass(frozen=True, slots=True)
class Rules:
    """What the note says."""

    all: str | None = None
    """The rules and prices that every stored reading was made with."""
    target: str | None = None
    """Those that readings are being made again with."""
    trace: int = 0
    """Row of the trace that is in work, or was the last one."""
    span_id: str = ""
    """The last span of it that was read; all of them where it is empty."""
    until: int = 0
    """The last trace that may be of other rules."""
    is_new: bool = False
    """The rules themselves changed, not only prices: every trace is summarised again."""


def fingerprint(prices: PriceBook) -> str:
    """What a stored reading depends on besides what was sent."""
    return f"{READING_VERSION} {prices.fingerprint()}"


def note_writing(connection: Connection, prices: PriceBook, *, is_first: bool) -> None:
    """Call when spans were written: what was read by other rules than the note says takes the note back.

    `is_first`: there was no span in the store before.
    """
    mine = fingerprint(prices)
    rules = recall(connection)
    if is_first:
        remember(connection, Rules(all=mine))
    elif rules is not None and mine != (rules.target or rules.all):
        remember(connection, Rules())


def recall(connection: Connection) -> Rules | None:
    """The note; None where the store has none, as stores of older versions do."""
    row = connection.execute(sql("store", "recall"), (_NOTE,)).fetchone()
    return None if row is None else Rules(**json.loads(row[0]))


def remember(connection: Connection, rules: Rules) -> None:
    """Write the note."""
    connection.execute(sql("store", "remember"), (_NOTE, json.dumps(asdict(rules)).encode()))
