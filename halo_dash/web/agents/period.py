"""The time that figures cover, its buckets, and the period before that they are compared with."""

from __future__ import annotations

from dataclasses import dataclass, replace

from halo_dash.model.buckets import bucket_edges
from halo_dash.model.filter import Filter

LEAST_NS = 60 * 1_000_000_000
"""Where nobody said how long, a minute at least: a single run would else be a period of its own."""

_DAY_NS = 86_400 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Period:
    """Of a filter, at a moment."""

    edges_ns: tuple[int, ...]
    """Ends of the buckets."""
    before: Filter | None
    """The same filter over the period before, equally long; None where the filter has no beginning."""


def period_of(filter_: Filter, now_ns: int, first_ns: int | None, last_ns: int | None) -> Period:
    """The period of a filter; where it is open it reaches from the first run to the last, or to now.

    `first_ns` and `last_ns` are starts of runs, None where there are none.
    """
    start, end = filter_.period(now_ns)
    until = end if end is not None else now_ns if start is not None else _end(now_ns, first_ns, last_ns)
    if start is None:
        since = until - LEAST_NS if first_ns is None else min(first_ns, until - LEAST_NS)
    else:
        since = min(start, until - 1)
    since = max(0, since)
    before = None
    if start is not None and start < until:
        whole = replace(filter_, window=None, from_ns=None, to_ns=None)
        # An earlier period than the first nanosecond there is has nothing in it.
        before = replace(whole, from_ns=max(0, 2 * start - until), to_ns=start) if start else None
    return Period(bucket_edges(since, max(until, since + 1)), before)


def _end(now_ns: int, first_ns: int | None, last_ns: int | None) -> int:
    """Now, unless the last run is more than a day old and all there is would be a sliver at the left."""
    if first_ns is None or last_ns is None or now_ns - last_ns < max(last_ns - first_ns, _DAY_NS):
        return now_ns
    return last_ns + 1
