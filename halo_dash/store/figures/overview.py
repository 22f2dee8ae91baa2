"""The overview of a selection, or of one agent in it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final

import numpy as np

from halo_dash.model.figures import Dimension, Figures, Group, Overview, VersionMark
from halo_dash.store.figures.buckets import bucket_of
from halo_dash.store.figures.chosen import Chosen, read_terms
from halo_dash.store.figures.distinct import distinct
from halo_dash.store.figures.layout import Array
from halo_dash.store.figures.measures import Added, Measures, Runs
from halo_dash.store.figures.steps import StepFigures

SHOWN_GROUPS: Final = 100
"""Values of a dimension, those with most runs first."""


def overview(chosen: Chosen, edges_ns: Sequence[int], agent: int | None) -> Overview:
    """`agent` is the term of one agent, whose parts alone count; None counts whole traces."""
    return _Overview(chosen, edges_ns, agent).make()


def total(chosen: Chosen, agent: int | None) -> Figures:
    """The sums alone, in a part of the time."""
    return _Overview(chosen, (), agent).total()


class _Overview:
    def __init__(self, chosen: Chosen, edges_ns: Sequence[int], agent: int | None) -> None:
        self._chosen = chosen
        self._edges_ns = edges_ns
        self._agent = agent
        table = chosen.tables.parts
        self._parts = chosen.parts()
        if agent is None:
            self._runs = chosen.whole_runs()
        else:
            self._parts = self._parts[table["agent"][self._parts] == agent]
            self._runs, _parts = chosen.runs_of(self._parts)

    def make(self) -> Overview:
        starts = self._runs.start
        steps = StepFigures(self._chosen, self._parts, is_of_agent=self._agent is not None)
        groups: dict[Dimension, tuple[Group, ...]] = {
            "model": steps.by("model", SHOWN_GROUPS),
            "tool": steps.by("tool", SHOWN_GROUPS),
            "version": self._by_text("version"),
            "environment": self._by_text("environment"),
        }
        return Overview(
            total=self.total(),
            edges_ns=tuple(self._edges_ns),
            buckets=tuple(self._by_bucket.figures(each) for each in range(len(self._edges_ns) - 1)),
            groups=groups,
            steps=steps.steps(),
            failing_tools=steps.failing_tools(),
            dear_calls=steps.dear_calls(),
            versions=self._versions(),
            first_ns=int(starts.min()) if len(starts) else None,
            last_ns=int(starts.max()) if len(starts) else None,
        )

    @cached_property
    def _added(self) -> Added:
        return Added(self._chosen.tables.parts, self._parts)

    def total(self) -> Figures:
        """All of it together."""
        return self._by_bucket.total(self._runs)

    @cached_property
    def _by_bucket(self) -> Measures:
        tables = self._chosen.tables
        # What lies outside goes into one more bucket, that nobody sees.
        of_run = bucket_of(self._runs.start, self._edges_ns)
        of_part = bucket_of(tables.traces["start"][tables.parts["trace"][self._parts]], self._edges_ns)
        size = max(1, len(self._edges_ns))
        return Measures(size, (self._runs, of_run), (self._added, of_part))

    def _by_text(self, name: str) -> tuple[Group, ...]:
        """By a text of the parts, the most frequent first; parts without one are left out."""
        texts = self._chosen.tables.parts[name][self._parts]
        has_one = texts != 0
        terms, groups = distinct(texts[has_one])
        size = len(terms)
        of_part = np.full(len(texts), size)
        of_part[has_one] = groups
        runs = self._runs_by(self._parts[has_one], groups, size)
        found = Measures(size + 1, runs, (self._added, of_part))
        shown = np.lexsort((terms, -found.runs[:size]))[:SHOWN_GROUPS].tolist()
        values = read_terms(self._chosen.connection, terms[shown].tolist())
        return tuple(Group(values[int(terms[each])][1], found.figures(each)) for each in shown)

    def _runs_by(self, parts: Array, groups: Array, size: int) -> tuple[Runs, Array]:
        """The runs by group, those without one in group `size`."""
        traces = self._chosen.tables.parts["trace"][parts]
        of_trace = np.full(self._chosen.tables.traces.size, size, "i8")
        of_trace[traces] = groups
        if (of_trace[traces] == groups).all():
            return self._runs, of_trace[self._runs.trace]
        # Agents of one trace have different values.
        return self._chosen.runs_by(parts, groups)

    def _versions(self) -> tuple[VersionMark, ...]:
        tables = self._chosen.tables
        texts = tables.parts["version"][self._parts]
        parts, texts = self._parts[texts != 0], texts[texts != 0]
        starts = tables.traces["start"][tables.parts["trace"][parts]]
        terms, groups = distinct(texts)
        first = np.full(len(terms), np.iinfo("i8").max)
        np.minimum.at(first, groups, starts)
        shown = np.lexsort((terms, first))[:SHOWN_GROUPS].tolist()
        values = read_terms(self._chosen.connection, terms[shown].tolist())
        return tuple(VersionMark(values[int(terms[each])][1], int(first[each])) for each in shown)
