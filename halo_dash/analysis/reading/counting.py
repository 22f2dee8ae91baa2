"""Counting traces: of what is read and, where that is a sample, of everything that was selected."""

from __future__ import annotations

from typing import Any

from halo_dash.analysis.reading.reader import Reader
from halo_dash.analysis.reading.rows import share
from halo_dash.analysis.reading.searching import told
from halo_dash.errors import UsageError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FACETS
from halo_dash.model.page import TracePage

Json = dict[str, Any]

_MOST_VALUES = 50


def count(reader: Reader, asked: Filter, by: str | None) -> Json:
    """See `Workspace.count`. Raises UsageError."""
    names = [each.name for each in FACETS]
    if by is not None and by not in names:
        raise UsageError(f"by must be one of {', '.join(names)}, not {by!r}.")
    selection, sizes = reader.selection, reader.selection.size
    within = selection.within(asked)
    counted = within
    if by is not None and by in _fields(asked):
        # A list counts the values of a field as if nothing were asked of it.
        counted = Filter(trace=reader.store.sampling.names(within, selection.now_ns) or ("-",))
    page = _page(reader, counted, with_values=by is not None)
    totals = page.totals
    out: Json = {
        "traces": totals.traces,
        "of": reader.base,
        "share": share(totals.traces, reader.base),
        "failed": totals.failed,
        "recovered": totals.recovered,
        "spans": totals.spans,
        "llm_calls": totals.llm_calls,
        "tokens": totals.usage.total,
        "cost_usd": totals.cost_usd,
    }
    if sizes.is_sampled:
        out["base"] = "traces that are read; a sample in which rare failures are more frequent"
        everything = selection.within_chosen(asked)
        if everything is not None:
            selected = reader.store.traces.totals(everything, selection.now_ns).traces
            out["selected"] = {
                "traces": selected,
                "of": sizes.traces,
                "share": share(selected, sizes.traces),
            }
    if by is not None:
        values = page.facets.get(by, ())
        out["by"] = {each.value: each.count for each in values[:_MOST_VALUES]}
        if len(values) > _MOST_VALUES:
            out["more_values"] = len(values) - _MOST_VALUES
    return out | told(page.search)


def _fields(asked: Filter) -> set[str]:
    return {name for name, _value in asked.pairs()}


def _page(reader: Reader, within: Filter, *, with_values: bool) -> TracePage:
    query = ListQuery(within, limit=1)
    return reader.store.traces.page(query, reader.selection.now_ns, facets=with_values, patience_s=0)
