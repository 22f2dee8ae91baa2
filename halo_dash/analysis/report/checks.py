"""The check of a finding: a filter of `/traces` that tells whether the problem is gone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from halo_dash.errors import UsageError
from halo_dash.model.filter import Filter

Pair = tuple[str, str]
_OF_THE_LIST = frozenset({"range", "from", "to", "sort", "limit", "cursor", "span", "view"})
"""A check holds for runs to come: it has no period, no order and no page."""


def query_of(given: str | Mapping[str, Any], *more: Pair) -> str:
    """The query string of a check as it was written; in the order of the filters where it is one."""
    pairs = [*(_typed(given) if isinstance(given, str) else _named(given)), *((k, v) for k, v in more if v)]
    kept = [pair for pair in pairs if pair[0] not in _OF_THE_LIST]
    try:
        return urlencode(Filter.parse(kept).pairs())
    except UsageError:
        return urlencode(kept) if kept else str(given)[:2_000]


def read_check(query: str) -> Filter:
    """The filter of a check. Raises UsageError saying why it is none."""
    pairs = parse_qsl(query, keep_blank_values=True)
    if query.strip() and not pairs:
        raise UsageError(
            f"{query[:80]!r} is no filter",
            hint="Write NAME=VALUE, joined by &, such as tool=web_search&status=error.",
        )
    found = Filter.parse([pair for pair in pairs if pair[0] not in _OF_THE_LIST])
    if not found:
        raise UsageError("it selects every run", hint="Name what sets the runs apart that show the problem.")
    return found


def _typed(text: str) -> Iterable[Pair]:
    """The pairs of a query string, also of one behind an address."""
    plain = text.strip()
    if plain.startswith(("/", "http://", "https://")):
        plain = urlsplit(plain).query
    return parse_qsl(plain.removeprefix("?"), keep_blank_values=True)


def _named(given: Mapping[str, Any], family: str = "") -> Iterator[Pair]:
    for key, value in given.items():
        name = f"{family}{key}"
        if isinstance(value, Mapping):
            yield from _named(value, f"{name}.")
        elif isinstance(value, list | tuple):
            yield from ((name, _plain(each)) for each in value)
        elif value is not None:
            yield name, _plain(value)


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
