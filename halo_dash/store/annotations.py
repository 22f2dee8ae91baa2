"""Notes, verdicts and tags: reading them, changing them, and what they make filters find.

A filter finds a trace by what is said about it, about its spans and about its sessions: these are terms of
the trace like all others, so a change gives every trace it concerns a new revision, by which counts, the
full-text index and open pages notice it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from halo_dash.model.annotation import Annotation, Annotations, Target, gathered
from halo_dash.model.trace import TraceRow
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import Term, pack_terms, unpack_terms

_AT_ONCE = 500


class AnnotationView:
    """Reads them. May be used from any thread."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def of(self, target: Target) -> Annotations:
        """What is said about one target; nothing where there is no such thing."""
        with self._database.reading() as connection:
            return of_target(connection, target)

    def of_trace(self, trace_id: str) -> dict[str, Annotations]:
        """Span id -> what is said about it; the trace itself is under an empty id. Only what is annotated."""
        found: dict[str, list[Annotation]] = {}
        with self._database.reading() as connection:
            for each in of_trace(connection, trace_id):
                found.setdefault(each.target.span_id, []).append(each)
        return {span_id: gathered(some[0].target, some) for span_id, some in found.items()}

    def of_sessions(self, session_ids: Sequence[str]) -> dict[str, Annotations]:
        """Session -> what is said about it. Only what is annotated."""
        found: dict[str, list[Annotation]] = {}
        with self._database.reading() as connection:
            for each in of_sessions(connection, session_ids):
                found.setdefault(each.target.session_id, []).append(each)
        return {session_id: gathered(some[0].target, some) for session_id, some in found.items()}

    def concerning(self, trace_ids: Iterable[str]) -> Iterator[Annotation]:
        """What a snapshot of these traces takes along: theirs in order, then those of their sessions."""
        sessions: dict[str, None] = {}
        for trace_id in trace_ids:
            with self._database.reading() as connection:
                if not is_any(connection):
                    return
                found = list(of_trace(connection, trace_id))
                row = connection.execute(sql("traces", "find"), (trace_id,)).fetchone()
                if row is not None:
                    sessions |= dict.fromkeys(_sessions_of(connection, row[0]))
            yield from found
        ordered = sorted(sessions)
        for first in range(0, len(ordered), _AT_ONCE):
            with self._database.reading() as connection:
                found = list(of_sessions(connection, ordered[first : first + _AT_ONCE]))
            yield from found


def of_target(connection: Connection, target: Target) -> Annotations:
    """What is said about one target."""
    return gathered(
        target, map(_annotation, connection.execute(sql("annotations", "of_target"), _key(target)))
    )


def of_trace(connection: Connection, trace_id: str) -> Iterator[Annotation]:
    """What is said about a trace and its spans, in the order of their ids."""
    return map(_annotation, connection.execute(sql("annotations", "of_trace"), (trace_id,)))


def of_sessions(connection: Connection, session_ids: Sequence[str]) -> Iterator[Annotation]:
    """What is said about sessions, in the order of their ids."""
    return map(_annotation, connection.execute(sql("annotations", "of_sessions"), (json.dumps(session_ids),)))


def texts_of(connection: Connection, trace: int, trace_id: str) -> Iterator[Annotation]:
    """Everything that a search in this trace looks into: also what is said about its sessions.

    `trace`: the row of `traces`.
    """
    if not is_any(connection):
        return
    yield from of_trace(connection, trace_id)
    # Which sessions a trace has costs more to find out than all else here.
    if connection.execute(sql("annotations", "any_of_sessions")).fetchone()[0]:
        yield from of_sessions(connection, _sessions_of(connection, trace))


def terms_for(connection: Connection, trace_id: str, sessions: Sequence[str]) -> set[Term]:
    """The terms that a trace has from annotations."""
    asked = {"trace_id": trace_id, "sessions": json.dumps(sessions)}
    return {(kind, value) for kind, value in connection.execute(sql("annotations", "terms"), asked)}


def is_any(connection: Connection) -> bool:
    """Whether there is any annotation at all: where there is none, nobody need ask for more."""
    return bool(connection.execute(sql("annotations", "any")).fetchone()[0])


def with_annotations(connection: Connection, rows: Sequence[TraceRow]) -> tuple[TraceRow, ...]:
    """The rows with the verdicts and tags by which filters find them."""
    if not rows or not is_any(connection):
        return tuple(rows)
    sessions = list({session for row in rows for session in row.summary.sessions})
    said = _Marks(connection, [row.summary.trace_id for row in rows], sessions)
    return tuple(_marked(row, said) for row in rows)


def _marked(row: TraceRow, said: _Marks) -> TraceRow:
    found = said.of(row.summary.trace_id, row.summary.sessions)
    if not found:
        return row
    verdicts, tags = (
        tuple(sorted(value for each, value in found if each == kind)) for kind in ("verdict", "tag")
    )
    return replace(row, verdicts=verdicts, tags=tags)


def put(connection: Connection, annotation: Annotation) -> bool:
    """Store one, unless a version of it is there that was changed as late. Returns whether it was stored."""
    row = (
        *_key(annotation.target),
        annotation.kind,
        annotation.id,
        annotation.value,
        annotation.created_ns,
        annotation.changed_ns,
    )
    return bool(connection.execute(sql("annotations", "put"), row).rowcount)


def delete(connection: Connection, annotation: Annotation) -> None:
    """Take one away."""
    key = (*_key(annotation.target), annotation.kind, annotation.id)
    connection.execute(sql("annotations", "delete"), key)


def concerned(connection: Connection, target: Target) -> list[int]:
    """The rows of the traces that a target's annotations count for."""
    if target.session_id:
        found = connection.execute(sql("annotations", "traces_of_session"), (target.session_id,))
    else:
        found = connection.execute(sql("traces", "find"), (target.trace_id,))
    return [row for (row,) in found]


def apply_terms(
    connection: Connection,
    rows: Sequence[int],
    ids_of: Callable[[Connection, Iterable[Term]], dict[Term, int]],
    next_revision: Callable[[], int],
) -> list[str]:
    """Give traces the terms that their annotations say now, and a new revision. Returns their ids.

    A trace that waits to be summarised is left out: it gets its terms then. A few statements for many traces,
    because a session may have thousands, and nobody else can write meanwhile.
    """
    trace_ids: list[str] = []
    for first in range(0, len(rows), _AT_ONCE):
        traces = _traces(connection, rows[first : first + _AT_ONCE])
        trace_ids += (trace_id for _row, trace_id, _terms in traces)
        noted, sessions = _held(connection, set[int]().union(*(terms for _row, _id, terms in traces)))
        said = _Marks(connection, [trace_id for _row, trace_id, _terms in traces], list(sessions.values()))
        ids = ids_of(connection, said.every)
        gone: list[tuple[int, int]] = []
        new: list[tuple[int, int]] = []
        packed: list[tuple[bytes, int]] = []
        for row, trace_id, terms in traces:
            wanted = said.of(trace_id, (sessions[term] for term in terms & sessions.keys()))
            had, has = terms & noted, {ids[term] for term in wanted}
            if had != has:
                gone += [(term, row) for term in had - has]
                new += [(term, row) for term in has - had]
                packed.append((pack_terms((terms - had) | has), row))
        connection.executemany(sql("traces", "remove_term"), gone)
        connection.executemany(sql("traces", "add_term"), new)
        connection.executemany(sql("annotations", "put_terms"), packed)
        changed = [(next_revision(), row) for row, _trace_id, _terms in traces]
        connection.executemany(sql("annotations", "changed"), changed)
    return trace_ids


def forget_removed(connection: Connection, notes: str, terms: Iterable[int]) -> None:
    """Remove what was said about traces that are gone, and about sessions of theirs that have no trace left.

    `notes` as `removal/note` takes them; `terms` are those that the traces had.
    """
    if is_any(connection):
        connection.execute(sql("annotations", "forget_traces"), (notes,))
        connection.execute(sql("annotations", "forget_sessions"), (json.dumps(sorted(set(terms))),))


class _Marks:
    """The verdicts and tags of some traces and sessions, as terms."""

    def __init__(self, connection: Connection, trace_ids: Sequence[str], sessions: Sequence[str]) -> None:
        self.every: set[Term] = set()
        self._by_trace: dict[str, set[Term]] = {}
        self._by_session: dict[str, set[Term]] = {}
        asked = {"traces": json.dumps(trace_ids), "sessions": json.dumps(sessions)}
        for trace_id, session_id, kind, value in connection.execute(sql("annotations", "marks"), asked):
            held, key = (self._by_trace, trace_id) if trace_id else (self._by_session, session_id)
            held.setdefault(key, set()).add((kind, value))
            self.every.add((kind, value))

    def of(self, trace_id: str, sessions: Iterable[str]) -> set[Term]:
        """Those of a trace, with those of its sessions."""
        found = set(self._by_trace.get(trace_id, ()))
        return found.union(*(self._by_session.get(session, ()) for session in sessions))


def _traces(connection: Connection, rows: Sequence[int]) -> list[tuple[int, str, set[int]]]:
    """(row, id, terms) of each that is summarised."""
    found = connection.execute(sql("annotations", "traces"), (json.dumps(rows),))
    return [(row, trace_id, set(unpack_terms(terms))) for row, trace_id, terms in found]


def _held(connection: Connection, terms: Iterable[int]) -> tuple[set[int], dict[int, str]]:
    """Of terms: those that come from annotations, and the sessions (term -> session)."""
    noted: set[int] = set()
    sessions: dict[int, str] = {}
    for term, field, value in connection.execute(sql("annotations", "held"), (json.dumps(list(terms)),)):
        if field == "session":
            sessions[term] = value
        else:
            noted.add(term)
    return noted, sessions


def _sessions_of(connection: Connection, row: int) -> list[str]:
    terms = set[int]().union(*(terms for _row, _id, terms in _traces(connection, [row])))
    return sorted(_held(connection, terms)[1].values())


def _key(target: Target) -> tuple[str, str, str]:
    return target.trace_id, target.session_id, target.span_id


def _annotation(row: Sequence[Any]) -> Annotation:
    trace_id, session_id, span_id, *rest = row
    return Annotation(Target(trace_id, span_id, session_id), *rest)
