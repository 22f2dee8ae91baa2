"""The controls above the list: time, the filters in effect, sorting. All are addresses."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from halo_dash.model.bounds import read_moment
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FIELDS, PRESETS_NS
from halo_dash.web import words
from halo_dash.web.raw_path import with_query
from halo_dash.web.states import ERROR_INSIDE

_ORDER = {field.name: index for index, field in enumerate(FIELDS)}
NO_TITLES: Mapping[str, str] = MappingProxyType({})
"""Of rules, where nobody says what they find."""

EFFECTIVE_WORDS = {"error": "failed in effect", "ok": "fine in effect"}
STATUS_WORDS = {"error": "failed", "running": "running", "ok": "ok", "recovered": ERROR_INSIDE}
RANGE_WORDS = {
    "15m": "15 minutes",
    "1h": "hour",
    "6h": "6 hours",
    "12h": "12 hours",
    "1d": "24 hours",
    "3d": "3 days",
    "7d": "7 days",
    "14d": "14 days",
    "30d": "30 days",
    "90d": "90 days",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where a list of traces stands: a page of its own, or inside something that fixes some of its filter."""

    path: str = "/traces"
    locked: tuple[tuple[str, str], ...] = ()
    """Filters that are always in effect here, and stand in no address and on no chip."""

    def free(self, pairs: Iterable[tuple[str, str]]) -> tuple[tuple[str, str], ...]:
        """What is left of the pairs of a query for the address to say."""
        return tuple(pair for pair in pairs if pair not in self.locked)

    def address(self, pairs: Iterable[tuple[str, str]]) -> str:
        """The list with these filters, order and page."""
        return with_query(self.path, self.free(pairs))


TRACES = Place()


@dataclass(frozen=True, slots=True)
class Choice:
    """One value of a menu; following it makes it the one in effect."""

    label: str
    href: str
    count: int | None
    is_on: bool


@dataclass(frozen=True, slots=True)
class Menu:
    """The values of one filter field."""

    name: str
    label: str
    choices: tuple[Choice, ...]
    active: int
    """How many of its values are in effect."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One filter in effect, and the address without it."""

    label: str
    href: str


@dataclass(frozen=True, slots=True)
class Column:
    """How a sortable column is sorted, and the address that sorts by it."""

    href: str
    direction: str
    """`ascending`, `descending` or `none`, as in `aria-sort`."""


def address(query: ListQuery, place: Place = TRACES) -> str:
    """The list's address for a query."""
    return place.address(query.pairs())


def presets(query: ListQuery) -> tuple[tuple[str, str, bool], ...]:
    """(value, label, whether it is in effect) of each time range, for a form."""
    named = ((name, f"last {words}", name == query.filter.window) for name, words in RANGE_WORDS.items())
    return (("", "any", query.filter.window is None), *named)


def chips(query: ListQuery, place: Place = TRACES, titles: Mapping[str, str] = NO_TITLES) -> tuple[Chip, ...]:
    """The filters in effect, each removable."""
    free = place.free(query.filter.pairs())
    listed = [pair for pair in free if pair[0] != "trace"] if is_many(query.filter.trace) else free
    found = [
        Chip(chip_label(name, value, titles), address(_with(query, query.filter.without(name, value)), place))
        for name, value in listed
    ]
    if len(listed) < len(free):
        found.append(
            Chip(
                chosen_traces(query.filter.trace), address(_with(query, query.filter.without("trace")), place)
            )
        )
    return tuple(found)


_LISTED_TRACES = 3


def is_many(trace_ids: Sequence[str]) -> bool:
    """Whether one chip stands for traces that were chosen one by one."""
    return len(trace_ids) > _LISTED_TRACES


def chosen_traces(trace_ids: Sequence[str]) -> str:
    """What that chip says."""
    return f"{len(trace_ids):,} chosen traces"


def columns(query: ListQuery, place: Place = TRACES) -> dict[str, Column]:
    """Sort key -> how to sort by it; the largest come first, a second time the smallest."""
    return sorted_columns(
        ("start", "duration", "cost", "tokens", "spans", "errors"),
        query.sort,
        lambda sort: address(ListQuery(query.filter, sort, query.limit), place),
    )


def sorted_columns(
    keys: Iterable[str], current: str, address_by: Callable[[str], str], rising: Collection[str] = ()
) -> dict[str, Column]:
    """Sort key -> how to sort by it: the largest first, the `rising` from A; a second time the other way.

    `current` is the order in effect, a key with a minus where the largest come first.
    """
    out = {}
    for key in keys:
        first, second = (key, f"-{key}") if key in rising else (f"-{key}", key)
        direction = {f"-{key}": "descending", key: "ascending"}.get(current, "none")
        out[key] = Column(address_by(second if current == first else first), direction)
    return out


def period(query: ListQuery, place: Place = TRACES) -> Menu:
    """The menu of time ranges."""
    current = query.filter.window
    rest = query.filter.without("range").without("from").without("to")
    any_time = address(_with(query, rest), place)
    choices = [Choice("any time", any_time, None, query.filter.period(0) == (None, None))]
    for preset in (name for name, reach in PRESETS_NS.items() if reach is not None):
        filter_ = Filter.parse([*rest.pairs(), ("range", preset)])
        label = f"last {RANGE_WORDS[preset]}"
        choices.append(Choice(label, address(_with(query, filter_), place), None, preset == current))
    label = f"Last {RANGE_WORDS[current]}" if current else "Time"
    return Menu("range", label, tuple(choices), 1 if current else 0)


def address_of(query: ListQuery, pairs: Sequence[tuple[str, str]], place: Place = TRACES) -> str:
    """The list's address with these filters, sorted as `query`. From pairs alone: a page has a hundred."""
    # `attr.KEY` and `not.NAME` are families: a name each, one place in the order.
    ordered = sorted(pairs, key=lambda each: _ORDER[each[0].partition(".")[0]])
    extra = ListQuery(sort=query.sort, limit=query.limit).pairs()
    return place.address([*ordered, *extra])


def _with(query: ListQuery, filter_: Filter) -> ListQuery:
    return ListQuery(filter_, query.sort, query.limit)


def chip_label(name: str, value: str, titles: Mapping[str, str] = NO_TITLES) -> str:
    """A filter in effect, for people; `titles` say what rules find."""
    if name == "range":
        return f"last {RANGE_WORDS[value]}"
    known = {"status": STATUS_WORDS, "effective": EFFECTIVE_WORDS, "rule": titles}.get(name, NO_TITLES)
    if value in known:
        return known[value]
    if name == "q":
        return f"\u201c{value}\u201d"
    if name.startswith("not."):
        return f"not {chip_label(name.removeprefix('not.'), value, titles)}"
    shown = words.moment(read_moment(value)) if name in {"from", "to"} else value
    return f"{name.removeprefix('attr.') if name.startswith('attr.') else name.replace('_', ' ')}: {shown}"
