"""What the list of clusters is asked for: the filters of traces, in groups or each alone, an order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias, cast, get_args

from halo_dash.errors import UsageError
from halo_dash.model.clusters import ClusterRow
from halo_dash.model.filter import Filter
from halo_dash.model.filter_fields import FIELD
from halo_dash.web.raw_path import segment, with_query
from halo_dash.web.selection import Column, sorted_columns

Pairs = Iterable[tuple[str, str]]
DetailLevel: TypeAlias = Literal["coarse", "fine"]
LEVELS: tuple[DetailLevel, ...] = get_args(DetailLevel)
"""All clusters of one rule and one cause together; each wording of each thing alone."""

_KEYS: dict[str, Callable[[ClusterRow], float]] = {
    "runs": lambda row: row.runs,
    "failed": lambda row: row.failed_runs,
    "first": lambda row: row.first_ns,
    "last": lambda row: row.last_ns,
    "tokens": lambda row: row.waste.tokens,
    "cost": lambda row: row.waste.cost_usd,
    "time": lambda row: row.waste.duration_ns,
}
CLUSTER_SORTS = tuple(sign + key for key in _KEYS for sign in ("-", ""))
DEFAULT_SORT = "-runs"
_OWN = ("detail", "sort")


@dataclass(frozen=True, slots=True)
class ClusterQuery:
    """One list of clusters."""

    filter: Filter = field(default_factory=Filter)
    level: DetailLevel = "coarse"
    sort: str = DEFAULT_SORT

    @classmethod
    def parse(cls, pairs: Pairs) -> ClusterQuery:
        """Read a query string. Raises `UsageError` naming every problem."""
        pairs = [pair for pair in pairs if pair[1]]
        own = dict(pair for pair in pairs if pair[0] in _OWN)
        filter_ = Filter.parse([pair for pair in pairs if pair[0] not in _OWN])
        level, sort = own.get("detail", "coarse"), own.get("sort", DEFAULT_SORT)
        for name, value, allowed in (("detail", level, LEVELS), ("sort", sort, CLUSTER_SORTS)):
            if value not in allowed:
                raise UsageError(
                    f"{name} must be one of {', '.join(allowed)}, not {value!r}",
                    hint="Correct or remove what is named here, then try again.",
                )
        return cls(filter_, cast("DetailLevel", level), sort)

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The inverse of `parse`."""
        own = (
            ("detail", self.level if self.level != "coarse" else ""),
            ("sort", self.sort if self.sort != DEFAULT_SORT else ""),
        )
        return (*self.filter.pairs(), *(pair for pair in own if pair[1]))

    def address(self, without: Collection[str] = (), *more: tuple[str, str], suffix: str = "") -> str:
        """The list, without some names, and with some more."""
        kept = [pair for pair in self.pairs() if pair[0] not in without]
        return with_query(f"/clusters{suffix}", [*kept, *more])

    def at_level(self, level: DetailLevel) -> str:
        """The same list, coarse or fine."""
        return replace(self, level=level).address()

    def ordered(self, rows: Sequence[ClusterRow]) -> tuple[ClusterRow, ...]:
        """The rows in the order that is asked for; equal ones as the store gives them."""
        measure = _KEYS[self.sort.removeprefix("-")]
        is_down = self.sort.startswith("-")
        return tuple(sorted(rows, key=lambda row: -measure(row) if is_down else measure(row)))


def is_listed(filter_: Filter, name: str, value: str) -> bool:
    """Whether a list can have just those runs of a selection that have a value.

    A second value of one filter widens a list instead of narrowing it.
    """
    return getattr(filter_, FIELD[name].attribute) in {(), (value,)}


def cluster_path(name: str) -> str:
    """`/clusters/{name}`; the colon of a group may stand in a path as it is."""
    return f"/clusters/{segment(name).replace('%3A', ':')}"


def columns(query: ClusterQuery) -> dict[str, Column]:
    """Sort key -> how to sort by it: the largest first, a second time the other way."""
    return sorted_columns(_KEYS, query.sort, lambda sort: query.address(["sort"], ("sort", sort)))
