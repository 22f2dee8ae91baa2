"""The words below a chart: a few round local times among the ends of its buckets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import TypeAlias

MOST = 7
"""Words that fit below a chart of half a page."""

_S = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TimeTick:
    """One of them."""

    x: float
    """Percent of the width."""
    at_ns: int
    label: str
    form: str
    """`second`, `minute`, `day`, `month` or `year`, how a browser in another zone writes it; the first of
    an axis, where that is a time of day, says its day as well: `day second`, `day minute`."""


def time_ticks(edges_ns: Sequence[int], zone: tzinfo | None = None) -> tuple[TimeTick, ...]:
    """Round local times of a zone (this machine's where it is None), at most `MOST`, evenly spread."""
    walls = [datetime.fromtimestamp(edge / _S, UTC).astimezone(zone) for edge in edges_ns[:-1]]
    # The period begins where it was asked to begin, which is seldom a round time.
    inner = [*range(1, len(walls))]
    found = ((form, [at for at in inner if is_new(walls[at - 1], walls[at])]) for form, is_new in _LEVELS)
    form, chosen = next(each for each in found if len(each[1]) <= MOST)
    width = 100 / max(len(walls), 1)
    return tuple(
        TimeTick(round(at * width, 2), edges_ns[at], written(walls[at], each), each)
        for nth, at in enumerate(chosen)
        for each in (_FIRST.get(form, form) if nth == 0 else form,)
    )


def written(wall: datetime, form: str) -> str:
    """`06:07:30`, `06:07`, `20 Nov 06:07`, `20 Nov`, `Nov`, `2026`.

    Midnight and January are called by what begins there.
    """
    if form in {*_FIRST, *_FIRST.values()} and (wall.hour, wall.minute, wall.second) == (0, 0, 0):
        form = "day"
    if form == "month" and wall.month == 1:
        form = "year"
    if form == "day":
        return f"{wall.day} {wall:%b}"
    day, _, time = form.rpartition(" ")
    return (f"{wall.day} {wall:%b} " if day else "") + f"{wall:{_FORMS[time]}}"


_FIRST = {"second": "day second", "minute": "day minute"}
_FORMS = {"second": "%H:%M:%S", "minute": "%H:%M", "month": "%b", "year": "%Y"}


_IsNew: TypeAlias = Callable[[datetime, datetime], bool]
"""Whether something round begins with the second of two buckets."""


def _of_a_day(step_s: int) -> _IsNew:
    def is_new(_: datetime, wall: datetime) -> bool:
        second = wall.hour * 3600 + wall.minute * 60 + wall.second
        return second % step_s == 0 and wall.microsecond == 0

    return is_new


# Weeks do not begin with months, and a clock may skip midnight: what counts is that another one has begun.
def _days(step: int) -> _IsNew:
    return lambda before, wall: (before.toordinal() - 1) // step != (wall.toordinal() - 1) // step


def _months(step: int) -> _IsNew:
    return lambda before, wall: _month(before) // step != _month(wall) // step


def _month(wall: datetime) -> int:
    return wall.year * 12 + wall.month - 1


_MINUTE = 60
_HOUR = 3600
_LEVELS: tuple[tuple[str, _IsNew], ...] = (
    *(("second", _of_a_day(step)) for step in (1, 2, 5, 10, 15, 30)),
    *(("minute", _of_a_day(step * _MINUTE)) for step in (1, 2, 5, 10, 15, 30)),
    *(("minute", _of_a_day(step * _HOUR)) for step in (1, 2, 3, 6, 12)),
    *(("day", _days(step)) for step in (1, 2, 7, 14, 28)),
    *(("month", _months(step)) for step in (1, 2, 3, 6)),
    *(("year", _months(12 * step)) for step in (1, 2, 5, 10, 20, 50)),
)
"""From fine to coarse: the first that leaves few enough is taken."""
