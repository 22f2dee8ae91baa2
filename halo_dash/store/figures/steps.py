"""Calls and steps by model, tool and name; the slowest, the most failing, the most expensive."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from halo_dash.model.figures import DearCall, Group, SpanRef, Step
from halo_dash.model.observation import Kind, Usage
from halo_dash.store.figures.chosen import Chosen, read_terms
from halo_dash.store.figures.layout import TOKENS, Array
from halo_dash.store.figures.measures import Measures, Runs, latency_of
from halo_dash.store.figures.packing import (
    IS_CALL,
    IS_ERROR,
    IS_FIRST_OF_AGENT,
    IS_FIRST_OF_TRACE,
    IS_LABELLED,
    KIND_BITS,
    KIND_NUMBER,
    KINDS,
)
from halo_dash.store.figures.span_refs import find_spans
from halo_dash.store.figures.sums import Money, count, spread

SHOWN_STEPS: Final = 50
SHOWN_TOOLS: Final = 20
SHOWN_CALLS: Final = 20

_LLM: Final = KIND_NUMBER[Kind.LLM]
_TOOL: Final = KIND_NUMBER[Kind.TOOL]
_MODELS: Final = [KIND_NUMBER[kind] | IS_LABELLED for kind in (Kind.LLM, Kind.EMBEDDING, Kind.RERANKER)]


class CallFigures:
    """What was called in some parts."""

    def __init__(self, chosen: Chosen, parts: Array, *, is_of_agent: bool) -> None:
        self._chosen = chosen
        self._is_of_agent = is_of_agent
        tables = chosen.tables
        self._is_in = np.zeros(tables.parts.size, bool)
        self._is_in[parts] = True
        is_all = bool(self._is_in.all())
        self._every_step = _rows(tables.steps.size, None if is_all else self._is_in[tables.steps["part"]])
        self._steps = self._every_step[tables.steps["what"][self._every_step] & IS_CALL != 0]
        self._calls = _rows(tables.calls.size, None if is_all else self._is_in[tables.calls["part"]])
        self._size = tables.groups
        self._codes = tables.codes()
        self._what = tables.steps["what"][self._steps]
        self._groups = tables.steps["group"][self._steps]
        durations = tables.steps["duration"][self._steps]
        ended = durations >= 0
        self._latency = spread(self._groups[ended], durations[ended], self._size)
        first = IS_FIRST_OF_AGENT if is_of_agent else IS_FIRST_OF_TRACE
        self._is_first = self._what & first != 0
        self._counts = count(self._groups, self._size)
        self._errors = count(self._groups[self._what & IS_ERROR != 0], self._size)
        self._runs = count(self._groups[self._is_first], self._size)
        call_groups = tables.calls["group"][self._calls]
        self._money = Money(call_groups, tables.calls["cost"][self._calls], self._size)

    def models(self, limit: int) -> tuple[Group, ...]:
        """By model of model calls, the most frequent first."""
        return self._by_label(np.isin(self._chosen.tables.kinds(), _MODELS), limit, is_tool=False)

    def tools(self, limit: int) -> tuple[Group, ...]:
        """By tool."""
        return self._by_label(self._chosen.tables.kinds() == _TOOL | IS_LABELLED, limit, is_tool=True)

    def _by_label(self, is_shown: Array, limit: int, *, is_tool: bool) -> tuple[Group, ...]:
        """By the label of some groups. A model that does two kinds of work is one."""
        tables = self._chosen.tables
        shown = np.flatnonzero(is_shown)
        if not len(shown):
            return ()
        terms = np.array([tables.label(group)[0] for group in shown.tolist()], "i8")
        distinct, label = np.unique(terms, return_inverse=True)
        label_of = np.full(self._size, -1, "i8")
        label_of[shown] = label
        of_step, of_call = label_of[self._groups], label_of[tables.calls["group"][self._calls]]
        steps, calls = self._steps[of_step >= 0], self._calls[of_call >= 0]
        of_step, of_call = of_step[of_step >= 0], of_call[of_call >= 0]
        size = len(distinct)
        runs, run_labels = self._runs_by(label_of)
        durations = tables.steps["duration"][steps]
        ended = durations >= 0
        found = Measures(
            size,
            (runs, run_labels),
            (tables.calls, calls, of_call),
            latency=spread(of_step[ended], durations[ended], size),
        )
        is_llm = tables.steps["what"][steps] & KIND_BITS == _LLM
        found.tools = count(of_step, size) if is_tool else found.tools
        found.llm = count(of_step[is_llm], size)
        found.unpriced = count(of_call[np.isnan(tables.calls["cost"][calls])], size)
        best = np.lexsort((distinct, -found.runs))[:limit]
        best = best[found.runs[best] > 0].tolist()
        values = read_terms(self._chosen.connection, distinct[best].tolist())
        return tuple(Group(values[int(distinct[each])][1], found.figures(each)) for each in best)

    def _runs_by(self, label_of: Array) -> tuple[Runs, Array]:
        """The runs that have each label, be it on a span that only wraps a call; each once."""
        tables = self._chosen.tables
        labels = label_of[tables.steps["group"][self._every_step]]
        traces = tables.parts["trace"][tables.steps["part"][self._every_step[labels >= 0]]].astype("i8")
        size = max(1, tables.traces.size)
        pairs = np.unique(labels[labels >= 0] * size + traces)
        labels, places = pairs // size, pairs % size
        if not self._is_of_agent:
            return self._chosen.whole_of(places), labels
        runs, _parts = self._chosen.runs_of(np.flatnonzero(self._is_in))
        # One agent has one run in a trace.
        at = np.searchsorted(runs.trace, places)
        return runs.only(at), labels

    def steps(self) -> tuple[Step, ...]:
        """What takes most time in all."""
        has_any = np.flatnonzero(self._counts > 0)
        order = np.lexsort((self._codes[has_any], -self._latency.totals[has_any]))
        return self._named(has_any[order][:SHOWN_STEPS].tolist())

    def failing_tools(self) -> tuple[Step, ...]:
        """The tools that fail most often."""
        is_tool = self._chosen.tables.kinds() & KIND_BITS == _TOOL
        failing = np.flatnonzero((self._errors > 0) & is_tool)
        order = np.lexsort((self._codes[failing], -self._counts[failing], -self._errors[failing]))
        return self._named(failing[order][:SHOWN_TOOLS].tolist())

    def _named(self, groups: Sequence[int]) -> tuple[Step, ...]:
        tables = self._chosen.tables
        labels = {group: tables.label(group) for group in groups}
        values = read_terms(self._chosen.connection, (term for term, _what in labels.values()))
        slowest = self._slowest(groups)
        found: list[Step] = []
        for group in groups:
            term, what = labels[group]
            found.append(
                Step(
                    kind=KINDS[what & KIND_BITS],
                    label=values[term][1] if term else "",
                    calls=int(self._counts[group]),
                    errors=int(self._errors[group]),
                    runs=int(self._runs[group]),
                    total_ns=int(self._latency.totals[group]),
                    latency=latency_of(self._latency, group),
                    cost_usd=self._money.of(group),
                    slowest=slowest.get(group),
                )
            )
        return tuple(found)

    def _slowest(self, groups: Sequence[int]) -> dict[int, SpanRef]:
        """The longest step of each group; of equal ones that of the oldest trace."""
        tables = self._chosen.tables
        most = np.full(self._size, -2, "i8")
        for group in groups:
            if self._latency.counts[group]:
                most[group] = self._latency.at(group, 100)
        is_most = tables.steps["duration"][self._steps] == most[self._groups]
        candidates = self._steps[is_most]
        traces = tables.parts["trace"][tables.steps["part"][candidates]]
        order = np.lexsort((candidates, tables.traces["row"][traces]))
        best: dict[int, int] = {}
        for step in candidates[order].tolist():
            best.setdefault(int(tables.steps["group"][step]), step)
        spans = find_spans(self._chosen, best.values(), "steps")
        return {group: spans[step].ref for group, step in best.items() if step in spans}

    def dear_calls(self) -> tuple[DearCall, ...]:
        """The most expensive LLM calls."""
        tables = self._chosen.tables
        cost = tables.calls["cost"][self._calls]
        is_llm = tables.calls["what"][self._calls] & KIND_BITS == _LLM
        priced = self._calls[is_llm & (cost > 0)]
        cost = tables.calls["cost"][priced]
        if len(cost) > SHOWN_CALLS:
            least = np.partition(cost, len(cost) - SHOWN_CALLS)[len(cost) - SHOWN_CALLS]
            priced = priced[cost >= least]
            cost = tables.calls["cost"][priced]
        rows = tables.traces["row"][tables.parts["trace"][tables.calls["part"][priced]]]
        best = priced[np.lexsort((priced, rows, -cost))][:SHOWN_CALLS].tolist()
        spans = find_spans(self._chosen, best, "calls")
        found: list[DearCall] = []
        for call in best:
            if call in spans:
                tokens = [int(tables.calls[name][call]) for name in TOKENS]
                found.append(
                    DearCall(
                        ref=spans[call].ref,
                        start_ns=spans[call].start_ns,
                        model=spans[call].model,
                        usage=Usage(*(None if each < 0 else each for each in tokens)),
                        cost_usd=float(tables.calls["cost"][call]),
                        question=spans[call].question,
                    )
                )
        return tuple(found)


def _rows(size: int, is_in: Array | None) -> Array:
    return np.arange(size) if is_in is None else np.flatnonzero(is_in)
