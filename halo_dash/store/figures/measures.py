"""Figures of many groups at once, as columns; those that are shown become values."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from halo_dash.model.figures import NO_LATENCY, Figures, Latency
from halo_dash.model.observation import Usage
from halo_dash.store.figures.columns import Columns
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.figures.sums import Money, Spread, add, add_said, count, spread


@dataclass(frozen=True, slots=True)
class Runs:
    """Runs that count, each once for a group."""

    trace: Array
    """Place of its trace."""
    start: Array
    is_failed: Array
    is_recovered: Array
    duration: Array
    """-1 while it runs."""

    def only(self, rows: Array) -> Runs:
        """Some of them."""
        return Runs(
            self.trace[rows],
            self.start[rows],
            self.is_failed[rows],
            self.is_recovered[rows],
            self.duration[rows],
        )


class Measures:
    """The figures of `size` groups."""

    def __init__(
        self,
        size: int,
        runs: tuple[Runs, Array],
        added: tuple[Columns, Array, Array],
        *,
        latency: Spread | None = None,
    ) -> None:
        """`runs`, each with its group; `added`: a table (parts, or calls), rows of it, the group of each.

        `latency` is that of the runs unless given.
        """
        of_runs, run_groups = runs
        table, rows, row_groups = added
        self.size = size
        self.runs = count(run_groups, size)
        self.failed = count(run_groups[of_runs.is_failed], size)
        self.recovered = count(run_groups[of_runs.is_recovered], size)
        self.tokens = [add_said(row_groups, table[name][rows], size) for name in TOKENS]
        self.money = Money(row_groups, table["cost"][rows], size)
        self.llm = self.tools = self.unpriced = np.zeros(size, "i8")
        ended = of_runs.duration >= 0
        self.latency = latency or spread(run_groups[ended], of_runs.duration[ended], size)

    @classmethod
    def of_parts(cls, size: int, runs: tuple[Runs, Array], added: tuple[Columns, Array, Array]) -> Measures:
        """With what only parts say."""
        self = cls(size, runs, added)
        table, rows, row_groups = added
        self.llm = add(row_groups, table["llm"][rows], size)
        self.tools = add(row_groups, table["tools"][rows], size)
        self.unpriced = add(row_groups, table["unpriced"][rows], size)
        return self

    def figures(self, group: int) -> Figures:
        """Those of one group."""
        tokens = [int(each[group]) for each in self.tokens]
        return Figures(
            runs=int(self.runs[group]),
            failed=int(self.failed[group]),
            recovered=int(self.recovered[group]),
            llm_calls=int(self.llm[group]),
            tool_calls=int(self.tools[group]),
            usage=Usage(*(None if each < 0 else each for each in tokens)),
            cost_usd=self.money.of(group),
            unpriced_calls=int(self.unpriced[group]),
            latency=latency_of(self.latency, group),
        )


def latency_of(found: Spread, group: int) -> Latency:
    """Of one group."""
    number = int(found.counts[group])
    if not number:
        return NO_LATENCY
    return Latency(
        found.at(group, 50), found.at(group, 95), found.at(group, 99), int(found.totals[group]) // number
    )
