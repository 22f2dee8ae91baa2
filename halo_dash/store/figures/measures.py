"""Figures of many groups at once, as columns; those that are shown become values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from halo_dash.model.figures import NO_LATENCY, Figures, Latency
from halo_dash.model.observation import Usage
from halo_dash.store.figures.columns import Columns
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.figures.sums import Money, add, add_said, count, rank, spread


@dataclass(frozen=True)
class Runs:
    """Runs that count, each once for a group."""

    trace: Array
    """Place of its trace."""
    start: Array
    is_failed: Array
    is_recovered: Array
    duration: Array
    """-1 while it runs."""

    @cached_property
    def by_duration(self) -> Array:
        """Those that ended, the shortest first."""
        order = np.argsort(self.duration)
        return order[np.searchsorted(self.duration[order], 0) :]


class Measures:
    """The figures of `size` groups of runs."""

    def __init__(self, size: int, runs: tuple[Runs, Array], added: tuple[Columns, Array, Array]) -> None:
        """`runs`, each with its group; `added`: the table of parts, rows of it, the group of each."""
        of_runs, run_groups = runs
        table, rows, row_groups = added
        self.runs = count(run_groups, size)
        self.failed = count(run_groups[of_runs.is_failed], size)
        self.recovered = count(run_groups[of_runs.is_recovered], size)
        self.tokens = [add_said(row_groups, table[name][rows], size) for name in TOKENS]
        self.money = Money(row_groups, table["cost"][rows], size)
        self.llm = add(row_groups, table["llm"][rows], size)
        self.tools = add(row_groups, table["tools"][rows], size)
        self.unpriced = add(row_groups, table["unpriced"][rows], size)
        ended = of_runs.by_duration
        self.latency = spread(run_groups[ended], of_runs.duration[ended], size)

    def figures(self, group: int) -> Figures:
        """Those of one group."""
        return Figures(
            runs=int(self.runs[group]),
            failed=int(self.failed[group]),
            recovered=int(self.recovered[group]),
            llm_calls=int(self.llm[group]),
            tool_calls=int(self.tools[group]),
            usage=usage_of([int(each[group]) for each in self.tokens]),
            cost_usd=self.money.of(group),
            unpriced_calls=int(self.unpriced[group]),
            latency=latency_of(self.latency.of(group), int(self.latency.totals[group])),
        )


def usage_of(tokens: list[int]) -> Usage:
    """In the order of `TOKENS`; -1 is unknown."""
    return Usage(*(None if each < 0 else each for each in tokens))


def latency_of(ascending: Array, total_ns: int) -> Latency:
    """Of durations in order, and their sum."""
    if not len(ascending):
        return NO_LATENCY
    return Latency(rank(ascending, 50), rank(ascending, 95), rank(ascending, 99), total_ns // len(ascending))
