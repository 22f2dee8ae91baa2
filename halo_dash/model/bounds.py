"""The small values inside a filter, each with its one way to be written and read back.

`MIN..MAX` with either side open, durations such as `1.5s`, moments as ISO 8601. Everything is exact:
what was read is written again as the same value. Reading raises `ValueError` with a message for people.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

Number: TypeAlias = int | float

LARGEST = 2**63 - 1
"""The largest whole number a store can hold, and the latest moment in nanoseconds (the year 2262)."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_PER_SECOND = 1_000_000_000
_UNITS_NS = {
    "h": 3600 * _NS_PER_SECOND,
    "m": 60 * _NS_PER_SECOND,
    "s": _NS_PER_SECOND,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}
_DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(h|m|s|ms|us|µs|ns)", re.ASCII)
_MOMENT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?)?"
    r"(Z|[+\- ][0-9]{2}:?[0-9]{2})?",
    re.ASCII | re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Bounds:
    """Both ends belong to it; None is open. `ANY` is no bound at all."""

    minimum: Number | None = None
    maximum: Number | None = None

    def __bool__(self) -> bool:
        """Whether anything is asked for."""
        return self.minimum is not None or self.maximum is not None

    def holds(self, value: Number | None) -> bool:
        """Whether `value` is inside; an unknown value is inside only where nothing is asked."""
        if not self:
            return True
        if value is None:
            return False
        return (self.minimum is None or value >= self.minimum) and (
            self.maximum is None or value <= self.maximum
        )


ANY = Bounds()


def read_bounds(text: str, read: Callable[[str], Number]) -> Bounds:
    """Read `MIN..MAX`, each side with `read`."""
    low, dots, high = text.partition("..")
    low, high = low.strip(), high.strip()
    if not dots or not (low or high):
        raise ValueError("must be MIN..MAX with at least one side, such as 5.., ..10 or 5..10")
    bounds = Bounds(read(low) if low else None, read(high) if high else None)
    if bounds.minimum is not None and bounds.maximum is not None and bounds.minimum > bounds.maximum:
        raise ValueError("begins after its end; swap the two sides")
    return bounds


def write_bounds(bounds: Bounds, write: Callable[[Number], str]) -> str:
    """The inverse of `read_bounds`."""
    low = "" if bounds.minimum is None else write(bounds.minimum)
    high = "" if bounds.maximum is None else write(bounds.maximum)
    return f"{low}..{high}"


def read_count(text: str) -> int:
    """A whole number from 0."""
    if not re.fullmatch(r"[0-9]{1,19}", text, re.ASCII) or int(text) > LARGEST:
        raise ValueError(f"needs whole numbers from 0, not {text!r}")
    return int(text)


def write_count(value: Number) -> str:
    """The inverse of `read_count`."""
    return str(int(value))


def read_usd(text: str) -> float:
    """An amount of US dollars from 0, with or without the sign."""
    digits = text.removeprefix("$")
    if not re.fullmatch(r"[0-9]{0,15}\.?[0-9]{0,40}(e(-[0-9]{1,3}|\+?[0-9]{1,2}))?", digits, re.IGNORECASE):
        raise ValueError(f"needs amounts such as 0.05, not {text!r}")
    try:
        return float(digits)
    except ValueError:
        raise ValueError(f"needs amounts such as 0.05, not {text!r}") from None


def write_usd(value: Number) -> str:
    """The inverse of `read_usd`: the shortest digits that read back as the same number."""
    return repr(float(value))


def read_duration(text: str) -> int:
    """`1.5s`, `200ms`, `3m` … in nanoseconds. The unit is required."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise ValueError(f"needs times with a unit (ns us ms s m h), such as 200ms or 1.5s, not {text!r}")
    try:
        value = Decimal(match[1]) * _UNITS_NS[match[2].replace("µ", "u")]
    except InvalidOperation:
        raise ValueError(f"cannot be read as a time: {text!r}") from None
    if value > LARGEST:
        raise ValueError(f"is longer than any trace: {text!r}")
    return int(value)


def write_duration(value: Number) -> str:
    """The inverse of `read_duration`, in the largest unit that is short and exact."""
    whole = int(value)
    for unit in ("h", "m"):
        if whole and whole % _UNITS_NS[unit] == 0:
            return f"{whole // _UNITS_NS[unit]}{unit}"
    for unit in ("s", "ms", "us"):
        digits = format(Decimal(whole) / _UNITS_NS[unit], "f")
        if whole and len(digits.partition(".")[2]) <= 3 and read_duration(digits + unit) == whole:
            return digits + unit
    return f"{whole}ns"


def read_moment(text: str) -> int:
    """An ISO 8601 date or time in nanoseconds since the epoch; without an offset it is UTC.

    A `+` that a query string turned into a space is understood.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"must be a time such as 2026-03-01 or 2026-03-01T12:30:00Z, not {text!r}")
    date, clock, seconds, fraction, offset = match.groups()
    zone = "+00:00" if offset in (None, "Z", "z") else offset.replace(" ", "+")
    try:
        moment = datetime.fromisoformat(f"{date}T{clock or '00:00'}:{seconds or '00'}{zone}")
    except ValueError:
        raise ValueError(f"is not a time of the calendar: {text!r}") from None
    since = moment - _EPOCH
    total = (since.days * 86_400 + since.seconds) * _NS_PER_SECOND + int((fraction or "").ljust(9, "0"))
    if not 0 <= total <= LARGEST:
        raise ValueError(f"must lie between the years 1970 and 2262, not at {text!r}")
    return total


def write_moment(time_ns: int) -> str:
    """The inverse of `read_moment`: `2026-03-01T12:30:00Z`, with as many decimals as it needs."""
    seconds, rest = divmod(time_ns, _NS_PER_SECOND)
    moment = _EPOCH + timedelta(seconds=seconds)
    decimals = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{moment:%Y-%m-%dT%H:%M:%S}{decimals}Z"
