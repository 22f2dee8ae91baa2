"""Agents: who they are and how they are doing, all at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from halo_dash.model.figures import UNNAMED, AgentRow
from halo_dash.store.figures.buckets import bucket_of
from halo_dash.store.figures.chosen import Chosen, read_terms
from halo_dash.store.figures.distinct import distinct
from halo_dash.store.figures.layout import Array
from halo_dash.store.figures.measures import Added, Measures
from halo_dash.store.figures.packing import HAS_ID
from halo_dash.store.figures.sums import count

_LAST_SAID = ("name", "role", "version", "framework")


def agent_rows(chosen: Chosen, edges_ns: Sequence[int], only: Array | None = None) -> tuple[AgentRow, ...]:
    """Every agent (or those with the terms `only`), the busiest first."""
    table = chosen.tables.parts
    parts = chosen.parts()
    parts = parts[table["agent"][parts] != 0]
    if only is not None:
        parts = parts[np.isin(table["agent"][parts], only)]
    terms, groups = distinct(table["agent"][parts])
    size = len(terms)
    runs, run_parts = chosen.runs_of(parts)
    run_groups = np.searchsorted(terms, table["agent"][run_parts])
    measures = Measures(size, (runs, run_groups), (Added(table, parts), groups))
    order = np.lexsort((chosen.tables.traces["row"][runs.trace], runs.start, run_groups))
    ordered = run_groups[order]
    firsts = np.searchsorted(ordered, np.arange(size))
    lasts = np.searchsorted(ordered, np.arange(size), side="right") - 1
    starts = runs.start[order]
    said = {name: _last_said(table[name][run_parts][order], ordered, size) for name in _LAST_SAID}
    names = _names(table["name"][run_parts], run_groups)
    buckets = max(0, len(edges_ns) - 1)
    by_bucket, failed_by_bucket = _by_bucket(runs.start, runs.is_failed, run_groups, size, edges_ns)
    text = {
        term: value
        for term, (_field, value) in read_terms(
            chosen.connection,
            {*terms.tolist(), *(each for one in said.values() for each in one.tolist())}
            | {each for some in names.values() for each in some},
        ).items()
    }
    has_id = np.zeros(size, bool)
    has_id[run_groups[table["flags"][run_parts] & HAS_ID != 0]] = True
    rows: list[AgentRow] = []
    for group in sorted(range(size), key=lambda each: (-measures.runs[each], text[int(terms[each])])):
        key = text[int(terms[group])]
        # Nobody knows whether the runs of nobody are those of one agent.
        is_known = key != UNNAMED
        called = {name: text.get(int(said[name][group])) if is_known else None for name in _LAST_SAID}
        name = called["name"] or key
        others = {text[each] for each in names.get(group, ()) if each} - {name}
        rows.append(
            AgentRow(
                key=key,
                agent_id=key if has_id[group] else None,
                name=name,
                other_names=tuple(sorted(others)),
                role=called["role"],
                version=called["version"],
                framework=called["framework"],
                first_seen_ns=int(starts[firsts[group]]),
                last_seen_ns=int(starts[lasts[group]]),
                figures=measures.figures(group),
                runs_by_bucket=tuple(by_bucket[group * buckets : (group + 1) * buckets].tolist()),
                failed_by_bucket=tuple(failed_by_bucket[group * buckets : (group + 1) * buckets].tolist()),
            )
        )
    return tuple(rows)


def _last_said(values: Array, groups: Array, size: int) -> Array:
    """The last value that is not 0 of each group; of repeated places an assignment keeps the last."""
    found = np.zeros(size, "i8")
    is_said = values != 0
    found[groups[is_said]] = values[is_said]
    return found


def _names(values: Array, groups: Array) -> dict[int, list[int]]:
    """Every name of each group."""
    pairs = np.unique(groups.astype("i8") << 32 | values)
    found: dict[int, list[int]] = {}
    for pair in pairs.tolist():
        found.setdefault(pair >> 32, []).append(pair & 0xFFFFFFFF)
    return found


def _by_bucket(
    starts: Array, is_failed: Array, groups: Array, size: int, edges_ns: Sequence[int]
) -> tuple[Array, Array]:
    """Runs, and failed runs, of each group and bucket."""
    buckets = max(0, len(edges_ns) - 1)
    if not buckets:
        return np.zeros(0, "i8"), np.zeros(0, "i8")
    bucket = bucket_of(starts, edges_ns)
    is_in = bucket < buckets
    cells = groups[is_in] * buckets + bucket[is_in]
    return count(cells, size * buckets), count(cells[is_failed[is_in]], size * buckets)
