"""From a step or a call back to its span."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from halo_dash.model.figures import SpanRef
from halo_dash.store.figures.chosen import Chosen
from halo_dash.store.figures.grouped import Grouped
from halo_dash.store.span_rows import SEQUENCE_BITS, unpack_observation
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import unpack_summary


@dataclass(frozen=True, slots=True)
class FoundSpan:
    """A span that a figure leads to."""

    ref: SpanRef
    start_ns: int
    model: str | None
    question: str | None


def find_spans(chosen: Chosen, table: Grouped, places: Iterable[int]) -> dict[int, FoundSpan]:
    """The span of each place in a table of calls or steps; without those whose span is gone."""
    tables = chosen.tables
    mask = (1 << SEQUENCE_BITS) - 1
    found: dict[int, FoundSpan] = {}
    for place in places:
        trace = tables.parts["trace"][table["part"][place]]
        key = (int(tables.traces["row"][trace]), mask, int(table["sequence"][place]))
        span = chosen.connection.execute(sql("figures", "span"), key).fetchone()
        if span is not None:
            trace_id, span_id, start_ns, reading, summary = span
            seen = unpack_observation(reading)
            question = seen.input_preview or unpack_summary(summary).input_preview
            found[place] = FoundSpan(SpanRef(trace_id, span_id), start_ns, seen.model, question)
    return found
