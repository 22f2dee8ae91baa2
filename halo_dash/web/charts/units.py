"""What a chart measures: how a value is written, and where its axis has round numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from halo_dash.web import words

_S = 1_000_000_000
_MINUTE = 60 * _S
_HOUR = 60 * _MINUTE
_ROUND_TIMES = (
    *(step * _MINUTE for step in (1, 2, 5, 10, 15, 30)),
    *(step * _HOUR for step in (1, 2, 3, 6, 12, 24)),
)
"""Above half a minute time is not decimal."""

MOST_TICKS = 4
"""Lines of an axis above zero: more would be a grid to look at instead of the bars."""


@dataclass(frozen=True, slots=True)
class Unit:
    """A measure."""

    exact: Callable[[float], str]
    """As the tooltip and the table say it."""
    short: Callable[[float], str]
    """As the axis says it; its numbers are round."""
    round_step: Callable[[float], float]
    """The smallest round step between lines of the axis that is no less than a number."""
    least: float
    """The axis reaches at least this far, so that nothing at all is a flat line."""
    suffix: str = ""
    """Of a column of CSV."""
    plain: Callable[[float], float] = lambda value: value
    """As a column of CSV has it."""


def ticks(unit: Unit, values: Sequence[float]) -> tuple[float, ...]:
    """Round numbers from 0 to the first that is no less than every value; 2 to `MOST_TICKS` + 1 of them."""
    most = max((value for value in values if math.isfinite(value)), default=0.0)
    most = max(most, unit.least)
    step = unit.round_step(most / MOST_TICKS)
    # A tiny excess that comes from adding floats is no reason for another line.
    lines = max(1, math.ceil(most / step - 1e-9))
    return tuple(step * line for line in range(lines + 1))


def _decimal_step(value: float) -> float:
    """1, 2 or 5 times a power of ten."""
    power = math.floor(math.log10(value))
    # 10 ** -3 is exact as a quotient, and so are its multiples as far as they are shown.
    steps = (step * 10**power if power >= 0 else step / 10**-power for step in (1, 2, 5, 10))
    return float(next(step for step in steps if step >= value * (1 - 1e-9)))


def _whole_step(value: float) -> float:
    return max(1.0, _decimal_step(value))


def _time_step(value: float) -> float:
    if value <= _MINUTE / 2:
        return _decimal_step(value) if value <= 20 * _S else float(30 * _S)
    day = 24 * _HOUR
    return float(next((step for step in _ROUND_TIMES if step >= value), day * math.ceil(value / day)))


def _round_time(value: float) -> str:
    """`20 ms`, `5 s`, `2m`, `1h 30m`: without the digits that a round time does not need."""
    for below, unit, name in ((1_000, 1, "ns"), (1_000_000, 1e3, "µs"), (_S, 1e6, "ms"), (_MINUTE, _S, "s")):
        if value < below:
            return f"{value / unit:g} {name}" if value else "0"
    hours, rest = divmod(round(value), _HOUR)
    minutes, seconds = divmod(rest // _S, 60)
    parts = ((hours, "h"), (minutes, "m"), (seconds, "s"))
    return " ".join(f"{amount}{name}" for amount, name in parts if amount)


def _exact_usd(value: float) -> str:
    """Four digits at least: a chart is read more closely than a list."""
    if value == 0 or abs(value) >= 1_000:
        return words.usd(value)
    digits = min(max(4 - 1 - math.floor(math.log10(abs(value))), 2), 9)
    whole, _, rest = f"{value:,.{digits}f}".partition(".")
    return f"${whole}.{rest.rstrip('0').ljust(2, '0')}"


def _round_usd(value: float) -> str:
    if value >= 1_000:
        return "$" + words.short_count(round(value))
    return "$" + (f"{value:.10f}".rstrip("0").rstrip(".") if value % 1 else f"{value:.0f}")


def _exact_share(value: float) -> str:
    return f"{value * 100:.2f}".rstrip("0").rstrip(".") + "%"


COUNT = Unit(
    exact=lambda value: words.count(round(value)),
    short=lambda value: words.short_count(round(value)),
    round_step=_whole_step,
    least=1,
)
DURATION = Unit(
    exact=lambda value: words.duration(round(value)),
    short=_round_time,
    round_step=_time_step,
    least=1e6,
    suffix="_ms",
    plain=lambda value: value / 1e6,
)
"""Nanoseconds."""
USD = Unit(exact=_exact_usd, short=_round_usd, round_step=_decimal_step, least=0.00001, suffix="_usd")
SHARE = Unit(
    exact=_exact_share,
    short=lambda value: f"{value * 100:g}%",
    round_step=_decimal_step,
    least=0.01,
)
"""0 to 1."""
