"""Changing annotations, within a writing transaction."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.annotation import (
    MOST_NOTES,
    MOST_TAGS,
    NO_VERDICT,
    Annotation,
    AnnotationChange,
    Annotations,
    Target,
    is_valid,
)
from halo_dash.store.annotations import concerned, delete, of_target, put
from halo_dash.store.driver import Connection
from halo_dash.store.statements import sql


def change(connection: Connection, target: Target, wanted: AnnotationChange, now_ns: int) -> list[int]:
    """Change what is said about a target. Returns the rows of the traces that are to be looked at again.

    Raises `NotFoundError`: no such trace, span, session or note; `InvalidInputError`: too many.
    """
    rows = _rows(connection, target)
    held = of_target(connection, target)
    _check_room(held, wanted)
    puts, deletes = _differences(held, wanted, now_ns)
    for each in deletes:
        delete(connection, each)
    for each in puts:
        put(connection, each)
    return rows if puts or deletes else []


def merge(connection: Connection, annotations: Iterable[Annotation]) -> tuple[int, list[int]]:
    """Bring in annotations from elsewhere: of two versions the one that was changed later stays.

    What is said about a trace that is not here is left out: nothing would ever remove it. Returns how many
    were new or newer, and the rows of the traces that are to be looked at again. Raises `InvalidInputError`
    for one that could not have been made here.
    """
    found = list(annotations)
    for each in found:
        if not is_valid(each):
            raise InvalidInputError(
                f"This is no {each.kind[:20]} that a {each.target.noun} can have: {each.value[:40]!r}."
            )
    count = 0
    targets: dict[Target, None] = {}
    rows = {target: concerned(connection, target) for target in dict.fromkeys(each.target for each in found)}
    for each in found:
        # The session of a large trace may not be known yet.
        if (rows[each.target] or each.target.session_id) and put(connection, each):
            count += 1
            targets[each.target] = None
    return count, list(dict.fromkeys(row for target in targets for row in rows[target]))


def _rows(connection: Connection, target: Target) -> list[int]:
    rows = concerned(connection, target)
    if not rows:
        name = target.session_id or target.trace_id
        noun = "session" if target.session_id else "trace"
        raise NotFoundError(f"There is no {noun} {name[:80]!r} here.")
    if target.span_id:
        key = (target.trace_id, target.span_id)
        if connection.execute(sql("spans", "find_by_key"), key).fetchone() is None:
            raise NotFoundError(f"Trace {target.trace_id[:80]} has no span {target.span_id[:80]!r}.")
    return rows


def _check_room(held: Annotations, wanted: AnnotationChange) -> None:
    tags = {each.value for each in held.tags} - set(wanted.untag) | set(wanted.tags)
    if len(tags) > MOST_TAGS:
        raise InvalidInputError(
            f"At most {MOST_TAGS} tags fit on one {held.target.noun}.", hint="Remove one."
        )
    if wanted.note and wanted.note_id is None and len(held.notes) >= MOST_NOTES:
        raise InvalidInputError(
            f"At most {MOST_NOTES} notes fit on one {held.target.noun}.", hint="Delete one that nobody needs."
        )


def _differences(
    held: Annotations, wanted: AnnotationChange, now_ns: int
) -> tuple[list[Annotation], list[Annotation]]:
    """(what to store, what to take away)."""
    target = held.target
    puts: list[Annotation] = []
    deletes: list[Annotation] = []
    before = held.verdict
    if wanted.verdict == NO_VERDICT:
        deletes += [before] if before else []
    elif wanted.verdict is not None and (before is None or before.value != wanted.verdict):
        puts.append(_changed(before, Annotation(target, "verdict", "", wanted.verdict, now_ns, now_ns)))
    tags = {each.value: each for each in held.tags}
    puts += (Annotation(target, "tag", tag, tag, now_ns, now_ns) for tag in wanted.tags if tag not in tags)
    deletes += (tags[tag] for tag in wanted.untag if tag in tags)
    if wanted.note is not None and wanted.note_id is None:
        puts.append(Annotation(target, "note", secrets.token_hex(8), wanted.note, now_ns, now_ns))
    elif wanted.note is not None:
        note = next((each for each in held.notes if each.id == wanted.note_id), None)
        if note is None:
            raise NotFoundError(
                f"There is no note {wanted.note_id!r} here.", hint="It was deleted meanwhile."
            )
        if not wanted.note:
            deletes.append(note)
        elif wanted.note != note.value:
            text = Annotation(target, "note", note.id, wanted.note, now_ns, now_ns)
            puts.append(_changed(note, text))
    return puts, deletes


def _changed(before: Annotation | None, after: Annotation) -> Annotation:
    """The later version, also where a clock went back."""
    if before is None:
        return after
    changed_ns = max(after.changed_ns, before.changed_ns + 1)
    return Annotation(after.target, after.kind, after.id, after.value, before.created_ns, changed_ns)
