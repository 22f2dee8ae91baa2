"""What to list of sessions or users: the filter of the trace list, with an order of its own."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import replace

from halo_dash.errors import UsageError
from halo_dash.model.figures import DEFAULT_GROUP_SORT, GROUP_SORTS
from halo_dash.model.filter import ListQuery

Pairs = Iterable[tuple[str, str]]


def parse_group_query(pairs: Pairs, *, ignore: Collection[str] = ()) -> ListQuery:
    """Read a query string whose `sort` is one of GROUP_SORTS. Raises `UsageError` naming every problem."""
    given = list(pairs)
    sorts = [value for name, value in given if name == "sort" and value]
    problems = []
    if len(sorts) > 1:
        problems.append("sort was given more than once")
    elif sorts and sorts[0] not in GROUP_SORTS:
        problems.append(f"sort must be one of {', '.join(GROUP_SORTS)}, not {sorts[0]!r}")
    rest = [pair for pair in given if pair[0] != "sort"]
    try:
        query = ListQuery.parse(rest, ignore=ignore)
    except UsageError as error:
        problems.append(error.message)
    if problems:
        raise UsageError("; ".join(problems), hint="Correct or remove what is named here, then try again.")
    return replace(query, sort=sorts[0] if sorts else DEFAULT_GROUP_SORT)


def group_pairs(query: ListQuery) -> tuple[tuple[str, str], ...]:
    """The inverse of `parse_group_query`; what has its default value is left out."""
    pairs = [pair for pair in query.pairs() if pair[0] != "sort"]
    at = next((at for at, (name, _) in enumerate(pairs) if name in {"limit", "cursor"}), len(pairs))
    if query.sort != DEFAULT_GROUP_SORT:
        pairs.insert(at, ("sort", query.sort))
    return tuple(pairs)
