"""Sums, counts of values and spreads of a selection, over the columns in memory."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np

from halo_dash.model.filter_fields import FACETS
from halo_dash.model.observation import Usage
from halo_dash.model.page import FacetValue, Totals
from halo_dash.model.spread import Spread, round_edges
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.memory.chosen import Chosen, measured
from halo_dash.store.memory.trace_table import TraceTable
from halo_dash.store.trace_rows import AGENT_IDENTITY

SHOWN_VALUES = 100
"""At most so many values of a field, the most frequent first."""

_LARGE_USD = 2.0**20
"""A trace that costs more would not leave room for the others."""


def totals(table: TraceTable, chosen: Chosen) -> Totals:
    """Sums over all that is selected."""
    mask = chosen.mask
    traces = int(np.count_nonzero(mask))
    if not traces:
        return Totals()
    costs = table["cost"][mask & table["is_priced"]]
    durations = table["duration"][mask]
    middle = (traces - 1) // 2
    return Totals(
        traces=traces,
        failed=_size(mask & chosen.statuses["error"]),
        recovered=_size(mask & chosen.statuses["recovered"]),
        running=_size(mask & chosen.statuses["running"]),
        spans=int(table["spans"][mask].sum()),
        errors=int(table["errors"][mask].sum()),
        llm_calls=int(table["calls"][mask].sum()),
        usage=Usage(*(_sum_of_known(table[name][mask]) for name in TOKENS)),
        cost_usd=_dollars(costs) if len(costs) else None,
        cost_is_partial=bool((mask & table["is_partial"]).any()),
        p50_duration_ns=int(np.partition(durations, middle)[middle]),
    )


def facets(table: TraceTable, chosen: Chosen) -> Mapping[str, tuple[FacetValue, ...]]:
    """Field name -> its values with their counts, the most frequent first, while the other fields hold."""
    counts_of_all = table.values.counts(chosen.mask)
    found: dict[str, tuple[FacetValue, ...]] = {}
    for each in FACETS:
        scope = chosen.without(each.name)
        if (masks := chosen.by_column.get(each.name)) is not None:
            sizes = ((-_size(scope & mask), value) for value, mask in masks.items())
            found[each.name] = tuple(FacetValue(value, -size) for size, value in sorted(sizes) if size)
            continue
        counts = counts_of_all if scope is chosen.mask else table.values.counts(scope)
        values = table.values.most_frequent(each.name, counts, SHOWN_VALUES)
        found[each.name] = _of_agents(table, values, counts) if each.name == "agent" else values
    return found


def _of_agents(table: TraceTable, shown: tuple[FacetValue, ...], counts: Array) -> tuple[FacetValue, ...]:
    """A name that is an agent's key counts that agent's traces, as the filter finds them: no namesake's."""
    values = table.values
    recounted = (
        FacetValue(each.value, values.count(AGENT_IDENTITY, each.value, counts))
        if values.has_any(AGENT_IDENTITY, each.value)
        else each
        for each in shown
    )
    return tuple(
        sorted((each for each in recounted if each.count), key=lambda each: (-each.count, each.value))
    )


def spread(table: TraceTable, chosen: Chosen, measure: str) -> Spread:
    """How a measure is spread over what is selected."""
    column, is_known = measured(table, measure)
    values = column[chosen.mask & is_known]
    if not len(values):
        return Spread()
    edges = round_edges(values.min().item(), values.max().item())
    ordered = np.sort(values)
    places = [int(np.searchsorted(ordered, edge)) for edge in edges]
    return Spread(edges, tuple(int(each) for each in np.diff(places)))


def _size(mask: Array) -> int:
    return int(np.count_nonzero(mask))


def _sum_of_known(tokens: Array) -> int | None:
    known = tokens[tokens >= 0]
    return int(known.sum()) if len(known) else None


def _dollars(costs: Array) -> float:
    """Rounded once, so the order of the traces never shows."""
    if float(costs.max()) >= _LARGE_USD or float(costs.min()) < 0:
        try:
            return math.fsum(costs.tolist())
        except OverflowError:  # absurd costs that senders state: what SQL says too
            return math.inf
    # In whole numbers of 2**-20, 2**-60 and 2**-100 dollars: a sixth of the time of `fsum`.
    total = 0
    for bits in (20, 40, 40):
        costs = costs * 2.0**bits
        whole = np.rint(costs)
        costs = costs - whole
        total = (total << bits) + int(whole.astype("i8").sum())
    return total / 2**100
