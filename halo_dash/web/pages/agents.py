"""`/agents`: every agent with its figures over a selection of traces, live."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from halo_dash.model.filter import Filter, Pairs
from halo_dash.web import selection
from halo_dash.web.agents.controls import SelectionControls, selection_controls
from halo_dash.web.agents.listing import AgentLine, agent_lines, agents_table
from halo_dash.web.agents.query import AgentQuery, columns
from halo_dash.web.agents.reading import agents_json, read_agents
from halo_dash.web.formats import query_pairs, suffix_of
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.senders import Snippet, snippets
from halo_dash.web.typed import canonical

SHOWN = 100
"""Agents on the page; others are found by a part of their name."""


@dataclass(frozen=True, slots=True)
class AgentsContext:
    """Template context of `agents/index.html`."""

    lines: tuple[AgentLine, ...]
    total: int
    """Agents that are asked for, however many are shown."""
    controls: SelectionControls
    columns: dict[str, selection.Column]
    find: str
    kept: tuple[tuple[str, str], ...]
    """What the search form carries along unseen."""
    csv: str
    since_ns: int
    """Where the drawings begin."""
    has_frameworks: bool
    uncounted: int
    """Traces of an older store that have no figures yet."""
    revision: int
    """Of the store, at latest when this was read: what changes afterwards is heard of."""
    is_empty: bool
    """Nothing has ever arrived."""
    snippets: tuple[Snippet, ...]


@get("/agents", sync_to_thread=True)
def agents(request: HaloRequest) -> Response[bytes]:
    """The agents. Raises UsageError for a parameter that is no filter."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    if (clean := canonical(pairs)) is not None:
        return see_other(AgentQuery.parse(clean).address(suffix=suffix_of(request.scope)))
    query = AgentQuery.parse(pairs)
    now_ns = site.clock()
    size = site.store.traces.size()
    rows, edges = read_agents(site.store, query, now_ns)
    shown = query.pairs()
    context = AgentsContext(
        lines=agent_lines(rows[:SHOWN], query.filter),
        total=len(rows),
        controls=selection_controls(
            query.filter, lambda pairs: _address(query, pairs), reset="/agents", shown=shown
        ),
        columns=columns(query),
        find=query.find,
        kept=tuple(pair for pair in shown if pair[0] != "find"),
        csv=query.address(suffix=".csv"),
        since_ns=edges[0],
        has_frameworks=any(row.framework for row in rows),
        uncounted=site.store.figures.uncounted(),
        revision=size.revision,
        is_empty=size.traces == 0,
        snippets=snippets(site.settings.collector_url, has_token=bool(site.settings.token)),
    )
    view = View(
        template="agents/index.html",
        context=context,
        section="agents",
        fragments={"agents": "agents/_list.html"},
        data=lambda: agents_json(rows, edges),
        table=lambda: agents_table(rows),
    )
    return respond(request, site, view)


def _address(query: AgentQuery, pairs: Pairs) -> str:
    return AgentQuery(Filter.parse(pairs), query.find, query.sort).address()
