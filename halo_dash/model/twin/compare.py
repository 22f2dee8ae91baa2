"""Two traces side by side as JSON."""

from __future__ import annotations

from collections.abc import Mapping

from halo_dash.model.comparison import ComparedRow, Comparison, Imprint, label
from halo_dash.model.trace import TraceRow
from halo_dash.model.tree import TreeRow
from halo_dash.model.twin.traces import trace_json
from halo_dash.model.twin.values import Json, failure_json, tokens_json


def comparison_json(
    a: TraceRow,
    b: TraceRow,
    found: Comparison,
    imprints: tuple[Mapping[str, Imprint], Mapping[str, Imprint]],
    now_ns: int,
) -> dict[str, Json]:
    """`/compare.json`: both traces, and their aligned steps. Rows are numbered from 1, as on the page."""
    return {
        "a": trace_json(a, now_ns),
        "b": trace_json(b, now_ns),
        "aligned_by": found.way,
        "contents_compared": found.is_read,
        "shared_steps": found.shared,
        "differences": len(found.differences),
        "first_difference": None if found.first is None else found.first + 1,
        "rows": [_row_json(at, row, imprints) for at, row in enumerate(found.rows, 1)],
    }


def _row_json(
    number: int, row: ComparedRow, imprints: tuple[Mapping[str, Imprint], Mapping[str, Imprint]]
) -> dict[str, Json]:
    return {
        "row": number,
        "state": {"left": "only_a", "right": "only_b"}.get(row.state, row.state),
        "differs_in": [aspect.value for aspect in row.aspects],
        "kind": row.either.reading.observation.kind.value,
        "depth": row.either.depth,
        "a": _step_json(row.left, imprints[0]),
        "b": _step_json(row.right, imprints[1]),
    }


def _step_json(row: TreeRow | None, imprints: Mapping[str, Imprint]) -> Json:
    if row is None:
        return None
    seen = row.reading.observation
    said = imprints.get(row.span_id, Imprint())
    return {
        "span_id": row.span_id,
        "name": row.reading.name,
        "label": label(row),
        "status": "error" if seen.is_error else "ok" if row.reading.end_ns else "running",
        "failure": failure_json(row.resolved.failure or seen.failure),
        "duration_ms": None if row.duration_ns is None else row.duration_ns / 1e6,
        "tokens": tokens_json(seen.usage),
        "cost_usd": seen.cost_usd,
        "input_preview": said.line or None,
        "output_preview": said.answer or None,
    }
