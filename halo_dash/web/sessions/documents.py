"""A session, and lists of sessions, as the JSON of the public interface."""

from __future__ import annotations

from halo_dash.model.annotation import Target
from halo_dash.model.figures import Figures, GroupRow
from halo_dash.model.twin import Json, annotations_json, thread_json, trace_json
from halo_dash.model.twin.groups import group_json
from halo_dash.store import Store
from halo_dash.web.sessions.reading import SessionReading, read_session, read_whole_thread


def session_document(store: Store, session_id: str, now_ns: int) -> dict[str, Json]:
    """`/sessions/{id}.json`: its figures, and its traces in order. Raises NotFoundError."""
    found = read_session(store, session_id, now_ns)
    row = store.figures.group("session", session_id, now_ns)
    traces: list[Json] = [{"turn": at, **trace_json(each, now_ns)} for at, each in enumerate(found.rows, 1)]
    held = store.annotations.of(Target(session_id=session_id))
    own: dict[str, Json] = {"annotations": annotations_json(held), "traces": traces}
    return {**group_json("session", row or _uncounted(found)), **own}


def session_thread_document(store: Store, session_id: str, now_ns: int) -> dict[str, Json]:
    """`/sessions/{id}/thread.json`: each thing said, once, with its trace. Raises NotFoundError."""
    found = read_session(store, session_id, now_ns)
    return thread_json(tuple(read_whole_thread(store, found, now_ns)))


def _uncounted(found: SessionReading) -> GroupRow:
    """What is known of a session while its figures are not there yet."""
    rows = found.rows
    return GroupRow(
        value=found.session_id,
        first_ns=rows[0].summary.start_ns,
        last_ns=max(each.summary.end_ns for each in rows),
        figures=Figures(runs=len(rows), failed=sum(each.summary.is_error for each in rows)),
        active_ns=sum(max(each.summary.end_ns - each.summary.start_ns, 0) for each in rows),
    )
