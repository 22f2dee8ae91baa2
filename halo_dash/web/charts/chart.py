"""What a page says to have a chart: its series, their unit, and the time they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeAlias

from halo_dash.web.charts.units import Unit

Pairs: TypeAlias = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Series:
    """One number for each bucket; None where there is none, which is not 0."""

    key: str
    """Names its colour in the style sheet."""
    label: str
    values: tuple[float | None, ...]
    total: str = ""
    """What it comes to over the whole period, as the legend says it."""
    narrows: Pairs | None = ()
    """Filters that leave the traces its bars count; None where no list shows exactly these."""


@dataclass(frozen=True, slots=True)
class Chart:
    """Bars stacked upon one another, the first at the bottom; or lines."""

    key: str
    title: str
    form: Literal["bars", "lines"]
    unit: Unit
    series: tuple[Series, ...]
    note: str = ""
    """What has to be known to read it."""
    ceiling: float = float("inf")
    """No value can be larger."""
    has_links: bool = False
    """Its bars are links without a script as well. One chart of a set is enough: links are most of a page."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: the first run of a version."""

    at_ns: int
    label: str


@dataclass(frozen=True, slots=True)
class TimeAxis:
    """The buckets that all charts of a set share."""

    edges_ns: tuple[int, ...]
    """One more than there are buckets."""
    now_ns: int
    address: Callable[[int, int, Pairs], str]
    """(start of a bucket, its end, filters besides) -> where its traces are listed."""
    marks: tuple[Mark, ...] = ()

    @property
    def count(self) -> int:
        """Buckets."""
        return len(self.edges_ns) - 1
