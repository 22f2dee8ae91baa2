"""Failure clusters over a selection: how often, since when, at what cost, what sets them apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from halo_dash.model.finding import NO_WASTE, Severity, Waste
from halo_dash.model.judged import ClusterIdentity
from halo_dash.model.page import FacetValue


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """One failure within a selection; or a group of them, which is named by `ClusterIdentity.group`."""

    identity: ClusterIdentity
    """Of a group: its name, rule and cause, and what else all clusters in it have the same."""
    runs: int
    """Traces of the selection that have it."""
    failed: int
    """Of these, those that ended in it."""
    recovered: int
    """Of its runs, those that got over it and did not fail: all its findings in them end `recovered`."""
    first_ns: int
    last_ns: int
    """First and last start of a run that has it."""
    waste: Waste = NO_WASTE
    runs_by_bucket: tuple[int, ...] = ()
    severity: Severity = "high"
    """The worst of its findings."""
    failed_runs: int = 0
    """Of its runs, those that failed in effect, whatever they ended in."""
    members: tuple[tuple[ClusterIdentity, int], ...] = ()
    """The clusters in it and the runs of each, most runs first; one of a cluster, itself."""
    agents: tuple[FacetValue, ...] = ()
    """Of its runs, most frequent first; only where it was asked to be described."""
    tools: tuple[FacetValue, ...] = ()
    models: tuple[FacetValue, ...] = ()


@dataclass(frozen=True, slots=True)
class ClusterPage:
    """The clusters of a selection, most runs first."""

    items: tuple[ClusterRow, ...]
    traces: int
    """All traces of the selection, judged or not."""
    judged: int
    """Of these, those that rules have judged."""
    troubled: int
    """Traces that failed in effect, have an error inside, or in which something failed as findings tell."""
    covered: int
    """Of the troubled ones, those that are in a cluster of `items`."""
    edges_ns: tuple[int, ...] = ()
    failed: int = 0
    """Traces of the selection that failed in effect."""
    with_errors: int = 0
    """Those that did not, and have an error inside; what they got over is a question of each failure."""
    told: int = 0
    """Those that did neither, and in which something failed as findings tell; got over or not."""
    single: int = 0
    """Of the covered ones, those that are in no cluster of `items` with a second run."""


@dataclass(frozen=True, slots=True)
class TraitShare:
    """A value that the runs of a cluster have more (or less) often than the runs they are compared with."""

    field: str
    """Name of a filter; `attr.KEY` for an attribute of the root span or of its resource."""
    value: str
    with_it: int
    """Runs of the cluster that have it."""
    runs: int
    """Those that were looked at: all, but for an attribute."""
    others_with: int
    others: int
    lift: float
    p_value: float
    alike: tuple[tuple[str, str], ...] = ()
    """(field, value) of others that exactly these runs have: no count can tell which of them it is."""


@dataclass(frozen=True, slots=True)
class Compared:
    """What was looked at to tell the runs of a cluster apart."""

    fields: tuple[str, ...] = ()
    """Filters of which any run has a value; counted in all runs."""
    attributes: tuple[str, ...] = ()
    """Keys of the root span and its resource with few values."""
    runs: int = 0
    """Runs of the cluster whose attributes were read: all, or a sample."""
    references: int = 0


@dataclass(frozen=True, slots=True)
class ClusterDetail:
    """One cluster, closely."""

    row: ClusterRow
    traces: int
    """All traces of the selection."""
    values: Mapping[str, tuple[FacetValue, ...]]
    """Field of a filter -> the values its runs have, most frequent first."""
    references: int
    """Passing runs of the same agents that it is compared with."""
    traits: tuple[TraitShare, ...] = ()
    """What sets its runs apart; only what an exact test lets stand."""
    compared: Compared = Compared()
    also: tuple[tuple[ClusterIdentity, int], ...] = field(default_factory=tuple)
    """Other clusters that the same runs are in, and how many of them."""


@dataclass(frozen=True, slots=True)
class ClusterHistory:
    """The judged runs of a cluster's agents in order of time, and which of them have it."""

    starts_ns: tuple[int, ...]
    has_it: tuple[bool, ...]
    versions: tuple[str, ...] = ()
    """Of each run, empty where it says none. None at all where no run says one, or where the runs have no
    agent in common: releases of several agents do not follow one another."""
    agents: tuple[str, ...] = ()
    """Agents of the runs that have it, the most frequent first; empty where none is named."""
    spent: Waste = NO_WASTE
    """All that the runs that have it spent."""
