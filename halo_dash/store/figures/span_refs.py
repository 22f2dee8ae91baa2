"""From a step or a call back to its span."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from halo_dash.model.figures import SpanRef
from halo_dash.store.figures.chosen import Chosen
from halo_dash.store.figures.packing import CALL_RECORD, STEP_RECORD
from halo_dash.store.span_rows import SEQUENCE_BITS, unpack_observation
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import unpack_summary

_LAYOUTS = {"calls": CALL_RECORD, "steps": STEP_RECORD}
_SEQUENCE = 2
"""Place of the span's order of arrival in both records."""


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A span that a figure leads to."""

    ref: SpanRef
    start_ns: int
    model: str | None
    question: str | None


def find_spans(
    chosen: Chosen, places: Iterable[int], name: Literal["calls", "steps"]
) -> dict[int, FoundSpan]:
    """The span of each place in a table."""
    tables = chosen.tables
    table, layout = (tables.calls if name == "calls" else tables.steps), _LAYOUTS[name]
    first = tables.traces["first_call" if name == "calls" else "first_step"]
    found: dict[int, FoundSpan] = {}
    for place in places:
        trace = int(tables.parts["trace"][table["part"][place]])
        row = int(tables.traces["row"][trace])
        packed = chosen.connection.execute(sql("figures", f"packed_{name}"), (row,)).fetchone()
        at = (place - int(first[trace])) * layout.size
        if packed is None or at + layout.size > len(packed[0]):
            continue
        sequence = layout.unpack_from(packed[0], at)[_SEQUENCE]
        mask = (1 << SEQUENCE_BITS) - 1
        span = chosen.connection.execute(sql("figures", "span"), (row, mask, sequence)).fetchone()
        if span is not None:
            trace_id, span_id, start_ns, reading, summary = span
            seen = unpack_observation(reading)
            question = seen.input_preview or unpack_summary(summary).input_preview
            found[place] = FoundSpan(SpanRef(trace_id, span_id), start_ns, seen.model, question)
    return found
