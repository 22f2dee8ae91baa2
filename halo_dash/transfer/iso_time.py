"""ISO 8601 timestamps <-> integer nanoseconds, exactly.

Neither float nor `datetime` is on the way: both stop at the microsecond, and agents' spans are
ordered by what stands behind it.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

from halo_dash.errors import InvalidInputError

_ISO = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:[.,](\d+))?\s*(Z|z|[+-]\d{2}:?\d{2})?", re.ASCII
)
_EPOCH_DAY = date(1970, 1, 1).toordinal()
_NS = 1_000_000_000


def parse_ns(text: str) -> int:
    """Nanoseconds since the epoch of an ISO 8601 time; without a zone it is read as UTC.

    Digits after the ninth are cut off. Raises `InvalidInputError` when `text` is no such time or
    lies before 1970, which OTLP's unsigned times cannot say.
    """
    match = _ISO.fullmatch(text)
    if match is None:
        raise InvalidInputError(
            f"{text[:40]!r} is not an ISO 8601 time such as 2026-01-31T12:00:00.123456789Z"
        )
    year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
    if hour > 23 or minute > 59 or second > 60:
        raise InvalidInputError(f"{text[:40]!r} has an hour, minute or second out of range")
    try:
        days = date(year, month, day).toordinal() - _EPOCH_DAY
    except ValueError:
        raise InvalidInputError(f"{text[:40]!r} is not a day of the calendar") from None
    seconds = days * 86_400 + hour * 3_600 + minute * 60 + second - _offset_s(match[8])
    if seconds < 0:
        raise InvalidInputError(f"{text[:40]!r} lies before 1970-01-01, which a span cannot say")
    return seconds * _NS + int((match[7] or "0")[:9].ljust(9, "0"))


def _offset_s(zone: str | None) -> int:
    if zone is None or zone in "Zz":
        return 0
    digits = zone[1:].replace(":", "")
    offset = int(digits[:2]) * 3_600 + int(digits[2:]) * 60
    return -offset if zone[0] == "-" else offset


def format_ns(time_ns: int) -> str:
    """`2026-01-31T12:00:00.123456789Z`: always nine digits, always UTC."""
    seconds, fraction = divmod(time_ns, _NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{fraction:09d}Z"
