"""Insights: what goes wrong again and again, why it may be so, and how its life goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

from halo_dash.model.chance import wilson
from halo_dash.model.finding import NO_WASTE, Ending, Severity, Waste

LifeState: TypeAlias = Literal["new", "ongoing", "fixed", "regressed"]
LIFE_STATES: tuple[LifeState, ...] = get_args(LifeState)


@dataclass(frozen=True, slots=True)
class Share:
    """A part of some runs."""

    hits: int
    base: int
    """At least 1."""

    @property
    def value(self) -> float:
        """From 0 to 1."""
        return self.hits / self.base

    @property
    def interval(self) -> tuple[float, float]:
        """95 %, by Wilson's score."""
        return wilson(self.hits, self.base)


@dataclass(frozen=True, slots=True)
class Release:
    """What runs of one version show."""

    version: str
    share: Share


@dataclass(frozen=True, slots=True)
class Life:
    """How something that goes wrong has gone on."""

    state: LifeState
    since_ns: int
    """Start of the run with which the state began."""
    version: str = ""
    """The release with which it began; empty where no version tells."""
    clean_runs: int = 0
    """Runs since the last one that has it."""
    chance: float = 1.0
    """Probability of so many clean runs had its rate stayed the same."""
    runs_to_fixed: int | None = None
    """Clean runs still to come until it counts as fixed; None where too little is known, or it is fixed."""
    is_said: bool = False
    """Somebody said that it is fixed."""
    releases: tuple[Release, ...] = ()
    """In the order in which they first ran; empty where there are fewer than two."""


@dataclass(frozen=True, slots=True)
class Impact:
    """What an insight is ranked by, with its parts: share x weight x (1 + waste share)."""

    share: float
    """Of the selection's judged runs."""
    severity: Severity
    weight: float
    """Of the severity."""
    waste_share: float
    """From 0 to 1: part of what its runs spent that was spent in vain."""
    waste_of: Literal["tokens", "time"] = "tokens"
    """What that part is of: of tokens where they are known."""

    @property
    def value(self) -> float:
        """From 0 to 2."""
        return self.share * self.weight * (1 + self.waste_share)


@dataclass(frozen=True, slots=True)
class Example:
    """A run that shows it."""

    trace_id: str
    start_ns: int
    title: str
    explanation: str
    ending: Ending
    span_id: str
    quote: str
    """Word for word from that span."""
    number: str
    """Of the evidence in an address of the trace, such as `2.1`."""


@dataclass(frozen=True, slots=True)
class HistoryRun:
    """One run of the agents that an insight is about."""

    trace_id: str
    """Empty where it is not known any more."""
    start_ns: int
    has_it: bool
    version: str


@dataclass(frozen=True, slots=True)
class Insight:
    """Something systemic: one rule and one subject, however it is worded."""

    name: str
    """In addresses."""
    rule: str
    subject: str
    cause: str
    """The most frequent one; may be empty."""
    title: str
    hypothesis: str
    direction: str
    """What one may try."""
    share: Share
    """Of the selection's judged runs."""
    agent_share: Share
    """Of the runs of the agents it happens to."""
    agents: tuple[str, ...]
    clusters: tuple[str, ...]
    """The failure clusters it is made of, most runs first."""
    impact: Impact
    life: Life
    first_ns: int
    last_ns: int
    """First and last start of a run that has it."""
    waste: Waste = NO_WASTE
    examples: tuple[Example, ...] = ()
    """The newest first."""


@dataclass(frozen=True, slots=True)
class InsightPage:
    """What a selection shows."""

    items: tuple[Insight, ...]
    """The greatest impact first; fixed ones last."""
    traces: int
    judged: int
    least: int
    """Judged traces that it takes."""

    @property
    def is_enough(self) -> bool:
        """Whether anything can be called systemic."""
        return self.judged >= self.least
