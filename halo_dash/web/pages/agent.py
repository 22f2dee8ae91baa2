"""`/agents/{key}`: the workspace of one agent: overview, sessions, traces."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, replace
from typing import Any

from litestar import Response, get

from halo_dash.errors import NotFoundError
from halo_dash.model.figures import UNNAMED, AgentRow
from halo_dash.model.filter import Filter
from halo_dash.web import selection
from halo_dash.web.agents.charts import overview_axis, overview_charts
from halo_dash.web.agents.controls import SelectionControls, selection_controls
from halo_dash.web.agents.place import Lists, agent_place, shown_id
from halo_dash.web.agents.reading import agent_overview_json, read_agent, read_overview
from halo_dash.web.agents.tables import CallLine, GroupTable, StepLine, call_lines, group_tables, step_lines
from halo_dash.web.agents.tiles import Tile, tiles
from halo_dash.web.analysis.asking import OWN_NAMES
from halo_dash.web.analysis.form_page import AnalysisContext, form_view
from halo_dash.web.charts import ChartSet, chart_table, draw
from halo_dash.web.compare.sides import selections_url
from halo_dash.web.formats import query_pairs, suffix_of
from halo_dash.web.raw_path import segments
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.sessions.listing import GroupsContext, group_view
from halo_dash.web.site import Site
from halo_dash.web.trace_list import Pairs, TracesContext, clean_address, list_view
from halo_dash.web.typed import readable

TABS = ("overview", "sessions", "traces", "analysis")


@dataclass(frozen=True, slots=True)
class AgentHead:
    """Who the agent is, and its tabs."""

    row: AgentRow
    """Over its whole history."""
    name: str
    agent_id: str
    """Where it is not the name."""
    tabs: tuple[tuple[str, str, bool], ...]
    is_unnamed: bool


@dataclass(frozen=True, slots=True)
class OverviewContext:
    """Template context of `agent/overview.html`."""

    head: AgentHead
    controls: SelectionControls
    tiles: tuple[Tile, ...]
    charts: ChartSet
    groups: tuple[GroupTable, ...]
    steps: tuple[StepLine, ...]
    failing_tools: tuple[StepLine, ...]
    dear_calls: tuple[CallLine, ...]
    has_runs: bool
    revision: int
    """Of the store, at latest when this was read: what changes afterwards is heard of."""
    uncounted: int
    """Traces of an older store that have no figures yet."""
    csv: str
    compare: str
    """The selection beside the period before; empty where there is none."""


@dataclass(frozen=True, slots=True)
class AgentTracesContext(TracesContext):
    """Template context of `agent/traces.html`: the list of traces, and whose it is."""

    head: AgentHead


@dataclass(frozen=True, slots=True)
class AgentSessionsContext(GroupsContext):
    """Template context of `agent/sessions.html`: the list of sessions, and whose it is."""

    head: AgentHead


@dataclass(frozen=True, slots=True)
class AgentAnalysisContext(AnalysisContext):
    """Template context of `agent/analysis.html`: where an analysis is asked for, and of whom."""

    head: AgentHead


@get("/agents/{rest:path}", sync_to_thread=True)
def agent(request: HaloRequest) -> Response[bytes]:
    """One tab of the workspace. Raises NotFoundError for an agent that never ran, and for an unknown tab."""
    site = site_of(request)
    key, *rest = segments(request.scope, "/agents")
    tab = "/".join(rest) or "overview"
    if tab not in TABS:
        raise NotFoundError(f"An agent has no page {tab[:40]!r}.", hint=f"It has: {', '.join(TABS)}.")
    row = read_agent(site.store, key, site.clock())
    pairs = query_pairs(request.scope)
    place = agent_place(row.key, "" if not rest else tab)
    if row.key != key:
        # It was asked for by a name that it had.
        found = replace(place, path=place.path + suffix_of(request.scope))
        return see_other(found.address(pairs))
    if tab == "analysis":
        return respond(request, site, _analysis(site, row, pairs))
    if (clean := clean_address(request, pairs, place)) is not None:
        return see_other(clean)
    if tab == "traces":
        return respond(request, site, _traces(request, site, row, pairs))
    if tab == "sessions":
        return respond(request, site, _sessions(request, row, pairs))
    return respond(request, site, _overview(site, row, pairs, place, site.clock()))


def _head(row: AgentRow, current: str, filter_: Filter) -> AgentHead:
    """A tab keeps the filter of the one beside it."""
    kept = [pair for pair in filter_.pairs() if pair[0] != "agent"]
    return AgentHead(
        row=row,
        name=row.name,
        agent_id=shown_id(row),
        tabs=tuple(
            (
                agent_place(row.key, "" if tab == "overview" else tab).address(kept),
                tab.capitalize(),
                tab == current,
            )
            for tab in TABS
        ),
        is_unnamed=row.key == UNNAMED,
    )


def _traces(request: HaloRequest, site: Site, row: AgentRow, pairs: Pairs) -> View:
    view = list_view(request, site, pairs, agent_place(row.key, "traces"))
    context = AgentTracesContext(**_values(TracesContext, view), head=_head(row, "traces", _filter(pairs)))
    return replace(view, template="agent/traces.html", context=context, section="agents")


def _sessions(request: HaloRequest, row: AgentRow, pairs: Pairs) -> View:
    view = group_view(request, "session", pairs, agent_place(row.key, "sessions"))
    head = _head(row, "sessions", _filter(pairs))
    context = AgentSessionsContext(**_values(GroupsContext, view), head=head)
    return replace(view, template="agent/sessions.html", context=context, section="agents")


def _analysis(site: Site, row: AgentRow, pairs: Pairs) -> View:
    view = form_view(site, list(pairs), agent_place(row.key, "analysis"))
    kept = [pair for pair in pairs if pair[0] not in {*OWN_NAMES, "cursor"}]
    head = _head(row, "analysis", _filter(kept))
    context = AgentAnalysisContext(**_values(AnalysisContext, view), head=head)
    return replace(view, template="agent/analysis.html", context=context, section="agents")


def _values(kind: type[TracesContext | GroupsContext | AnalysisContext], view: View) -> dict[str, Any]:
    return {field.name: getattr(view.context, field.name) for field in dataclasses.fields(kind)}


def _filter(pairs: Pairs) -> Filter:
    """The filter of a list that is known to be well asked for."""
    kept = readable(pairs)[0]
    return Filter.parse([pair for pair in kept if pair[0] not in {"sort", "limit", "cursor", "facets"}])


def _overview(site: Site, row: AgentRow, pairs: Pairs, place: selection.Place, now_ns: int) -> View:
    revision = site.store.traces.size().revision
    found = read_overview(site.store, row, Filter.parse(pairs), now_ns)
    overview, filter_ = found.overview, found.filter
    lists = Lists(filter_)
    charts = overview_charts(overview)
    axis = overview_axis(overview, lists, now_ns)
    free = place.free(filter_.pairs())
    context = OverviewContext(
        head=_head(row, "overview", filter_),
        controls=selection_controls(
            filter_, place.address, reset=place.path, shown=free, locked=place.locked
        ),
        tiles=tiles(overview.total, found.before, lists),
        charts=draw(charts, axis),
        groups=group_tables(
            overview, lists, lambda narrowed: site.store.traces.totals(narrowed, now_ns).traces
        ),
        steps=step_lines(overview.steps, lists),
        failing_tools=step_lines(overview.failing_tools, lists),
        dear_calls=call_lines(overview.dear_calls),
        has_runs=overview.total.runs > 0,
        revision=revision,
        uncounted=site.store.figures.uncounted(),
        csv=replace(place, path=f"{place.path}.csv").address(free),
        compare=selections_url(found.filter_before, filter_)
        if found.filter_before and found.before and found.before.runs
        else "",
    )
    return View(
        template="agent/overview.html",
        context=context,
        section="agents",
        fragments={"overview": "agent/_overview.html"},
        data=lambda: agent_overview_json(found),
        table=lambda: chart_table(overview_charts(overview, has_all=True), axis),
    )
