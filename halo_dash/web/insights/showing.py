"""Insights as their templates show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from halo_dash.model.filter import Filter
from halo_dash.model.finding import Severity
from halo_dash.model.insight import Example, HistoryRun, Insight, LifeState, Share
from halo_dash.web import words
from halo_dash.web.agents.place import Lists
from halo_dash.web.clusters.query import cluster_path
from halo_dash.web.finding_words import ENDING_WORDS, waste_words
from halo_dash.web.insights.paths import insight_path
from halo_dash.web.insights.words import impact_words, interval_words, life_words, share_words
from halo_dash.web.raw_path import segment, with_query


@dataclass(frozen=True, slots=True)
class ExampleLine:
    """One run that shows it."""

    trace_href: str
    evidence_href: str
    """The trace, opened where the quote stands."""
    start_ns: int
    title: str
    explanation: str
    ending: str
    quote: str


@dataclass(frozen=True, slots=True)
class InsightLine:
    """One insight of the list."""

    name: str
    href: str
    title: str
    hypothesis: str
    direction: str
    severity: Severity
    state: LifeState
    since_ns: int
    version: str
    life: str
    share: float
    """Of all judged runs, from 0 to 1."""
    low: float
    high: float
    percent: str
    interval: str
    runs: str
    hits: int
    runs_href: str
    """The check behind it, as a list of traces."""
    agent_runs: str
    """Of its agents' runs, where these are not all of them."""
    agents: tuple[tuple[str, str], ...]
    """(name, its runs that have it)."""
    impact: str
    impact_words: str
    wasted: str
    last_ns: int
    example: ExampleLine | None


@dataclass(frozen=True, slots=True)
class StripCell:
    """One run of the strip."""

    href: str
    """Empty where its trace is gone."""
    has_it: bool
    start_ns: int


@dataclass(frozen=True, slots=True)
class StripRow:
    """The runs of one release; of all runs where versions tell nothing."""

    version: str
    href: str
    """Its runs that have it; empty where there is no version."""
    runs: str
    percent: str
    interval: str
    cells: tuple[StripCell, ...]
    """The newest of them, in order of time."""


def insight_lines(found: Sequence[Insight], filter_: Filter) -> tuple[InsightLine, ...]:
    """The list."""
    return tuple(insight_line(each, filter_) for each in found)


def insight_line(insight: Insight, filter_: Filter) -> InsightLine:
    """One of it; its page keeps the filter."""
    pairs = filter_.pairs()
    life, share = insight.life, insight.share
    low, high = share.interval
    is_all = insight.agent_share == share
    return InsightLine(
        name=insight.name,
        href=with_query(insight_path(insight.name), pairs),
        title=insight.title,
        hypothesis=insight.hypothesis,
        direction=insight.direction,
        severity=insight.impact.severity,
        state=life.state,
        since_ns=life.since_ns,
        version=life.version,
        life=life_words(life),
        share=share.value,
        low=low,
        high=high,
        percent=words.percent(share.value),
        interval=interval_words(share),
        runs=share_words(share),
        hits=share.hits,
        runs_href=check_address(insight, filter_),
        agent_runs="" if is_all else f"{words.percent(insight.agent_share.value)} of its agents' runs",
        agents=tuple(
            (name, check_address(insight, filter_, ("agent", name))) for name in insight.agents[:_AGENTS]
        ),
        impact=f"{insight.impact.value:.2f}",
        impact_words=impact_words(insight.impact),
        wasted=waste_words(insight.waste),
        last_ns=insight.last_ns,
        example=example_line(insight.examples[0]) if insight.examples else None,
    )


_AGENTS = 3


def check_address(insight: Insight, filter_: Filter, *more: tuple[str, str]) -> str:
    """The check behind it: all runs of the selection that have it, also those that come later."""
    lists = Lists(filter_)
    return lists.all(("rule", insight.rule), *(("cluster", name) for name in insight.clusters), *more)


def example_line(example: Example) -> ExampleLine:
    """One run that shows it."""
    trace = f"/traces/{segment(example.trace_id)}"
    place = urlencode({"span": example.span_id, "finding": example.number})
    return ExampleLine(
        trace_href=trace,
        evidence_href=f"{trace}?{place}#evidence" if example.span_id else trace,
        start_ns=example.start_ns,
        title=example.title,
        explanation=example.explanation,
        ending=ENDING_WORDS[example.ending],
        quote=example.quote,
    )


def strip_rows(insight: Insight, runs: Sequence[HistoryRun], filter_: Filter) -> tuple[StripRow, ...]:
    """The history, a row for each release in the order in which they first ran."""
    releases = insight.life.releases
    if not releases:
        return (_row("", "", insight.agent_share, runs),)
    return tuple(
        _row(
            each.version,
            check_address(insight, filter_, ("version", each.version)),
            each.share,
            # A run that says no version is counted with the release before it, and not shown in a row.
            [run for run in runs if run.version == each.version],
        )
        for each in releases
    )


def _row(version: str, href: str, share: Share, runs: Sequence[HistoryRun]) -> StripRow:
    return StripRow(
        version=version,
        href=href if share.hits else "",
        runs=share_words(share),
        percent=words.percent(share.value),
        interval=interval_words(share),
        cells=tuple(
            StripCell(f"/traces/{segment(run.trace_id)}" if run.trace_id else "", run.has_it, run.start_ns)
            for run in runs
        ),
    )


def cluster_links(insight: Insight, filter_: Filter) -> tuple[tuple[str, str], ...]:
    """(name, address) of the clusters it is made of."""
    pairs = [pair for pair in filter_.pairs() if pair[0] != "cluster"]
    return tuple((name, with_query(cluster_path(name), pairs)) for name in insight.clusters)
