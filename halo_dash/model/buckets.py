"""A period cut into buckets that people would choose: whole minutes, hours, days, weeks of their own clock.

Everything follows the local time of a zone, through every change of its offset: a bucket of two hours begins
at an even hour, a day at midnight, so a day of a change has 23 or 25 hours. The first and the last bucket end
where the period does, so that the buckets hold exactly what the period holds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

_MS = 1_000_000
_S = 1_000 * _MS
_MIN = 60 * _S
_HOUR_NS = 60 * _MIN
_DAY_NS = 24 * _HOUR_NS

MOST = 72
"""A period has fewer whole buckets than this; with the widths below it has at least 24."""

_FIXED_NS = (
    *(step * _MS for step in (1, 2, 5, 10, 20, 50, 100, 200, 500)),
    *(step * _S for step in (1, 2, 5, 10, 15, 30)),
    *(step * _MIN for step in (1, 2, 5, 10, 15, 30, 60)),
)
"""Widths that are counted in elapsed time: the hour that a clock repeats is a bucket of its own."""


@dataclass(frozen=True, slots=True)
class _Wall:
    """A width that follows the clock on the wall."""

    unit: Literal["hour", "day", "month"]
    step: int
    about_ns: int


_WALL = (
    *(_Wall("hour", step, step * _HOUR_NS) for step in (2, 3, 6, 12)),
    *(_Wall("day", step, step * _DAY_NS) for step in (1, 2, 4, 7, 14)),
    *(_Wall("month", step, step * 365 * _DAY_NS // 12) for step in (1, 3, 6, 12, 36, 60)),
)


def bucket_edges(from_ns: int, to_ns: int, zone: tzinfo | None = None) -> tuple[int, ...]:
    """The ends of the buckets of `[from_ns, to_ns)`: the first is `from_ns`, the last is `to_ns`.

    `zone` is that of this machine where it is None. Between the ends stand round local times, 24 to `MOST` of
    them; less only for periods under 24 ms. Raises ValueError where the period is empty.
    """
    if from_ns >= to_ns:
        raise ValueError(f"a period must end after its start, not from {from_ns} to {to_ns}")
    length = to_ns - from_ns
    width = next((width for width in _FIXED_NS if length < MOST * width), None)
    if width is not None:
        return _between(from_ns, to_ns, lambda at: _next_fixed(at, width, zone))
    wall = next((wall for wall in _WALL if length < MOST * wall.about_ns), _WALL[-1])
    return _between(from_ns, to_ns, lambda at: _next_on_the_wall(at, wall, zone))


def _between(from_ns: int, to_ns: int, after: Callable[[int], int]) -> tuple[int, ...]:
    edges = [from_ns]
    while (at := after(edges[-1])) < to_ns:
        edges.append(at)
    return (*edges, to_ns)


def _next_fixed(at_ns: int, width: int, zone: tzinfo | None) -> int:
    """The next moment after `at_ns` whose local time is a multiple of `width`."""
    offset = _offset(at_ns, zone)
    found = at_ns + width - (at_ns + offset) % width
    changed = _offset(found, zone)
    # Where the offset changed by less than a width, the next round local time is a little later.
    return found if changed == offset else found + -(found + changed) % width


def _offset(at_ns: int, zone: tzinfo | None) -> int:
    """How far local time is ahead of UTC at a moment, in nanoseconds."""
    moment = datetime.fromtimestamp(at_ns // _S, UTC).astimezone(zone)
    offset = moment.utcoffset()
    return (offset.days * 86_400 + offset.seconds) * _S if offset is not None else 0


def _next_on_the_wall(at_ns: int, width: _Wall, zone: tzinfo | None) -> int:
    """The first round local time after a moment.

    A round time that the clock skips is the moment of the change; of one that comes twice the first counts.
    """
    wall = datetime.fromtimestamp(at_ns // _S, UTC).astimezone(zone).replace(tzinfo=None, fold=0)
    round_time = _floor(wall, width)
    while (found := int(round_time.replace(tzinfo=zone).timestamp()) * _S) <= at_ns:
        round_time = _step(round_time, width)
    return found


def _floor(wall: datetime, width: _Wall) -> datetime:
    if width.unit == "hour":
        return wall.replace(hour=wall.hour - wall.hour % width.step, minute=0, second=0, microsecond=0)
    if width.unit == "day":
        # Day 1 was a Monday, so weeks begin on Mondays.
        day = wall.toordinal() - (wall.toordinal() - 1) % width.step
        return datetime.combine(date.fromordinal(day), time())
    months = wall.year * 12 + wall.month - 1
    return _month(months - months % width.step)


def _step(wall: datetime, width: _Wall) -> datetime:
    if width.unit == "month":
        return _month(wall.year * 12 + wall.month - 1 + width.step)
    return wall + timedelta(**{f"{width.unit}s": width.step})


def _month(months: int) -> datetime:
    return datetime(months // 12, months % 12 + 1, 1)  # noqa: DTZ001 - a time on the wall; its zone is the caller's
