"""The ruler above the bars: round times at even distances."""

from __future__ import annotations

from dataclasses import dataclass

_MOST_TICKS = 6
_STEPS = (1, 2, 5)


@dataclass(frozen=True, slots=True)
class Tick:
    """One line of the ruler."""

    x: str
    """Where, in percent of the window, as an SVG length."""
    offset_ns: int
    """Since the start of the trace."""


def ruler(span_ns: int) -> tuple[Tick, ...]:
    """At most six ticks at 1, 2 or 5 times a power of ten; the last leaves room for its words."""
    if span_ns <= 0:
        return (Tick("0%", 0),)
    size = 1
    while True:
        for step in _STEPS:
            distance = step * size
            if span_ns // distance < _MOST_TICKS:
                reach = range(0, span_ns * 88 // 100 + 1, distance)
                return tuple(Tick(f"{at * 100 / span_ns:.3f}%", at) for at in reach)
        size *= 10
