"""What to list: one value for the page's URL, the command line's flags and every other caller.

Several values of one field mean any of them, different fields mean all of them. A parameter that is not
understood is an error, never a filter that silently does nothing; an empty one (a form field left
blank) was not given. All problems are reported together.
"""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

from halo_dash.errors import UsageError
from halo_dash.model.bounds import ANY, Bounds, read_bounds, read_moment, write_bounds, write_moment
from halo_dash.model.filter_fields import (
    ATTRIBUTE,
    DEFAULT_LIMIT,
    DEFAULT_SORT,
    FAMILIES,
    FIELD,
    FIELDS,
    MAX_LIMIT,
    PRESETS_NS,
    SORTS,
    VALUES,
    Field,
)

Pairs = Iterable[tuple[str, str]]
_LIST_NAMES = ("sort", "limit", "cursor")
_EXCLUDABLE = tuple(field.name for field in VALUES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A selection of traces. The attributes are described, and documented, by `filter_fields.FIELDS`."""

    q: str | None = None
    """What was typed into the search field; the store gives it its meaning."""
    window: str | None = None
    """`range` in the query string: a preset such as `1h`, counted back from now."""
    from_ns: int | None = None
    to_ns: int | None = None
    """Exclusive, so that windows that follow each other never share a trace."""
    status: tuple[str, ...] = ()
    effective: tuple[str, ...] = ()
    kind: tuple[str, ...] = ()
    name: tuple[str, ...] = ()
    model: tuple[str, ...] = ()
    provider: tuple[str, ...] = ()
    service: tuple[str, ...] = ()
    environment: tuple[str, ...] = ()
    version: tuple[str, ...] = ()
    agent: tuple[str, ...] = ()
    session: tuple[str, ...] = ()
    user: tuple[str, ...] = ()
    tool: tuple[str, ...] = ()
    source: tuple[str, ...] = ()
    rule: tuple[str, ...] = ()
    cluster: tuple[str, ...] = ()
    trace: tuple[str, ...] = ()
    verdict: tuple[str, ...] = ()
    tag: tuple[str, ...] = ()
    pinned: tuple[str, ...] = ()
    tokens: Bounds = ANY
    cost: Bounds = ANY
    duration: Bounds = ANY
    """In nanoseconds."""
    spans: Bounds = ANY
    llm_calls: Bounds = ANY
    attributes: tuple[tuple[str, str], ...] = ()
    """(key, value) of attributes, the value as text. Several values of one key mean any of them."""
    excluded: tuple[tuple[str, str], ...] = ()
    """(name of a filter with values, or `attr.KEY`; value): traces that have none of these."""

    @classmethod
    def parse(cls, pairs: Pairs) -> Filter:
        """Read the pairs of a query string. Raises `UsageError` naming every problem."""
        problems: list[str] = []
        found = _read_filter(list(pairs), problems, FIELD)
        _refuse(problems)
        return found

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The inverse of `parse`, in the order of `FIELDS`."""
        return tuple(pair for each in FIELDS for pair in _written(each, getattr(self, each.attribute)))

    def __bool__(self) -> bool:
        """Whether anything is asked for; an empty filter selects every trace."""
        return self != NO_FILTER

    @property
    def needs_index(self) -> bool:
        """Whether the full-text index has to be asked."""
        return bool(self.q or self.attributes or any(name.startswith(ATTRIBUTE) for name, _ in self.excluded))

    def without(self, name: str, value: str | None = None) -> Filter:
        """The same without one field, or without one of its values (as `pairs` writes it)."""
        return _read_filter([pair for pair in self.pairs() if pair != (name, value or pair[1])], [], FIELD)

    def period(self, now_ns: int) -> tuple[int | None, int | None]:
        """First start (inclusive) and last start (exclusive) in nanoseconds; None is open."""
        reach = PRESETS_NS[self.window] if self.window else None
        return (self.from_ns if reach is None else max(0, now_ns - reach)), self.to_ns


NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class ListQuery:
    """One page of a list."""

    filter: Filter = field(default_factory=Filter)
    sort: str = DEFAULT_SORT
    limit: int = DEFAULT_LIMIT
    cursor: str | None = None
    """What the page before gave as `next_cursor`."""

    @classmethod
    def parse(cls, pairs: Pairs, *, ignore: Collection[str] = ()) -> ListQuery:
        """Read the pairs of a query string; `ignore` names those that belong to the caller."""
        problems: list[str] = []
        kept = [pair for pair in pairs if pair[0] not in ignore]
        known = (*FIELD, *_LIST_NAMES, *ignore)
        found = _read_filter([pair for pair in kept if pair[0] not in _LIST_NAMES], problems, known)
        given = {name: _only(name, kept, problems) for name in _LIST_NAMES}
        sort = given["sort"] or DEFAULT_SORT
        if sort not in SORTS:
            problems.append(f"sort must be one of {', '.join(SORTS)}, not {sort!r}")
        limit = _read_limit(given["limit"], problems)
        _refuse(problems)
        return cls(found, sort, limit, given["cursor"])

    def pairs(self) -> tuple[tuple[str, str], ...]:
        """The inverse of `parse`; what has its default value is left out."""
        extra = (
            ("sort", self.sort if self.sort != DEFAULT_SORT else ""),
            ("limit", str(self.limit) if self.limit != DEFAULT_LIMIT else ""),
            ("cursor", self.cursor or ""),
        )
        return (*self.filter.pairs(), *(pair for pair in extra if pair[1]))

    def at(self, cursor: str | None) -> ListQuery:
        """The same list at another page."""
        return replace(self, cursor=cursor)


def _read_filter(pairs: list[tuple[str, str]], problems: list[str], known: Collection[str]) -> Filter:
    given: dict[str, list[str]] = {}
    members: dict[str, list[tuple[str, str]]] = {}
    for name, text in pairs:
        family = _family(name)
        if family is not None:
            if text:
                members.setdefault(family.name, []).append(_member(family, name, text))
        elif name not in FIELD:
            problems.append(_unknown(name, known))
        elif text.strip() if FIELD[name].shape == "text" else text:
            given.setdefault(name, []).append(text)
    values: dict[str, Any] = {}
    for name, texts in given.items():
        try:
            values[FIELD[name].attribute] = _read(FIELD[name], list(dict.fromkeys(texts)))
        except ValueError as error:
            problems.append(f"{name} {error}")
    for name, found_members in members.items():
        values[FIELD[name].attribute] = tuple(dict.fromkeys(found_members))
        problems += (problem for each in found_members if (problem := _wrong(FIELD[name], *each)))
    found = Filter(**values)
    if found.window and (found.from_ns is not None or found.to_ns is not None):
        problems.append("range cannot be combined with from or to; leave one of them out")
    if found.from_ns is not None and found.to_ns is not None and found.from_ns >= found.to_ns:
        problems.append("from must lie before to")
    return found


def _family(name: str) -> Field | None:
    """The family that a name belongs to: `attr` and `attr.KEY` are one."""
    if name in FIELD:
        return FIELD[name] if FIELD[name].shape == "pairs" else None
    return next((field for start, field in FAMILIES.items() if name.startswith(start)), None)


def _member(family: Field, name: str, text: str) -> tuple[str, str]:
    """Of `attr.KEY=VALUE`; a flag of the command line has `KEY=VALUE` for its text."""
    if name == family.name:
        key, _, value = text.partition("=")
        return key, value
    return name.removeprefix(f"{family.name}."), text


def _wrong(family: Field, key: str, value: str) -> str | None:
    if not key or not value:
        return f"{family.name} must be {family.metavar}"
    if family.attribute == "attributes" or (key.startswith(ATTRIBUTE) and key != ATTRIBUTE):
        return None
    field = FIELD.get(key)
    if field is None or field.shape != "values":
        return f"not.{key} is no filter that can be left out ({_nearest(key, [*_EXCLUDABLE, 'attr.KEY'])})"
    if field.choices and value not in field.choices:
        return f"not.{key} must be one of {', '.join(field.choices)}, not {value!r}"
    return None


def _read(each: Field, texts: list[str]) -> object:
    for text in texts:
        if each.choices and text not in each.choices:
            raise ValueError(f"must be one of {', '.join(each.choices)}, not {text!r}")
    if each.shape == "values":
        return tuple(texts)
    if len(texts) > 1:
        raise ValueError("was given more than once")
    text = texts[0]
    if each.shape == "text":
        return text.strip()
    if each.shape == "preset":
        return text if PRESETS_NS[text] is not None else None
    return read_moment(text) if each.shape == "moment" else read_bounds(text, each.read)


def _written(each: Field, value: Any) -> Pairs:
    if each.shape == "values":
        return [(each.name, text) for text in value]
    if each.shape == "pairs":
        return [(f"{each.name}.{key}", text) for key, text in value]
    if each.shape == "bounds":
        return [(each.name, write_bounds(value, each.write))] if value else []
    if value is None:
        return []
    return [(each.name, write_moment(value) if each.shape == "moment" else str(value))]


def _only(name: str, pairs: list[tuple[str, str]], problems: list[str]) -> str | None:
    texts = [text for key, text in pairs if key == name and text]
    if len(texts) > 1:
        problems.append(f"{name} was given more than once")
    return texts[0] if texts else None


def _read_limit(text: str | None, problems: list[str]) -> int:
    if text is None:
        return DEFAULT_LIMIT
    if text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= MAX_LIMIT:
        return int(text)
    problems.append(f"limit must be a whole number from 1 to {MAX_LIMIT}, not {text!r}")
    return DEFAULT_LIMIT


def _unknown(name: str, known: Collection[str]) -> str:
    return f"there is no filter {name!r} ({_nearest(name, known)})"


def _nearest(name: str, known: Collection[str]) -> str:
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"known are {', '.join(known)}"


def _refuse(problems: list[str]) -> None:
    if problems:
        raise UsageError("; ".join(problems), hint="Correct or remove what is named here, then try again.")
