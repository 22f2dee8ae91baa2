"""The trace list as a table of all its pages: what `/traces.csv` writes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import MAX_LIMIT
from halo_dash.model.page import TracePage
from halo_dash.model.trace import TraceRow
from halo_dash.model.twin import trace_json
from halo_dash.store import Store
from halo_dash.web.runs import reason_of

COLUMNS = (
    *("trace_id", "name", "kind", "start", "duration_ms", "status", "recovered", "span_count", "error_count"),
    *("llm_calls", "tool_calls", "input_tokens", "output_tokens", "total_tokens", "cost_usd", "service"),
    *("environment", "agent_name", "session_id", "user_id", "models", "reason"),
    *("input_preview", "output_preview", "verdicts", "tags", "cost_is_partial"),
)
"""A promise, as the JSON's fields are."""


def page_table(page: TracePage, now_ns: int) -> Iterator[Sequence[object]]:
    """A head and the rows of one page."""
    yield COLUMNS
    yield from _rows(page, now_ns)


def whole_table(store: Store, query: ListQuery, now_ns: int) -> Iterator[Sequence[object]]:
    """A head and the rows of every page, one page in memory at a time."""
    yield COLUMNS
    at: ListQuery | None = ListQuery(query.filter, query.sort, MAX_LIMIT)
    while at is not None:
        page = store.traces.page(at, now_ns=now_ns, facets=False, patience_s=0)
        yield from _rows(page, now_ns)
        at = at.at(page.next_cursor) if page.next_cursor else None


def _rows(page: TracePage, now_ns: int) -> Iterator[Sequence[object]]:
    for row in page.items:
        record = _record(row, now_ns)
        yield tuple(record[name] for name in COLUMNS)


def _record(row: TraceRow, now_ns: int) -> dict[str, object]:
    usage = row.summary.usage
    return {
        **trace_json(row, now_ns),
        "input_tokens": usage.input,
        "output_tokens": usage.output,
        "total_tokens": usage.total,
        "models": " ".join(row.summary.models),
        "reason": reason_of(row.summary),
        "verdicts": " ".join(row.verdicts),
        "tags": " ".join(row.tags),
    }
