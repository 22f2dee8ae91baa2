"""`/insights` and `/insights/{name}`: what goes wrong again and again, and how its life goes."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from litestar import Response, get

from halo_dash.model.filter import Filter
from halo_dash.model.twin.insights import insight_detail_json, insights_json
from halo_dash.web.agents.controls import SelectionControls, selection_controls
from halo_dash.web.formats import query_pairs, suffix_of
from halo_dash.web.insights.paths import insight_path
from halo_dash.web.insights.reading import read_insight, read_insights
from halo_dash.web.insights.showing import (
    ExampleLine,
    InsightLine,
    StripRow,
    cluster_links,
    example_line,
    insight_line,
    insight_lines,
    strip_rows,
)
from halo_dash.web.raw_path import segments, with_query
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.senders import Snippet, snippets
from halo_dash.web.typed import canonical


@dataclass(frozen=True, slots=True)
class InsightsContext:
    """Template context of `insights/index.html`."""

    controls: SelectionControls
    lines: tuple[InsightLine, ...]
    traces: int
    judged: int
    waiting: int
    """Runs of the store that are still to be judged."""
    least: int
    is_enough: bool
    clusters_href: str
    """The failures of the same selection."""
    revision: int
    """Of the store, at latest when this was read: what changes afterwards is heard of."""
    judged_sequence: int
    """The same of verdicts."""
    is_empty: bool
    """Nothing has ever arrived."""
    snippets: tuple[Snippet, ...]


@dataclass(frozen=True, slots=True)
class InsightContext:
    """Template context of `insights/show.html`."""

    controls: SelectionControls
    line: InsightLine
    rule: str
    cause: str
    strip: tuple[StripRow, ...]
    examples: tuple[ExampleLine, ...]
    clusters: tuple[tuple[str, str], ...]
    list_href: str
    revision: int
    judged_sequence: int


@get("/insights", sync_to_thread=True)
def insights(request: HaloRequest) -> Response[bytes]:
    """The insights of a selection. Raises UsageError for a parameter that is no filter."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    path = f"/insights{suffix_of(request.scope)}"
    if (moved := _moved(path, pairs)) is not None:
        return moved
    filter_ = Filter.parse(pairs)
    size, judged_sequence = site.store.traces.size(), site.store.findings.sequence()
    least = site.settings.engine.min_traces_for_systemic_analysis
    found = read_insights(site.store, filter_, least, site.clock())
    context = InsightsContext(
        controls=_controls("/insights", filter_),
        lines=insight_lines(found.page.items, filter_),
        traces=found.page.traces,
        judged=found.page.judged,
        waiting=found.state.waiting,
        least=least,
        is_enough=found.page.is_enough,
        clusters_href=with_query("/clusters", filter_.pairs()),
        revision=size.revision,
        judged_sequence=judged_sequence,
        is_empty=size.traces == 0,
        snippets=snippets(site.settings.collector_url, has_token=bool(site.settings.token)),
    )
    view = View(
        template="insights/index.html",
        context=context,
        section="insights",
        fragments={"insights": "insights/_list.html"},
        data=lambda: insights_json(found.page),
    )
    return respond(request, site, view)


@get("/insights/{rest:path}", sync_to_thread=True)
def insight(request: HaloRequest) -> Response[bytes]:
    """One insight within a selection. Raises NotFoundError, UsageError."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    name = "/".join(segments(request.scope, "/insights"))
    path = insight_path(name)
    if (moved := _moved(path + suffix_of(request.scope), pairs)) is not None:
        return moved
    filter_ = Filter.parse(pairs)
    revision, judged_sequence = site.store.traces.size().revision, site.store.findings.sequence()
    least = site.settings.engine.min_traces_for_systemic_analysis
    found = read_insight(site.store, name, filter_, least, site.clock())
    context = InsightContext(
        controls=_controls(path, filter_),
        line=insight_line(found.insight, filter_),
        rule=found.insight.rule,
        cause=found.insight.cause,
        strip=strip_rows(found.insight, found.strip, filter_),
        examples=tuple(example_line(each) for each in found.insight.examples),
        clusters=cluster_links(found.insight, filter_),
        list_href=with_query("/insights", filter_.pairs()),
        revision=revision,
        judged_sequence=judged_sequence,
    )
    view = View(
        template="insights/show.html",
        context=context,
        section="insights",
        fragments={"insight": "insights/_insight.html"},
        data=lambda: insight_detail_json(found.insight, found.strip),
    )
    return respond(request, site, view)


def _moved(path: str, pairs: list[tuple[str, str]]) -> Response[bytes] | None:
    """What a form typed stands in one address."""
    clean = canonical(pairs)
    return None if clean is None else see_other(with_query(path, Filter.parse(clean).pairs()))


def _controls(path: str, filter_: Filter) -> SelectionControls:
    return selection_controls(filter_, partial(with_query, path), reset=path)
