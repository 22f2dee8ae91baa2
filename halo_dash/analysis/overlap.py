"""Two filters as one: the traces that both select."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from halo_dash.model.bounds import ANY, Bounds
from halo_dash.model.filter import Filter

_SINGLE = frozenset({"trace", "source", "environment"})
"""A trace has at most one value of these, so that values which both allow are all that is left."""

_NOTHING = "-"
_UNSAID: tuple[object, ...] = (None, (), ANY)


def overlap(one: Filter, other: Filter) -> Filter | None:
    """One filter that selects what both select; None where none can say it. Periods have to be absolute.

    Two lists of tools mean any of the first *and* any of the second, which one list cannot ask.
    """
    changed: dict[str, Any] = {}
    for name in (each.name for each in fields(Filter)):
        mine, theirs = getattr(one, name), getattr(other, name)
        if theirs in _UNSAID or mine == theirs:
            continue
        if mine in _UNSAID:
            changed[name] = theirs
        elif name == "excluded":
            changed[name] = tuple(dict.fromkeys((*mine, *theirs)))
        elif name in _SINGLE:
            shared = set(theirs)
            changed[name] = tuple(each for each in mine if each in shared) or (_NOTHING,)
        elif isinstance(mine, Bounds):
            changed[name] = _inner(mine, theirs)
        elif name in {"from_ns", "to_ns"}:
            changed[name] = max(mine, theirs) if name == "from_ns" else min(mine, theirs)
        else:
            return None
    return replace(one, **changed)


def _inner(one: Bounds, other: Bounds) -> Bounds:
    least = [each for each in (one.minimum, other.minimum) if each is not None]
    most = [each for each in (one.maximum, other.maximum) if each is not None]
    return Bounds(max(least) if least else None, min(most) if most else None)
