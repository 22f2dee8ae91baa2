"""The filter panel beside the list: values with counts, ranges, time, attributes. Addresses, and one form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

from halo_dash.model.bounds import read_moment
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import FACETS, FIELD, FIELDS
from halo_dash.model.page import FacetValue
from halo_dash.web import selection
from halo_dash.web.raw_path import with_query
from halo_dash.web.selection import EFFECTIVE_WORDS, NO_TITLES, STATUS_WORDS, TRACES, Place
from halo_dash.web.states import ERROR_INSIDE
from halo_dash.web.typed import NO_UNREAD, Unread

SHOWN = 5
"""Values of a field in the panel, besides those in effect; the others are behind a link."""

_ORDER = (
    "status",
    "effective",
    "rule",
    "agent",
    "service",
    "environment",
    "version",
    "model",
    "tool",
    "session",
    "user",
    "name",
    "kind",
    "provider",
    "verdict",
    "tag",
)
_STATUSES = {**STATUS_WORDS, "recovered": f"of these, {ERROR_INSIDE}"}
"""In this order: those with an error inside are some of those that are ok, and stand below them."""

_OPEN = ("status", "rule", "agent", "service", "environment", "model")
"""Fields whose values are shown without a click."""

_LABELS = {"effective": "In effect", "rule": "Findings"}

_UNITS = {"tokens": "", "cost": "USD", "duration": "1.5s", "spans": "", "llm_calls": ""}


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a field: following `href` adds it to the filter or takes it away, `out` leaves it out."""

    label: str
    href: str
    out: str
    count: int | None
    """None where only the name is known."""
    is_on: bool
    is_out: bool
    """The filter leaves it out."""


@dataclass(frozen=True, slots=True)
class Facet:
    """One field of the panel."""

    name: str
    label: str
    values: tuple[Value, ...]
    more: str | None
    """The page with all its values, where the panel shows only some."""
    active: int
    """How many of its values are in effect, either way."""
    is_open: bool


@dataclass(frozen=True, slots=True)
class Range:
    """A measure between two numbers; the names are those of the form's fields."""

    name: str
    label: str
    low: str
    high: str
    hint: str
    is_on: bool
    problem: str = ""
    """Why what was written cannot be read."""


@dataclass(frozen=True, slots=True)
class Panel:
    """Everything in the panel."""

    facets: tuple[Facet, ...]
    ranges: tuple[Range, ...]
    presets: tuple[tuple[str, str, bool], ...]
    """(value, label, whether it is in effect) of each time range."""
    from_local: str
    to_local: str
    to_problem: str
    """As `datetime-local` fields have them, in the time zone of this machine."""
    kept: tuple[tuple[str, str], ...]
    """What the form carries along unseen."""
    active: int
    """Filters in effect, the search left out."""
    is_open: bool
    left_open: str
    """Names of the fields that were left open, also of those that have no values here, parted by dots."""


def panel(
    query: ListQuery,
    counted: Mapping[str, Sequence[FacetValue]],
    *,
    is_open: bool,
    unfolded: str = "",
    place: Place = TRACES,
    titles: Mapping[str, str] = NO_TITLES,
    unread: Mapping[str, Unread] = NO_UNREAD,
) -> Panel:
    """The panel for a list; a field that has nothing to choose from is left out.

    `unfolded`: the names of the fields that were left open, parted by dots; empty where nobody folded any.
    `titles`: what each rule finds; empty where nothing judges.
    `unread`: what was written and is not in the query, as it cannot be read; it stays for correction.
    """
    left_open = tuple(unfolded.split(".")) if unfolded else _OPEN
    locked = {name for name, _ in place.locked}
    names = [*_ORDER, *(field.name for field in FACETS if field.name not in _ORDER)]
    facets = (
        facet(
            query, name, counted.get(name, ()), shown=SHOWN, left_open=left_open, place=place, titles=titles
        )
        for name in names
        if name not in locked and not _says_nothing(query, name, counted, is_judged=bool(titles))
    )
    pairs = place.free(query.filter.pairs())
    return Panel(
        facets=tuple(each for each in facets if each.values),
        ranges=_ranges(dict(pairs), unread),
        presets=selection.presets(query),
        from_local=_local(query.filter.from_ns),
        to_local=_local(read_moment(unread["to"].text) if "to" in unread else query.filter.to_ns),
        to_problem=unread["to"].problem if "to" in unread else "",
        kept=place.free(_kept(query)),
        active=sum(name != "q" for name, _ in pairs),
        is_open=is_open or bool(unread),
        left_open=".".join(name for name in left_open if name in names),
    )


def _says_nothing(
    query: ListQuery, name: str, counted: Mapping[str, Sequence[FacetValue]], *, is_judged: bool
) -> bool:
    """Most stores have no pinned trace, and what is not judged is in effect as it reports."""
    values = {each.value for each in counted.get(name, ())}
    if name == "effective":
        return not is_judged and not {name, f"not.{name}"} & dict(query.filter.pairs()).keys()
    return (
        name == "pinned"
        and values <= {"no"}
        and not {"pinned", "not.pinned"} & dict(query.filter.pairs()).keys()
    )


def facet(
    query: ListQuery,
    name: str,
    counted: Sequence[FacetValue],
    *,
    shown: int,
    more: Sequence[str] = (),
    left_open: Sequence[str] = _OPEN,
    place: Place = TRACES,
    titles: Mapping[str, str] = NO_TITLES,
) -> Facet:
    """One field with at most `shown` values that are not in effect; `more` are values without a count."""
    pairs = query.filter.pairs()
    chosen = [value for field, value in pairs if field in {name, f"not.{name}"}]
    counts: dict[str, int | None] = {value.value: value.count for value in counted}
    names = [*dict.fromkeys(value for value in (*chosen, *counts, *more) if value)]
    rest = [value for value in names if value not in chosen]
    offered = {*chosen, *rest[:shown]}
    # Those with counts keep their order, so that nothing moves when one is chosen.
    order = [*counts, *(value for value in names if value not in counts)]
    if name == "status":
        order.sort(key=list(_STATUSES).index)
    words = {"status": _STATUSES, "effective": EFFECTIVE_WORDS, "rule": titles}.get(name, NO_TITLES)
    return Facet(
        name=name,
        label=_LABELS.get(name, name.capitalize()),
        values=tuple(
            _value(query, name, v, counts.get(v, 0 if v in chosen else None), place, words)
            for v in order
            if v in offered
        ),
        more=_more(query, name) if len(rest) > shown else None,
        active=len(chosen),
        is_open=bool(chosen) or name in left_open,
    )


def _more(query: ListQuery, name: str) -> str:
    pairs = ListQuery(query.filter, query.sort, query.limit).pairs()
    return with_query(f"/facets/{quote(name)}", pairs)


def _value(  # noqa: PLR0917 - a value of a field of a list
    query: ListQuery, name: str, value: str, count: int | None, place: Place, words: Mapping[str, str]
) -> Value:
    pairs = query.filter.pairs()
    is_on, is_out = (name, value) in pairs, (f"not.{name}", value) in pairs
    rest = [pair for pair in pairs if pair not in {(name, value), (f"not.{name}", value)}]
    return Value(
        label=words.get(value) or (value.lower() if name == "kind" else value),
        href=selection.address_of(query, rest if is_on or is_out else [*rest, (name, value)], place),
        out=selection.address_of(query, rest if is_out else [*rest, (f"not.{name}", value)], place),
        count=None if is_out else count,
        is_on=is_on,
        is_out=is_out,
    )


def left_out(unread: Mapping[str, Unread]) -> tuple[str, ...]:
    """What could not be read, in sentences."""
    return tuple(f"{_label(name)} {each.problem}. It was left out." for name, each in unread.items())


def _ranges(given: Mapping[str, str], unread: Mapping[str, Unread]) -> tuple[Range, ...]:
    made = []
    for name in (field.name for field in FIELDS if field.shape == "bounds"):
        wrong = unread.get(name)
        low, _, high = (wrong.text if wrong else given.get(name, "")).partition("..")
        is_on = bool(low or high)
        made.append(Range(name, _label(name), low, high, _UNITS[name], is_on, wrong.problem if wrong else ""))
    return tuple(made)


def _label(name: str) -> str:
    words = name.replace("_", " ").replace("llm", "LLM")
    return words[0].upper() + words[1:]


def _kept(query: ListQuery) -> tuple[tuple[str, str], ...]:
    pairs = ListQuery(query.filter, query.sort, query.limit).pairs()
    typed = {"range", "from", "to", *(field.name for field in FIELDS if field.shape == "bounds")}
    return tuple(pair for pair in pairs if pair[0] not in typed)


def _local(moment_ns: int | None) -> str:
    if moment_ns is None:
        return ""
    try:
        moment = datetime.fromtimestamp(moment_ns // 1_000_000_000, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}"


def is_facet(name: str) -> bool:
    """Whether there is such a field in the panel."""
    return name in FIELD and FIELD[name].is_facet
