"""What people say about one target, as JSON."""

from __future__ import annotations

from halo_dash.model.annotation import Annotation, Annotations, Target
from halo_dash.model.twin.values import Json, iso_time


def annotations_json(held: Annotations | None) -> dict[str, Json]:
    """`annotations` of a trace, a span or a session; None is nobody said anything."""
    if held is None:
        return {"verdict": None, "tags": [], "notes": []}
    return {
        "verdict": held.verdict.value if held.verdict else None,
        "tags": [each.value for each in held.tags],
        "notes": [_note_json(each) for each in held.notes],
    }


def annotated_json(held: Annotations) -> dict[str, Json]:
    """The answer to a change: the target and all that is said about it now."""
    return {**target_json(held.target), "annotations": annotations_json(held)}


def target_json(target: Target) -> dict[str, Json]:
    """The ids that name a target."""
    if target.session_id:
        return {"session_id": target.session_id}
    if target.span_id:
        return {"trace_id": target.trace_id, "span_id": target.span_id}
    return {"trace_id": target.trace_id}


def _note_json(note: Annotation) -> dict[str, Json]:
    return {
        "id": note.id,
        "text": note.value,
        "created": iso_time(note.created_ns),
        "changed": iso_time(note.changed_ns),
    }
