"""Figures of many groups at once, as columns; those that are shown become values."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from halo_dash.model.figures import NO_LATENCY, Figures, Latency
from halo_dash.model.observation import Usage
from halo_dash.store.figures.columns import Columns
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.figures.sums import Counts, Dollars, Money, count, rank, spread, sum_of


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
    in_effect: Array | None = None
    """Which failed in effect; None while nothing judges traces."""
    is_apart: Array | None = None
    """Which fared otherwise than their trace; None where the runs are whole traces."""

    @cached_property
    def by_duration(self) -> Array:
        """Those that ended, the shortest first."""
        order = np.argsort(self.duration)
        return order[np.searchsorted(self.duration[order], 0) :]


class Added:
    """Some parts, to be added up by one grouping after another."""

    def __init__(self, table: Columns, rows: Array) -> None:
        self.tokens = [Counts(table[name][rows]) for name in TOKENS]
        self.cost = Dollars(table["cost"][rows])
        self.llm, self.tools, self.unpriced = (
            Counts(table[name][rows]) for name in ("llm", "tools", "unpriced")
        )


class Measures:
    """The figures of `size` groups of runs."""

    def __init__(self, size: int, runs: tuple[Runs, Array], parts: tuple[Added, Array]) -> None:
        """`runs` and `parts`, each with its group."""
        of_runs, run_groups = runs
        added, groups = parts
        sizes = count(groups, size)
        self.runs = count(run_groups, size)
        self.failed = count(run_groups[of_runs.is_failed], size)
        self.recovered = count(run_groups[of_runs.is_recovered], size)
        in_effect = of_runs.in_effect
        self.in_effect = None if in_effect is None else count(run_groups[in_effect], size)
        is_apart = of_runs.is_apart
        self.apart = np.zeros(size, "i8") if is_apart is None else count(run_groups[is_apart], size)
        self.tokens = [each.by(groups, size, sizes) for each in added.tokens]
        self.money = Money(groups, added.cost, size)
        self.llm = added.llm.by(groups, size, sizes)
        self.tools = added.tools.by(groups, size, sizes)
        self.unpriced = added.unpriced.by(groups, size, sizes)
        ended = of_runs.by_duration
        self.latency = spread(run_groups[ended], of_runs.duration[ended], size)

    def total(self, runs: Runs) -> Figures:
        """All groups together, where every one of the runs is in one of them."""
        durations = runs.duration[runs.by_duration]
        return Figures(
            runs=int(self.runs.sum()),
            failed=int(self.failed.sum()),
            recovered=int(self.recovered.sum()),
            effectively_failed=None if self.in_effect is None else int(self.in_effect.sum()),
            apart=int(self.apart.sum()),
            llm_calls=_sum_of_known(self.llm) or 0,
            tool_calls=_sum_of_known(self.tools) or 0,
            usage=Usage(*map(_sum_of_known, self.tokens)),
            cost_usd=self.money.of_all(list(range(len(self.runs)))),
            unpriced_calls=_sum_of_known(self.unpriced) or 0,
            latency=latency_of(durations, sum_of(durations)),
        )

    def figures(self, group: int) -> Figures:
        """Those of one group."""
        return Figures(
            runs=int(self.runs[group]),
            failed=int(self.failed[group]),
            recovered=int(self.recovered[group]),
            effectively_failed=None if self.in_effect is None else int(self.in_effect[group]),
            apart=int(self.apart[group]),
            llm_calls=max(0, int(self.llm[group])),
            tool_calls=max(0, int(self.tools[group])),
            usage=usage_of([int(each[group]) for each in self.tokens]),
            cost_usd=self.money.of(group),
            unpriced_calls=max(0, int(self.unpriced[group])),
            latency=latency_of(self.latency.of(group), int(self.latency.totals[group])),
        )


def _sum_of_known(sums: Array) -> int | None:
    known = [each for each in sums.tolist() if each >= 0]
    return sum(known) if known else None


def usage_of(tokens: list[int]) -> Usage:
    """In the order of `TOKENS`; -1 is unknown."""
    return Usage(*(None if each < 0 else each for each in tokens))


def latency_of(ascending: Array, total_ns: int) -> Latency:
    """Of durations in order, and their sum."""
    if not len(ascending):
        return NO_LATENCY
    return Latency(rank(ascending, 50), rank(ascending, 95), rank(ascending, 99), total_ns // len(ascending))
