"""What the panel's form sends, as the filter writes it: ends of ranges, local times, a key and its value.

The address that a person sees, keeps and sends is always the canonical one; a form leads to it by a redirect.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from litestar.types import Scope

from halo_dash.model.bounds import read_bounds, read_moment
from halo_dash.model.filter_fields import FIELD, FIELDS
from halo_dash.web.formats import header
from halo_dash.web.render import FRAGMENT_HEADER

Pairs = Sequence[tuple[str, str]]

_BOUNDS = tuple(field.name for field in FIELDS if field.shape == "bounds")
_MOMENTS = ("from", "to")
_NAMES = frozenset(
    [
        *(f"{name}-{side}" for name in _BOUNDS for side in ("min", "max")),
        *(f"{name}-local" for name in _MOMENTS),
        *("attribute-key", "attribute-value"),
    ]
)
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Unread:
    """What was written into the ends of a range, or after `to`, and why it cannot be read."""

    text: str
    problem: str


NO_UNREAD: Mapping[str, Unread] = MappingProxyType({})


def readable(pairs: Pairs) -> tuple[list[tuple[str, str]], dict[str, Unread]]:
    """The pairs without the ranges that cannot be read, and those: a page says so where they were written."""
    unread: dict[str, Unread] = {}
    given = {name: text for name, text in pairs if text}
    for name in given.keys() & set(_BOUNDS):
        try:
            read_bounds(given[name], FIELD[name].read)
        except ValueError as error:
            unread[name] = Unread(given[name], str(error))
    try:
        if {"from", "to"} <= given.keys() and read_moment(given["from"]) >= read_moment(given["to"]):
            unread["to"] = Unread(given["to"], "must lie after from")
    except ValueError:  # no time of the calendar: no form sends that, and the filter refuses it
        return [pair for pair in pairs if pair[0] not in unread], unread
    return [pair for pair in pairs if pair[0] not in unread], unread


def status_of(scope: Scope, unread: Mapping[str, Unread]) -> int:
    """Of a page that left those out. A part of it goes on living with the page that has said so."""
    return 422 if unread and not header(scope, FRAGMENT_HEADER) else 200


def canonical(pairs: Pairs) -> list[tuple[str, str]] | None:
    """The pairs of the canonical address; None where these are already so."""
    typed = {name: value.strip() for name, value in pairs if name in _NAMES}
    if not typed:
        return None
    out = [(name, value) for name, value in pairs if name not in _NAMES and value]
    for name in _BOUNDS:
        low, high = (_measure(name, typed.get(f"{name}-{side}", "")) for side in ("min", "max"))
        if low or high:
            out = [pair for pair in out if pair[0] != name]
            out.append((name, f"{low}..{high}"))
    moments = [(name, _moment(typed[f"{name}-local"])) for name in _MOMENTS if typed.get(f"{name}-local")]
    if moments:
        out = [pair for pair in out if pair[0] not in {"range", *(name for name, _ in moments)}] + moments
    key, value = typed.get("attribute-key", ""), typed.get("attribute-value", "")
    if key or value:
        out.append((f"attr.{key}", value) if key and value else ("attr", f"{key}={value}"))
    return out


def _measure(name: str, text: str) -> str:
    """A duration without a unit is in seconds."""
    return f"{text}s" if name == "duration" and _NUMBER.fullmatch(text) else text


def _moment(text: str) -> str:
    """A local time of this machine as UTC; what is none is left for the filter to refuse."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.astimezone().isoformat() if moment.tzinfo is None else text
    except (ValueError, OverflowError, OSError):
        return text
