"""Sessions and users: the traces of each as one row."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from halo_dash.errors import UsageError
from halo_dash.model.figures import GROUP_SORTS, Figures, GroupBy, GroupPage, GroupRow
from halo_dash.model.filter import ListQuery
from halo_dash.model.trace import TraceSummary
from halo_dash.store.cursor import read_cursor, write_cursor
from halo_dash.store.figures.chosen import Chosen, find_term, read_terms
from halo_dash.store.figures.distinct import distinct
from halo_dash.store.figures.layout import Array
from halo_dash.store.figures.measures import Added, Measures
from halo_dash.store.figures.sums import count, covered
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import unpack_summary

_LOOKED_AT: Final = 4
"""So many traces are asked for a question, or an answer."""

_NOWHERE: Final = -1
"""Stands in a cursor for a value that is unknown; such groups come last."""


@dataclass(frozen=True, slots=True)
class _Story:
    """What is read of the traces of a group."""

    places: list[int]
    """Of its traces, by start."""
    failed: int | None
    """Place of the last that failed."""


class Groups:
    """The sessions, or the users, of a selection."""

    def __init__(self, chosen: Chosen, by: GroupBy, only: Array | None = None) -> None:
        """`only` these terms, where it is given."""
        self._chosen = chosen
        self._by = by
        tables = chosen.tables
        table = tables.parts
        parts = chosen.parts()
        parts = parts[table[by][parts] != 0]
        if only is not None:
            parts = parts[np.isin(table[by][parts], only)]
        self._parts = parts
        self._terms, self._groups = distinct(table[by][parts])
        self.size = len(self._terms)
        runs, self._run_groups = chosen.runs_by(parts, self._groups)
        self._runs = runs
        self._added = Added(table, parts)
        self._measures = self._measure(self.size, self._run_groups, self._groups)
        starts = tables.traces["start"][runs.trace]
        lengths = tables.traces["duration"][runs.trace]
        self._first = np.full(self.size, np.iinfo("i8").max)
        np.minimum.at(self._first, self._run_groups, starts)
        self._last = np.zeros(self.size, "i8")
        np.maximum.at(self._last, self._run_groups, starts + lengths)
        is_running = chosen.is_running[runs.trace]
        self._running = count(self._run_groups[is_running], self.size)
        is_left = tables.traces["is_open"][runs.trace] & ~is_running & ~runs.is_failed
        self._incomplete = count(self._run_groups[is_left], self.size)
        self._active = covered(self._run_groups, starts, lengths, self.size)

    def _measure(self, size: int, run_groups: Array, groups: Array) -> Measures:
        return Measures(size, (self._runs, run_groups), (self._added, groups))

    def page(self, query: ListQuery) -> GroupPage:
        """One page. Raises `UsageError` for an order there is not, or a cursor of another list."""
        if query.sort not in GROUP_SORTS:
            raise UsageError(f"sort must be one of {', '.join(GROUP_SORTS)}, not {query.sort!r}.")
        kind = f"{self._by}s {query.sort}"
        order = _Order(query.sort, self._values(query.sort.removeprefix("-")), self._last, self._terms)
        begin = 0
        if query.cursor:
            value, last_ns, text = read_cursor(query.cursor, kind, ((int, float), int, str))
            term = find_term(self._chosen.connection, self._by, text)
            begin = order.behind(value, last_ns, -1 if term is None else term)
        shown = order.groups[begin : begin + query.limit].tolist()
        rows = self.rows(shown)
        cursor = None
        if begin + len(shown) < self.size:
            value, last_ns = order.position(shown[-1])
            cursor = write_cursor(kind, (value, last_ns, rows[-1].value))
        return GroupPage(rows, cursor, self.size, self._total())

    def _total(self) -> Figures:
        """Over the whole selection: a trace of two sessions is one run."""
        chosen = self._chosen
        zeros = np.zeros(len(self._parts), "i8")
        runs, run_groups = chosen.runs_by(self._parts, zeros)
        found = Measures(1, (runs, run_groups), (self._added, zeros))
        return found.figures(0)

    def _values(self, key: str) -> Array:
        found = self._measures
        values: dict[str, Array] = {
            "last": self._last,
            "first": self._first,
            "runs": found.runs,
            "duration": self._active,
            "errors": found.failed,
        }
        if key in values:
            return values[key]
        return found.tokens[2] if key == "tokens" else found.money.values

    def rows(self, shown: Sequence[int]) -> tuple[GroupRow, ...]:
        """The rows of some groups."""
        connection = self._chosen.connection
        self._of_runs, self._of_parts = _Filed(self._run_groups), _Filed(self._groups)
        stories = [self._story(group) for group in shown]
        summaries = self._summaries(
            {at for one in stories for at in (one.places[0], one.places[-1], one.failed) if at is not None}
        )
        self._add_neighbours(summaries, stories)
        people = [self._people(group) for group in shown]
        wanted = {term for found in people for some in found.values() for term in some}
        terms = read_terms(connection, wanted | {int(self._terms[group]) for group in shown})
        rows: list[GroupRow] = []
        for group, story, found in zip(shown, stories, people, strict=True):
            last = summaries.get(story.places[-1])
            failed = None if story.failed is None else summaries.get(story.failed)
            failure = failed.failure if failed else None
            texts = {name: tuple(terms[term][1] for term in some) for name, some in found.items()}
            rows.append(
                GroupRow(
                    value=terms[int(self._terms[group])][1],
                    first_ns=int(self._first[group]),
                    last_ns=int(self._last[group]),
                    figures=self._measures.figures(group),
                    active_ns=int(self._active[group]),
                    running=int(self._running[group]),
                    incomplete=int(self._incomplete[group]),
                    agents=tuple(dict.fromkeys(texts["name"])),
                    users=texts["user"],
                    sessions=len(texts["session"]),
                    environment=last.environment if last else None,
                    first_input=_said(summaries, story.places, "input_preview"),
                    last_output=_said(summaries, story.places[::-1], "output_preview"),
                    failure=failure.line if failure else None,
                )
            )
        return tuple(rows)

    def _add_neighbours(self, summaries: dict[int, TraceSummary], stories: Sequence[_Story]) -> None:
        """Where the first trace asks nothing or the last one answers nothing, those next to it."""
        more: set[int] = set()
        for story in stories:
            if _said(summaries, story.places[:1], "input_preview") is None:
                more.update(story.places[1:_LOOKED_AT])
            if _said(summaries, story.places[-1:], "output_preview") is None:
                more.update(story.places[-_LOOKED_AT:])
        summaries.update(self._summaries(more - summaries.keys()))

    def _story(self, group: int) -> _Story:
        traces = self._chosen.tables.traces
        mine = self._of_runs.rows(group)
        places = self._runs.trace[mine]
        order = np.lexsort((traces["row"][places], traces["start"][places]))
        mine, places = mine[order], places[order]
        failed = places[self._runs.is_failed[mine]]
        return _Story(places.tolist(), int(failed[-1]) if len(failed) else None)

    def _people(self, group: int) -> dict[str, list[int]]:
        """Terms of the names of agents, the users and the sessions, in order of first appearance."""
        tables = self._chosen.tables
        parts = self._parts[self._of_parts.rows(group)]
        traces = tables.parts["trace"][parts]
        order = np.lexsort((parts, tables.traces["row"][traces], tables.traces["start"][traces]))
        found: dict[str, list[int]] = {}
        for name in ("name", "user", "session"):
            texts = dict.fromkeys(tables.parts[name][parts[order]].tolist())
            texts.pop(0, None)
            found[name] = list(texts)
        return found

    def _summaries(self, places: set[int]) -> dict[int, TraceSummary]:
        traces = self._chosen.tables.traces
        at = {int(traces["row"][place]): place for place in places}
        rows = self._chosen.connection.execute(sql("figures", "summaries"), (json.dumps(sorted(at)),))
        return {at[row]: unpack_summary(summary) for row, summary in rows}


def _said(summaries: Mapping[int, TraceSummary], places: Sequence[int], name: str) -> str | None:
    """What the first of some traces says that says anything."""
    for place in places[:_LOOKED_AT]:
        said: str | None = getattr(summaries.get(place), name, None)
        if said is not None:
            return said
    return None


class _Filed:
    """Rows by their group."""

    def __init__(self, groups: Array) -> None:
        size = int(groups.max(initial=0)) + 1
        self._order = np.argsort(groups.astype("u2") if size <= 2**16 else groups, kind="stable")
        self._ends = np.cumsum(np.bincount(groups, minlength=size))

    def rows(self, group: int) -> Array:
        """Those of one group."""
        return self._order[int(self._ends[group - 1]) if group else 0 : int(self._ends[group])]


class _Order:
    """Groups in an order in which no two are equal."""

    def __init__(self, sort: str, values: Array, last: Array, terms: Array) -> None:
        falls = sort.startswith("-")
        is_unknown = (values < 0).astype("i8")
        signed = np.where(is_unknown, 0, -values if falls else values)
        self._values, self._last, self._terms = values, last, terms
        self._falls = falls
        self.groups = np.lexsort((terms, -last, signed, is_unknown))
        self._keys = (is_unknown, signed, -last, terms.astype("i8"))

    def position(self, group: int) -> tuple[int | float, int]:
        """(value, last end) of a group."""
        value = self._values[group].item()
        return (value if value >= 0 else _NOWHERE), int(self._last[group])

    def behind(self, value: float, last_ns: int, term: int) -> int:
        """How many groups stand at a position or before it."""
        unknown = int(value < 0)
        signed = 0 if unknown else -value if self._falls else value
        is_before = np.zeros(len(self.groups), bool)
        is_same = np.ones(len(self.groups), bool)
        for key, limit in zip(self._keys, (unknown, signed, -last_ns, term), strict=True):
            is_before |= is_same & (key < limit)
            is_same &= key == limit
        return int((is_before | is_same).sum())
