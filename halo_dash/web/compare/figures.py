"""Two numbers beside each other, and how far they are apart."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.web import words

Direction: TypeAlias = Literal["more", "less", "same", "unknown"]


@dataclass(frozen=True, slots=True)
class Fact:
    """One line of a comparison."""

    label: str
    left: str
    right: str
    difference: str = ""
    """`+120 (+8 %)`; empty where there is nothing to subtract."""
    differs: bool = False
    is_long: bool = False
    """Words rather than a figure: it may take several lines."""


def text_fact(label: str, left: str | None, right: str | None, *, is_long: bool = False) -> Fact:
    """Two texts; unknown ones are a dash."""
    return Fact(label, left or words.NONE, right or words.NONE, differs=left != right, is_long=is_long)


def number_fact(
    label: str,
    left: float | None,
    right: float | None,
    write: Callable[[float], str],
    *,
    prefixes: tuple[str, str] = ("", ""),
) -> Fact:
    """Two numbers. Of bounds (`prefixes` are `≥`) no difference is taken: it may be anything."""
    sides = [
        words.NONE if value is None else prefix + write(value)
        for value, prefix in zip((left, right), prefixes, strict=True)
    ]
    is_known = left is not None and right is not None and not any(prefixes)
    return Fact(
        label,
        sides[0],
        sides[1],
        apart(left, right, write) if is_known and left is not None and right is not None else "",
        differs=left != right or prefixes[0] != prefixes[1],
    )


def apart(left: float, right: float, write: Callable[[float], str]) -> str:
    """`+1.2 s (+34 %)`: how much more the right side has; `=` where it has as much."""
    if left == right:
        return "="
    sign = "+" if right > left else "\N{MINUS SIGN}"
    distance, share = write(abs(right - left)), _percent(left, right) if left > 0 else ""
    if distance.startswith("<") and share:
        return share
    return f"{sign}{distance}" + (f" ({share})" if share else "")


def _percent(left: float, right: float) -> str:
    """Empty where it rounds to nothing."""
    times = right / left
    if times >= 10:
        return f"\N{MULTIPLICATION SIGN}{times:,.0f}"
    percent = round((times - 1) * 100)
    return f"{percent:+d} %".replace("-", "\N{MINUS SIGN}") if percent else ""


def written_duration(value: float) -> str:
    """Nanoseconds for people."""
    return words.duration(round(value))


def written_count(value: float) -> str:
    """A whole number."""
    return words.count(round(value))
