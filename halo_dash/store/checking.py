"""Is the store sound: the file, what refers to what, and whether the list says what the spans say."""

from __future__ import annotations

import random
from typing import Any

from halo_dash.semconv import READING_VERSION
from halo_dash.semconv.facts import facts_of
from halo_dash.semconv.summary import read_trace
from halo_dash.store.annotations import terms_for
from halo_dash.store.catalogue import Catalogue
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.figures.packing import pack_facts
from halo_dash.store.known import KnownTraces
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import pack_summary, terms_of, unpack_terms

_SHOWN = 20


def check(database: Database, *, is_full: bool = False, sample: int = 0) -> tuple[str, ...]:
    """Problems found; empty when all is well. Reads the whole file. Raises `StoreError`.

    `is_full` also compares every index with its table. `sample` traces, chosen at random, are summarised
    again and compared with what the list says of them.
    """
    with database.reading() as connection:
        pragma = "integrity_check" if is_full else "quick_check"
        found = [str(row[0]) for row in connection.execute(f"PRAGMA {pragma}({_SHOWN})")]
        problems = [] if found == ["ok"] else found
        problems += _dangling(connection)
        if not problems:
            problems += _miscounted(connection)
    for row in _chosen(database, sample):
        problems += _differing(database, row)
    return tuple(problems)


def _dangling(connection: Connection) -> list[str]:
    problems: list[str] = []
    for table, row, parent, _key in connection.execute("PRAGMA foreign_key_check"):
        if table == "spans" and parent == "traces" and _is_leftover(connection, row):
            continue
        problems.append(f"a row of {table} refers to nothing in {parent}")
        if len(problems) == _SHOWN:
            break
    return problems


def _is_leftover(connection: Connection, span: int) -> bool:
    """Whether the span belongs to a removed trace and is still to be deleted."""
    (trace,) = connection.execute(sql("checking", "trace_of_span"), (span,)).fetchone()
    return bool(connection.execute(sql("checking", "is_leftover"), (trace,)).fetchone()[0])


def _miscounted(connection: Connection) -> list[str]:
    counted, listed, unsettled, spans, bodies = connection.execute(sql("checking", "counts")).fetchone()
    problems = []
    if counted != listed and not unsettled:
        problems.append(f"the list counts {listed:,} spans, the store has {counted:,}")
    if spans != bodies:
        problems.append(f"there are {spans:,} spans and {bodies:,} bodies of spans")
    return problems


def _chosen(database: Database, sample: int) -> list[int]:
    """Places between the first and the last trace; the next trace after each is looked at."""
    with database.reading() as connection:
        first, last, reading_version = connection.execute(sql("checking", "rows")).fetchone()
    if first is None or reading_version != READING_VERSION:
        # Other rules may say other things of the same spans.
        return []
    if last - first < sample:
        return list(range(first - 1, last))
    return random.sample(range(first - 1, last), sample)


def _differing(database: Database, after: int) -> list[str]:
    catalogue = Catalogue()
    with database.reading() as connection:
        found = connection.execute(sql("checking", "settled"), (after,)).fetchone()
        if found is None:
            return []
        row, trace_id, source, summary, terms, *packed = found
        held = KnownTraces(catalogue).read_spans(connection, row)
        read = read_trace(trace_id, [each.reading for each in held.values()])
        made, facts = read.summary, facts_of(read)
        noted = terms_for(connection, trace_id, made.sessions)
        values: dict[Any, int] = {}
        for term in unpack_terms(terms):
            said = connection.execute(sql("checking", "term"), (term,)).fetchone()
            values[tuple(said or (term,))] = term
    if pack_summary(made) != bytes(summary):
        return [f"the list says something else of trace {trace_id} than its spans"]
    if values.keys() != terms_of(made, facts, source) | noted:
        return [f"filters find trace {trace_id} by other values than it has"]
    if list(pack_facts(facts, values.__getitem__)) != packed:
        return [f"figures count something else of trace {trace_id} than its spans say"]
    return []
