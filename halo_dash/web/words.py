"""How values are written on a page: numbers, money, time. Pure functions, used as template filters."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import Decimal

from halo_dash.model.ledger import TokenKind, usd_per_million
from halo_dash.model.observation import Kind
from halo_dash.model.upkeep import RereadingProgress

NONE = "\N{EM DASH}"
"""What stands where a value is not known."""


def count(value: int | None) -> str:
    """`1234567` as `1,234,567`; unknown as a dash."""
    return NONE if value is None else f"{value:,}"


def short_count(value: int | None) -> str:
    """Three significant digits: `80`, `1.2k`, `279k`, `4.1M`."""
    if value is None:
        return NONE
    for size, unit in ((1_000_000_000, "G"), (1_000_000, "M"), (1_000, "k")):
        if value >= size * 0.9995:
            scaled = value / size
            return f"{scaled:.1f}{unit}".replace(".0", "") if scaled < 99.95 else f"{scaled:.0f}{unit}"
    return str(value)


def usd(value: float | None) -> str:
    """Dollars with enough digits to tell small calls apart: `$0.31`, `$0.00003`, `$1,204.50`."""
    if value is None:
        return NONE
    if value == 0:
        return "$0"
    if 0 < value < 0.00001:
        return "<$0.00001"
    if abs(value) >= 0.1:
        return f"${value:,.2f}"
    significant = 2 if abs(value) >= 0.0001 else 1
    digits = min(significant - 1 - math.floor(math.log10(abs(value))), 9)
    return f"${value:.{digits}f}"


def exact_usd(value: Decimal | float | None) -> str:
    """Dollars to the last digit, so that they can be added up: `$0.00001275`."""
    if value is None:
        return NONE
    return f"${(value if isinstance(value, Decimal) else Decimal(repr(value))).normalize():,f}"


def per_million(price: int) -> str:
    """A price in 10^-18 USD a token as it is published, in USD a million tokens: `$0.15`, `$3`."""
    return exact_usd(usd_per_million(price))


def percent(share: float | None) -> str:
    """A part of a whole, 0 to 1: `42 %`, `1.7 %`, `<0.1 %`."""
    if share is None:
        return NONE
    if 0 < share < 0.001:
        return "<0.1 %"
    return f"{share * 100:.1f} %".replace(".0 ", " ") if share < 0.1 else f"{share * 100:.0f} %"


_TOKEN_KINDS = {
    TokenKind.INPUT: "Input",
    TokenKind.INPUT_AUDIO: "Audio input",
    TokenKind.CACHE_READ: "Read from the cache",
    TokenKind.CACHE_WRITE: "Written to the cache",
    TokenKind.CACHE_WRITE_1H: "Written to the cache for an hour",
    TokenKind.OUTPUT: "Output",
    TokenKind.OUTPUT_AUDIO: "Audio output",
}


def token_kind(kind: TokenKind) -> str:
    """What tokens are charged for, in words."""
    return _TOKEN_KINDS[kind]


_SPANS_OF_TIME = (
    (1, 1, "0 ms"),
    (1_000, 1, "{:.0f} ns"),
    (999_500, 1e3, "{:.0f} µs"),
    (9_950_000, 1e6, "{:.1f} ms"),
    (999_500_000, 1e6, "{:.0f} ms"),
    (9_995_000_000, 1e9, "{:.2f} s"),
    (59_950_000_000, 1e9, "{:.1f} s"),
)
"""(below these ns, unit in ns, how it is written)."""


def duration(ns: int | None) -> str:
    """Nanoseconds as a person says them: `400 µs`, `86 ms`, `12.9 s`, `2m 05s`, `1h 12m`."""
    if ns is None:
        return NONE
    sign, ns = ("-", -ns) if ns < 0 else ("", ns)
    for below, unit_ns, form in _SPANS_OF_TIME:
        if ns < below:
            return sign + form.format(ns / unit_ns)
    minutes, seconds = divmod(round(ns / 1e9), 60)
    if minutes < 60:
        return f"{sign}{minutes}m {seconds:02d}s"
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}h {minutes:02d}m"


def size(octets: int | None) -> str:
    """Bytes in powers of 1024: `812 B`, `32 KB`, `5.0 MB`."""
    if octets is None:
        return NONE
    if octets < 1024:
        return f"{octets} B"
    value = float(octets)
    for unit in ("KB", "MB", "GB", "TB"):
        value /= 1024
        if value < 1023.95 or unit == "TB":
            break
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def iso(ns: int) -> str:
    """UTC to the microsecond, `2026-11-20T06:07:01.123456Z`; years that datetime lacks stay numbers."""
    try:
        moment = datetime.fromtimestamp(ns // 1_000_000_000, UTC)
    except (ValueError, OverflowError, OSError):
        return f"{ns} ns"
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{ns % 1_000_000_000 // 1000:06d}Z"


def _local(ns: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(ns / 1e9, UTC).astimezone()
    except (ValueError, OverflowError, OSError):
        return None


def clock(ns: int, now_ns: int) -> str:
    """`06:07:01` today, `19 Nov 06:07` this year, else `2025-11-19`; in the time zone of this machine."""
    moment, now = _local(ns), _local(now_ns)
    if moment is None or now is None or ns <= 0:
        return NONE
    if moment.date() == now.date():
        return f"{moment:%H:%M:%S}"
    if moment.year == now.year:
        return f"{moment.day} {moment:%b %H:%M}"
    return f"{moment:%Y-%m-%d}"


def when(ns: int, now_ns: int) -> str:
    """The full local time and how long ago: `2026-11-20 06:07:01.123 +01:00, 3 min ago`."""
    moment = _local(ns)
    if moment is None or ns <= 0:
        return "time unknown"
    zone = f"{moment:%z}"
    millis = ns % 1_000_000_000 // 1_000_000
    return f"{moment:%Y-%m-%d %H:%M:%S}.{millis:03d} {zone[:3]}:{zone[3:]}, {ago(ns, now_ns)}"


def moment(ns: int) -> str:
    """A local time to the second, and further only where it needs it: `2026-11-20 06:07:01 +01:00`."""
    found = _local(ns)
    if found is None:
        return iso(ns)
    decimals = f".{rest:09d}".rstrip("0") if (rest := ns % 1_000_000_000) else ""
    zone = f"{found:%z}"
    return f"{found:%Y-%m-%d %H:%M:%S}{decimals} {zone[:3]}:{zone[3:]}"


def utc_offset(now_ns: int) -> int:
    """Minutes that this machine's zone is ahead of UTC at a moment."""
    moment = _local(now_ns)
    offset = moment.utcoffset() if moment else None
    return int(offset.total_seconds() // 60) if offset else 0


def ago(ns: int, now_ns: int) -> str:
    """`just now`, `42 s ago`, `3 min ago`, `5 h ago`, `12 days ago`; `in 3 min` where a clock runs ahead."""
    seconds = (now_ns - ns) / 1e9
    amount = abs(seconds)
    if amount < 2:
        return "just now"
    if amount < 60:
        text = f"{amount:.0f} s"
    elif amount < 3600:
        text = f"{amount / 60:.0f} min"
    elif amount < 48 * 3600:
        text = f"{amount / 3600:.0f} h"
    else:
        text = f"{amount / 86400:.0f} days"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def plural(amount: int, one: str, many: str | None = None) -> str:
    """`1 run`, `2 runs`, `1,204 runs`."""
    return f"{amount:,} {one if amount == 1 else many or one + 's'}"


def rereading(progress: RereadingProgress) -> str:
    """`1,204 traces were read by other rules or prices and are to be read again`."""
    many = progress.waiting_traces
    was, are = ("trace was", "is") if many == 1 else ("traces were", "are")
    course = "being read again" if progress.is_under_way else "to be read again"
    return f"{many:,} {was} read by other rules or prices and {are} {course}"


_LETTERS = {Kind.RERANKER: "K", Kind.EMBEDDING: "M"}


def letter(kind: str) -> str:
    """The letter of an observation kind: its first, but K for a reranker and M for an embedding."""
    return _LETTERS.get(Kind(kind), kind[0])
