"""What the list of agents is asked for: the filters of traces, a part of a name, an order."""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field

from halo_dash.errors import UsageError
from halo_dash.model.figures import UNNAMED, AgentRow
from halo_dash.model.filter import Filter
from halo_dash.web.raw_path import with_query
from halo_dash.web.selection import (
    RANGE_WORDS,
    Chip,
    Choice,
    Column,
    Menu,
    chip_label,
    chosen_traces,
    is_many,
    sorted_columns,
)

Pairs = Iterable[tuple[str, str]]

_KEYS: dict[str, Callable[[AgentRow], float]] = {
    "last": lambda row: row.last_seen_ns,
    "runs": lambda row: row.figures.runs,
    "errors": lambda row: row.figures.error_rate or 0,
    "duration": lambda row: _known(row.figures.latency.p95_ns),
    "tokens": lambda row: _known(row.figures.usage.total),
    "cost": lambda row: _known(row.figures.cost_usd),
}
AGENT_SORTS = (*(sign + key for key in _KEYS for sign in ("-", "")), "name", "-name")
DEFAULT_SORT = "-last"


@dataclass(frozen=True, slots=True)
class AgentQuery:
    """One list of agents."""

    filter: Filter = field(default_factory=Filter)
    find: str = ""
    """A part of a name or an id, whatever its case."""
    sort: str = DEFAULT_SORT

    @classmethod
    def parse(cls, pairs: Pairs) -> AgentQuery:
        """Read a query string. Raises `UsageError` naming every problem."""
        pairs = [pair for pair in pairs if pair[1]]
        own = dict(pair for pair in pairs if pair[0] in {"find", "sort"})
        filter_ = Filter.parse([pair for pair in pairs if pair[0] not in {"find", "sort"}])
        sort = own.get("sort", DEFAULT_SORT)
        if sort not in AGENT_SORTS:
            raise UsageError(
                f"sort must be one of {', '.join(AGENT_SORTS)}, not {sort!r}",
                hint="Correct or remove what is named here, then try again.",
            )
        return cls(filter_, own.get("find", "").strip(), sort)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The inverse of `parse`."""
        own = (("find", self.find), ("sort", self.sort if self.sort != DEFAULT_SORT else ""))
        return (*self.filter.pairs(), *(pair for pair in own if pair[1]))

    def address(self, without: Collection[str] = (), *more: tuple[str, str], suffix: str = "") -> str:
        """The list, without some names, and with some more."""
        kept = [pair for pair in self.pairs() if pair[0] not in without]
        return with_query(f"/agents{suffix}", [*kept, *more])

    def chosen(self, rows: Sequence[AgentRow]) -> tuple[AgentRow, ...]:
        """The rows that are asked for, in their order; those that nobody named come last."""
        wanted = self.find.casefold()
        found = [row for row in rows if not wanted or any(wanted in text.casefold() for text in _texts(row))]
        found.sort(key=lambda row: (row.name.casefold(), row.key))
        is_down = self.sort.startswith("-")
        if self.sort.removeprefix("-") == "name":
            found.sort(key=lambda row: row.name.casefold(), reverse=is_down)
        else:
            measure = _KEYS[self.sort.removeprefix("-")]
            found.sort(key=lambda row: -measure(row) if is_down else measure(row))
        return tuple(sorted(found, key=lambda row: row.key == UNNAMED))


def columns(query: AgentQuery) -> dict[str, Column]:
    """Sort key -> how to sort by it: the largest first, names from A; a second time the other way."""
    return sorted_columns(
        (*_KEYS, "name"), query.sort, lambda sort: query.address(["sort"], ("sort", sort)), rising=("name",)
    )


def period_menu(filter_: Filter, address: Callable[[Pairs], str]) -> Menu:
    """The menu of time ranges of a page; `address` is the page with the pairs of a filter."""
    rest = [pair for pair in filter_.pairs() if pair[0] not in {"range", "from", "to"}]
    choices = [Choice("any time", address(rest), None, filter_.period(0) == (None, None))]
    for preset, text in RANGE_WORDS.items():
        href = address([*rest, ("range", preset)])
        choices.append(Choice(f"last {text}", href, None, preset == filter_.window))
    label = f"Last {RANGE_WORDS[filter_.window]}" if filter_.window else "Time"
    return Menu("range", label, tuple(choices), 1 if filter_.window else 0)


def filter_chips(filter_: Filter, address: Callable[[Pairs], str], locked: Pairs = ()) -> tuple[Chip, ...]:
    """The filters in effect that can be taken away."""
    pairs, fixed = filter_.pairs(), set(locked)
    free = [pair for pair in pairs if pair not in fixed]
    listed = [pair for pair in free if pair[0] != "trace"] if is_many(filter_.trace) else free
    found = [Chip(chip_label(*pair), address([each for each in pairs if each != pair])) for pair in listed]
    if len(listed) < len(free):
        rest = [each for each in pairs if each[0] != "trace" or each in fixed]
        found.append(Chip(chosen_traces(filter_.trace), address(rest)))
    return tuple(found)


def _texts(row: AgentRow) -> tuple[str, ...]:
    return (row.key, row.name, *row.other_names)


def _known(value: float | None) -> float:
    """What is unknown is less than everything."""
    return -math.inf if value is None else value
