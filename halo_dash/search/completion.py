"""What to offer while a query is typed: fields, then their values, with what they do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from halo_dash.model.filter_fields import FIELD
from halo_dash.model.search_field import SCOPES
from halo_dash.search.query import FACTS, FIELD_NAMES, LONGEST
from halo_dash.search.typed_filters import known_name

MOST = 12
"""Suggestions given at once."""

_LAST_PIECE = re.compile(
    r"(?P<sign>[-(]*)(?:(?P<name>[A-Za-z][\w.]*?)(?P<colon>:[<>]?=?))?(?P<value>\"[^\"]*|[^\s\"]*)$"
)
_OTHER_HELP = {
    "in": "Look only there: in:user refund.",
    "has": "Has one of these anywhere: has:exception.",
    "attr": "Has an attribute with this value: attr.customer.tier:gold.",
}
_EXAMPLES = {
    "duration": (">2s", ">=500ms", "<1m", "1s..5s"),
    "cost": (">0.01", ">=1", "<0.001"),
    "tokens": (">1000", ">10k", "<500"),
    "spans": (">10", ">100"),
    "llm_calls": (">1", ">10"),
}


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing to offer; `text` replaces the query from `start` to the place where it is typed."""

    text: str
    help: str
    start: int
    count: int | None = None
    """Traces that have it, where that is known."""


class SuggestionSource(Protocol):
    """Where values come from; the store is one."""

    def values(self, field: str, start: str, limit: int) -> Sequence[tuple[str, int]]:
        """Values of a filter that begin with `start`, without regard to case, with their number of traces."""

    def attribute_keys(self, start: str, limit: int) -> Sequence[tuple[str, int]]:
        """Keys of attributes that begin with `start`."""

    def attribute_values(self, key: str, start: str, limit: int) -> Sequence[tuple[str, int]]:
        """Values of an attribute that begin with `start`."""


def complete(typed: str, source: SuggestionSource) -> tuple[Suggestion, ...]:
    """What may follow where `typed` ends. Nothing is offered inside a phrase or before anything is typed."""
    if not typed.strip() or len(typed) > LONGEST or typed[-1].isspace() or _is_in_phrase(typed):
        return ()
    found = _LAST_PIECE.search(typed)
    if found is None:
        return ()
    at = found.end("sign")
    if found["name"] is None:
        return tuple(_names(found["value"], source, at))[:MOST]
    return tuple(_values(found["name"], found["colon"], found["value"].removeprefix('"'), source, at))[:MOST]


def _names(start: str, source: SuggestionSource, at: int) -> Iterable[Suggestion]:
    low = start.lower()
    if low.startswith("attr."):
        for key, count in source.attribute_keys(start[len("attr.") :], MOST):
            yield Suggestion(f"attr.{key}:", "Attribute", at, count)
    elif low:
        for name in FIELD_NAMES:
            if name.startswith(low):
                yield Suggestion("attr." if name == "attr" else f"{name}:", _help(name), at)


def _values(name: str, colon: str, start: str, source: SuggestionSource, at: int) -> Iterable[Suggestion]:
    low = start.lower()
    if name.lower().startswith("attr."):
        key = name[len("attr.") :]
        for value, count in source.attribute_values(key, start, MOST):
            yield Suggestion(f"{name}:{_quoted(value)}", "", at, count)
        return
    known = {"has": FACTS, "in": tuple(SCOPES)}.get(name.lower())
    field = FIELD.get(known_name(name))
    if known is None and field is not None:
        known = field.choices or _EXAMPLES.get(field.name)
        if known is None and field.shape == "values":
            for value, count in source.values(field.name, start, MOST):
                yield Suggestion(f"{name}:{_quoted(value)}", "", at, count)
    for value in known or ():
        typed = f"{colon.removeprefix(':')}{low}"
        if value.lower().startswith(typed):
            yield Suggestion(f"{name}:{value}", "", at)


def _help(name: str) -> str:
    field = FIELD.get(name)
    return field.help if field else _OTHER_HELP.get(name, f"Look only in this: {name}:word.")


def _quoted(value: str) -> str:
    needs = any(each.isspace() or each in "()*" for each in value) or not value
    return f'"{value}"' if needs and '"' not in value else value


def _is_in_phrase(typed: str) -> bool:
    """Whether the last quote is open and does not belong to the value of a field."""
    if typed.count('"') % 2 == 0:
        return False
    return not typed[: typed.rindex('"')].endswith(":")
