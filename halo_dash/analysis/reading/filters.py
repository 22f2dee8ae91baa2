"""Filters as models write them: a query string, an object, or words to search for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl, urlsplit

from halo_dash.errors import UsageError
from halo_dash.model.filter import NO_FILTER, Filter
from halo_dash.model.filter_fields import FIELD

FilterLike: TypeAlias = "str | Mapping[str, Any] | Filter | object | None"
"""`status=error&tool=web_search`, `{"status": "error", "tool": ["web_search"], "q": "refund"}`, or words."""

_EXAMPLE = '{"status": "error", "tool": ["web_search"], "duration": "2s..", "attr": {"tier": "gold"}}'
_ALIASES = {"query": "q", "text": "q", "trace_id": "trace", "trace_ids": "trace", "excluded": "not"}


def read_filter(given: FilterLike) -> Filter:
    """What was meant. Raises UsageError naming what is wrong, with what is near to it."""
    if given is None:
        return NO_FILTER
    if isinstance(given, Filter):
        return given
    kind = type(given).__name__
    if not isinstance(given, (str, Mapping)):  # a model's arguments have any type
        raise UsageError(
            f"A filter is a query string or an object, not a {kind}.", hint=f"Such as {_EXAMPLE}."
        )
    try:
        return Filter.parse(list(_typed(given) if isinstance(given, str) else _named(given)))
    except UsageError as error:
        raise UsageError(
            f"This is no filter: {error.message}.", hint=f"Write it such as {_EXAMPLE}."
        ) from None


def _typed(text: str) -> Iterator[tuple[str, str]]:
    plain = text.strip()
    if plain.startswith(("/", "http://", "https://")):
        plain = urlsplit(plain).query
    plain = plain.removeprefix("?")
    name = plain.partition("=")[0]
    if "=" in plain and (name.partition(".")[0] in FIELD or not any(mark in name for mark in " :\"'(")):
        yield from (
            (_ALIASES.get(key, key), value) for key, value in parse_qsl(plain, keep_blank_values=True)
        )
    elif plain:
        yield "q", plain


def _named(given: Mapping[str, Any], family: str = "") -> Iterator[tuple[str, str]]:
    for key, value in given.items():
        name = f"{family}{_ALIASES.get(str(key), key)}"
        shape = FIELD[name].shape if name in FIELD else None
        if value is None:
            continue
        if shape == "bounds":
            yield name, _bounds(value)
        elif isinstance(value, Mapping):
            yield from _named(value, f"{name}.")
        elif isinstance(value, list | tuple):
            yield from ((name, _plain(name, each)) for each in value)
        else:
            yield name, _plain(name, value)


def _bounds(value: Any) -> str:
    if isinstance(value, Mapping):
        low, high = (value.get(name) for name in ("min", "max"))
    elif isinstance(value, list | tuple) and len(value) == 2:
        low, high = value
    else:
        return str(value)
    return f"{'' if low is None else low}..{'' if high is None else high}"


def _plain(name: str, value: object) -> str:
    if isinstance(value, bool):
        return ("yes" if value else "no") if name == "pinned" else str(value).lower()
    return str(value)
