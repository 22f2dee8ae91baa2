"""Calls and steps by model, tool and name; the slowest, the most failing, the most expensive."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Final, Literal

import numpy as np

from halo_dash.model.figures import DearCall, Figures, Group, Step
from halo_dash.model.observation import Kind, Usage
from halo_dash.store.figures.chosen import Chosen, read_terms
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.figures.measures import latency_of, usage_of
from halo_dash.store.figures.packing import (
    IS_CALL,
    IS_ERROR,
    IS_FIRST_NAMED_OF_AGENT,
    IS_FIRST_NAMED_OF_TRACE,
    IS_FIRST_OF_AGENT,
    IS_FIRST_OF_TRACE,
    IS_LABELLED,
    KIND_BITS,
    KIND_NUMBER,
    KINDS,
)
from halo_dash.store.figures.span_refs import find_spans
from halo_dash.store.figures.sums import Dollars, Money, Spread, add_between

SHOWN_STEPS: Final = 50
SHOWN_TOOLS: Final = 20
SHOWN_CALLS: Final = 20

_LLM: Final = KIND_NUMBER[Kind.LLM]
_TOOL: Final = KIND_NUMBER[Kind.TOOL]
_LABELLED: Final = {
    "model": [KIND_NUMBER[kind] | IS_LABELLED for kind in (Kind.LLM, Kind.EMBEDDING, Kind.RERANKER)],
    "tool": [_TOOL | IS_LABELLED],
}


class StepFigures:
    """What was done in some parts, by kind and name."""

    def __init__(self, chosen: Chosen, parts: Array, *, is_of_agent: bool) -> None:
        """`is_of_agent`: the parts are all those of one agent, not of whole traces."""
        self._chosen = chosen
        tables = chosen.tables
        self._codes = tables.codes()
        self._kinds = self._codes & KIND_BITS
        self._is_in = np.zeros(tables.parts.size, bool)
        self._is_in[parts] = True
        self._is_of_agent = is_of_agent
        self._bounds = tables.steps.bounds(tables.groups)
        what = tables.steps["what"]
        self._is_mine = self._is_in[tables.steps["part"]]
        first = IS_FIRST_OF_AGENT if is_of_agent else IS_FIRST_OF_TRACE
        is_call = self._is_mine & (what & IS_CALL != 0)
        self._counts = self._count(is_call)
        self._errors = self._count(is_call & (what & IS_ERROR != 0))
        self._runs = self._count(is_call & (what & first != 0))
        durations = tables.steps["duration"]
        self._has_ended = is_call & (durations >= 0)
        counts = self._count(self._has_ended)
        totals = add_between(np.where(self._has_ended, durations, 0), self._bounds)
        self._latency = Spread(counts, np.cumsum(counts), durations[self._has_ended], totals)
        self._calls = _CallSums(chosen, self._is_in)

    def _count(self, is_in: Array) -> Array:
        return add_between(is_in, self._bounds)

    def by(self, dimension: Literal["model", "tool"], limit: int) -> tuple[Group, ...]:
        """By model, or by tool, those of the most runs first. A model that does two kinds of work is one."""
        what = self._codes & (KIND_BITS | IS_LABELLED)
        shown = np.flatnonzero(np.isin(what, _LABELLED[dimension]))
        tables = self._chosen.tables
        groups: dict[int, list[int]] = {}
        for group in shown.tolist():
            groups.setdefault(tables.label(group)[0], []).append(group)
        number = {term: int(self._runs_by_name[0][some].sum()) for term, some in groups.items()}
        best = sorted((term for term in groups if number[term]), key=lambda term: (-number[term], term))[
            :limit
        ]
        values = read_terms(self._chosen.connection, best)
        return tuple(Group(values[term][1], self._figures(groups[term])) for term in best)

    @cached_property
    def _runs_by_name(self) -> tuple[Array, Array, Array, Array | None]:
        """Of each group how many runs, failed, recovered and in effect failed runs it is in, wrappers too.

        Of several kinds with one name the first in a run has it.
        """
        steps = self._chosen.tables.steps
        first = IS_FIRST_NAMED_OF_AGENT if self._is_of_agent else IS_FIRST_NAMED_OF_TRACE
        is_first = self._is_mine & (steps["what"] & first != 0)
        failed, recovered, in_effect = self._chosen.outcomes(of_agents=self._is_of_agent)
        return (
            self._count(is_first),
            self._count(is_first & failed[steps["part"]]),
            self._count(is_first & recovered[steps["part"]]),
            None if in_effect is None else self._count(is_first & in_effect[steps["part"]]),
        )

    @cached_property
    def _apart_by_name(self) -> Array:
        """Of each group how many of these runs fared otherwise than their trace."""
        if not self._is_of_agent:
            return np.zeros(len(self._codes), "i8")
        steps = self._chosen.tables.steps
        is_first = self._is_mine & (steps["what"] & IS_FIRST_NAMED_OF_AGENT != 0)
        return self._count(is_first & self._chosen.apart()[steps["part"]])

    def _figures(self, groups: list[int]) -> Figures:
        runs, failed, recovered = (int(each[groups].sum()) for each in self._runs_by_name[:3])
        in_effect = self._runs_by_name[3]
        found = [self._latency.of(group) for group in groups]
        ascending = found[0] if len(found) == 1 else np.sort(np.concatenate(found))
        total_ns = sum(int(self._latency.totals[group]) for group in groups)
        calls = {kind: int(self._counts[groups][self._kinds[groups] == kind].sum()) for kind in (_LLM, _TOOL)}
        return Figures(
            runs=runs,
            failed=failed,
            recovered=recovered,
            effectively_failed=None if in_effect is None else int(in_effect[groups].sum()),
            apart=int(self._apart_by_name[groups].sum()),
            llm_calls=calls[_LLM],
            tool_calls=calls[_TOOL],
            usage=self._calls.usage(groups),
            cost_usd=self._calls.money.of_all(groups),
            unpriced_calls=int(self._calls.unpriced[groups].sum()),
            latency=latency_of(ascending, total_ns),
        )

    def steps(self) -> tuple[Step, ...]:
        """What takes most time in all."""
        has_any = np.flatnonzero(self._counts > 0)
        order = np.lexsort((self._codes[has_any], -self._latency.totals[has_any]))
        return self._named(has_any[order][:SHOWN_STEPS].tolist())

    def failing_tools(self) -> tuple[Step, ...]:
        """The tools that fail most often."""
        failing = np.flatnonzero((self._errors > 0) & (self._kinds == _TOOL))
        order = np.lexsort((self._codes[failing], -self._counts[failing], -self._errors[failing]))
        return self._named(failing[order][:SHOWN_TOOLS].tolist())

    def _named(self, groups: Sequence[int]) -> tuple[Step, ...]:
        tables = self._chosen.tables
        labels = {group: tables.label(group) for group in groups}
        values = read_terms(self._chosen.connection, (term for term, _what in labels.values()))
        slowest = {group: place for group in groups if (place := self._slowest(group)) is not None}
        spans = find_spans(self._chosen, tables.steps, slowest.values())
        found: list[Step] = []
        for group in groups:
            term, what = labels[group]
            span = spans.get(slowest.get(group, -1))
            total_ns = int(self._latency.totals[group])
            found.append(
                Step(
                    kind=KINDS[what & KIND_BITS],
                    label=values[term][1] if term else "",
                    calls=int(self._counts[group]),
                    errors=int(self._errors[group]),
                    runs=int(self._runs[group]),
                    total_ns=total_ns,
                    latency=latency_of(self._latency.of(group), total_ns),
                    cost_usd=self._calls.money.of(group),
                    slowest=None if span is None else span.ref,
                )
            )
        return tuple(found)

    def _slowest(self, group: int) -> int | None:
        """The place of the longest step of a group; of equal ones that of the oldest trace."""
        tables, end = self._chosen.tables, int(self._bounds[group + 1])
        some = slice(int(self._bounds[group]), end)
        longest = self._latency.of(group)[-1:]
        if not len(longest):
            return None
        durations = tables.steps["duration"][some]
        low = some.start + int(np.searchsorted(durations, longest[0]))
        places = low + np.flatnonzero(
            self._has_ended[low:end] & (tables.steps["duration"][low:end] == longest[0])
        )
        return int(places[0]) if len(places) == 1 else self._oldest(places)

    def _oldest(self, places: Array) -> int:
        tables = self._chosen.tables
        rows = tables.traces["row"][tables.parts["trace"][tables.steps["part"][places]]]
        return int(places[np.lexsort((tables.steps["sequence"][places], rows))[0]])

    def dear_calls(self) -> tuple[DearCall, ...]:
        """The most expensive LLM calls."""
        return self._calls.dearest(self._kinds == _LLM)


class _CallSums:
    """The tokens and the cost of the calls that count, by group."""

    def __init__(self, chosen: Chosen, is_in: Array) -> None:
        self._chosen = chosen
        tables = chosen.tables
        bounds = tables.calls.bounds(tables.groups)
        self._is_mine = is_in[tables.calls["part"]]
        self._is_all = bool(self._is_mine.all())
        sizes = add_between(self._is_mine, bounds)
        self._bounds = np.concatenate(([0], np.cumsum(sizes)))
        self._cost = self._mine("cost")
        self._group = np.repeat(np.arange(tables.groups), sizes)
        self.money = Money(self._group, Dollars(self._cost), tables.groups)
        self.unpriced = add_between(np.isnan(self._cost), self._bounds)
        self._tokens = [self._added(self._mine(name)) for name in TOKENS]

    def _mine(self, name: str) -> Array:
        column = self._chosen.tables.calls[name]
        return column if self._is_all else column[self._is_mine]

    def _added(self, tokens: Array) -> Array:
        is_said = tokens >= 0
        total = add_between(tokens if is_said.all() else np.where(is_said, tokens, 0), self._bounds)
        total[add_between(is_said, self._bounds) == 0] = -1
        return total

    def usage(self, groups: list[int]) -> Usage:
        """Of some groups together."""
        known = [each[groups] for each in self._tokens]
        return usage_of([int(each[each >= 0].sum()) if (each >= 0).any() else -1 for each in known])

    def dearest(self, is_shown: Array) -> tuple[DearCall, ...]:
        """The most expensive calls of the groups that are shown."""
        tables = self._chosen.tables
        priced = (self._cost > 0) & is_shown[self._group]
        places, cost = np.flatnonzero(self._is_mine)[priced], self._cost[priced]
        if len(cost) > SHOWN_CALLS:
            is_dear = cost >= np.partition(cost, len(cost) - SHOWN_CALLS)[len(cost) - SHOWN_CALLS]
            places, cost = places[is_dear], cost[is_dear]
        rows = tables.traces["row"][tables.parts["trace"][tables.calls["part"][places]]]
        order = np.lexsort((tables.calls["sequence"][places], rows, -cost))[:SHOWN_CALLS]
        best = places[order].tolist()
        spans = find_spans(self._chosen, tables.calls, best)
        return tuple(
            DearCall(
                ref=spans[call].ref,
                start_ns=spans[call].start_ns,
                model=spans[call].model,
                usage=usage_of([int(tables.calls[name][call]) for name in TOKENS]),
                cost_usd=float(tables.calls["cost"][call]),
                question=spans[call].question,
            )
            for call in best
            if call in spans
        )
