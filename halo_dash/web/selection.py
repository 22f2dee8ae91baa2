"""The controls above the list: menus of filters, the filters in effect, sorting. All are addresses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.filter_fields import FIELD, FIELDS, PRESETS_NS
from halo_dash.model.page import FacetValue

_MENUS = (
    ("status", "Status"),
    ("agent", "Agent"),
    ("service", "Service"),
    ("model", "Model"),
    ("environment", "Environment"),
)
_MORE = ("kind", "tool", "provider", "source")
_ORDER = {field.name: index for index, field in enumerate(FIELDS)}
_STATUS_WORDS = {"ok": "ok", "error": "failed", "running": "running", "recovered": "recovered"}
_RANGE_WORDS = {
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
class Choice:
    """One value of a menu; following it adds the value to the selection or takes it away."""

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
class Blank:
    """One field to type into."""

    name: str
    label: str
    value: str
    placeholder: str
    help: str


@dataclass(frozen=True, slots=True)
class Column:
    """How a sortable column is sorted, and the address that sorts by it."""

    href: str
    direction: str
    """`ascending`, `descending` or `none`, as in `aria-sort`."""


def address(query: ListQuery) -> str:
    """The list's address for a query."""
    pairs = query.pairs()
    return "/traces" + (f"?{urlencode(pairs)}" if pairs else "")


def menus(query: ListQuery, facets: Mapping[str, Sequence[FacetValue]]) -> tuple[Menu, ...]:
    """The menus that stand in the toolbar; one that has nothing to choose from is left out."""
    made = [_menu(query, name, label, facets.get(name, ())) for name, label in _MENUS]
    return (*(menu for menu in made if menu.choices), _ranges(query))


def more_menus(query: ListQuery, facets: Mapping[str, Sequence[FacetValue]]) -> tuple[Menu, ...]:
    """The fields behind "More" that have few values."""
    made = (_menu(query, name, name.capitalize(), facets.get(name, ())) for name in _MORE)
    return tuple(menu for menu in made if menu.choices)


def blanks(query: ListQuery) -> tuple[Blank, ...]:
    """The fields behind "More" that are typed: text of which there are many values, and ranges."""
    given = dict(query.filter.pairs())
    typed = [FIELD[name] for name in ("session", "user", "name")]
    typed += [field for field in FIELDS if field.shape in {"bounds", "moment"}]
    return tuple(
        Blank(
            name=field.name,
            label=field.name.replace("_", " ").replace("llm", "LLM"),
            value=given.get(field.name, ""),
            placeholder={"values": "", "bounds": "min..max", "moment": "2026-01-31T12:00"}[field.shape],
            help=field.help,
        )
        for field in typed
    )


def kept_pairs(query: ListQuery) -> tuple[tuple[str, str], ...]:
    """What the form of typed fields has to carry along unseen: everything it does not show."""
    shown = {(blank.name, blank.value) for blank in blanks(query)}
    pairs = ListQuery(query.filter, query.sort, query.limit).pairs()
    return tuple(pair for pair in pairs if pair not in shown and pair[0] != "range")


def presets(query: ListQuery) -> tuple[tuple[str, str, bool], ...]:
    """(value, label, whether it is in effect) of each time range, for the form of typed fields."""
    named = ((name, f"last {words}", name == query.filter.window) for name, words in _RANGE_WORDS.items())
    return (("", "any", query.filter.window is None), *named)


def chips(query: ListQuery) -> tuple[Chip, ...]:
    """The filters in effect, each removable."""
    return tuple(
        Chip(_chip_label(name, value), address(_with(query, query.filter.without(name, value))))
        for name, value in query.filter.pairs()
    )


def columns(query: ListQuery) -> dict[str, Column]:
    """Sort key -> how to sort by it; the largest come first, a second time the smallest."""
    out = {}
    for key in ("start", "duration", "cost", "tokens", "spans", "errors"):
        direction = {f"-{key}": "descending", key: "ascending"}.get(query.sort, "none")
        target = key if direction == "descending" else f"-{key}"
        out[key] = Column(address(ListQuery(query.filter, target, query.limit)), direction)
    return out


def _menu(query: ListQuery, name: str, label: str, values: Sequence[FacetValue]) -> Menu:
    pairs = query.filter.pairs()
    chosen = [value for field, value in pairs if field == name]
    counted = {value.value: value.count for value in values}
    offered = [*counted, *(value for value in chosen if value not in counted)]
    choices = tuple(
        Choice(
            label=_STATUS_WORDS.get(value, value)
            if name == "status"
            else value.lower()
            if name == "kind"
            else value,
            href=_toggled(query, pairs, (name, value)),
            count=counted.get(value, 0),
            is_on=value in chosen,
        )
        for value in offered
    )
    return Menu(name, label, choices, len(chosen))


def _ranges(query: ListQuery) -> Menu:
    current = query.filter.window
    rest = query.filter.without("range").without("from").without("to")
    choices = [Choice("any time", address(_with(query, rest)), None, query.filter.period(0) == (None, None))]
    for preset in (name for name, reach in PRESETS_NS.items() if reach is not None):
        filter_ = Filter.parse([*rest.pairs(), ("range", preset)])
        label = f"last {_RANGE_WORDS[preset]}"
        choices.append(Choice(label, address(_with(query, filter_)), None, preset == current))
    label = f"Last {_RANGE_WORDS[current]}" if current else "Time"
    return Menu("range", label, tuple(choices), 1 if current else 0)


def _toggled(query: ListQuery, pairs: Sequence[tuple[str, str]], pair: tuple[str, str]) -> str:
    """The address with the pair added or taken away; from pairs alone: a page has a hundred of them."""
    changed = [each for each in pairs if each != pair] if pair in pairs else [*pairs, pair]
    # `attr.KEY` and `not.NAME` are families: a name each, one place in the order.
    changed.sort(key=lambda each: _ORDER[each[0].partition(".")[0]])
    extra = ListQuery(sort=query.sort, limit=query.limit).pairs()
    return "/traces" + (f"?{urlencode([*changed, *extra])}" if changed or extra else "")


def _with(query: ListQuery, filter_: Filter) -> ListQuery:
    return ListQuery(filter_, query.sort, query.limit)


def _chip_label(name: str, value: str) -> str:
    if name == "range":
        return f"last {_RANGE_WORDS[value]}"
    if name == "status":
        return _STATUS_WORDS[value]
    if name == "q":
        return f"\u201c{value}\u201d"
    if name.startswith("not."):
        return f"not {_chip_label(name.removeprefix('not.'), value)}"
    return f"{name.removeprefix('attr.').replace('_', ' ')}: {value}"
