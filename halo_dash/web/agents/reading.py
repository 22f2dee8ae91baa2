"""Agents from the store: what the pages, their JSON and the command line all show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from halo_dash.errors import NotFoundError
from halo_dash.model.figures import AgentRow, Figures, Overview
from halo_dash.model.filter import Filter
from halo_dash.model.twin import Json, agent_json, figures_json, iso_time, overview_json
from halo_dash.store import Store
from halo_dash.web.agents.period import period_of
from halo_dash.web.agents.query import AgentQuery

_MOST_NAMED = 10
"""Keys that are told of agents with one name."""


@dataclass(frozen=True, slots=True)
class AgentOverview:
    """One agent within a selection."""

    row: AgentRow
    """Over its whole history."""
    filter: Filter
    """With the agent in it."""
    overview: Overview
    before: Figures | None
    """The period before; None where the selection has no beginning."""
    filter_before: Filter | None
    """Its filter."""


def read_agents(store: Store, query: AgentQuery, now_ns: int) -> tuple[tuple[AgentRow, ...], tuple[int, ...]]:
    """The agents that are asked for, and the ends of the buckets of their runs. Raises UsageError."""
    size = store.traces.size()
    edges = period_of(query.filter, now_ns, size.oldest_ns, size.newest_ns).edges_ns
    return query.chosen(store.figures.agents(query.filter, now_ns, edges)), edges


def read_agent(store: Store, key: str, now_ns: int) -> AgentRow:
    """One agent over its whole history, by its key, or by a name that it alone had.

    Raises NotFoundError, which names those it can be where several had the name.
    """
    row = store.figures.agent(key, now_ns)
    if row is not None:
        return row
    # An agent that was known by its name has gained an id, or was called otherwise.
    named = store.figures.agents(Filter(agent=(key,)), now_ns)
    if len(named) == 1:
        return named[0]
    if named:
        keys = ", ".join(sorted(repr(each.key[:80]) for each in named)[:_MOST_NAMED])
        raise NotFoundError(
            f"{len(named)} agents were called {key[:80]!r}, and none has it as its key.",
            hint=f"Ask for one of them by its key: {keys}{', …' if len(named) > _MOST_NAMED else ''}.",
        )
    raise NotFoundError(
        f"There is no agent {key[:80]!r}.",
        hint="It was removed with its traces, or never ran. The list of agents has those there are.",
    )


def read_overview(store: Store, row: AgentRow, filter_: Filter, now_ns: int) -> AgentOverview:
    """Its overview within a selection; whatever agents the filter names, it is about this one."""
    chosen = replace(filter_, agent=(row.key,))
    period = period_of(chosen, now_ns, row.first_seen_ns, row.last_seen_ns)
    overview = store.figures.overview(chosen, now_ns, period.edges_ns, row.key)
    before = store.figures.overview(period.before, now_ns, (), row.key).total if period.before else None
    return AgentOverview(row, chosen, overview, before, period.before)


def agents_json(rows: Sequence[AgentRow], edges_ns: Sequence[int]) -> dict[str, Json]:
    """`/agents.json`."""
    return {
        "items": [agent_json(row) for row in rows],
        "total": len(rows),
        "edges": [iso_time(edge) for edge in edges_ns],
    }


def agent_overview_json(found: AgentOverview) -> dict[str, Json]:
    """`/agents/{key}.json`: who it is with its whole history, and the selection with the period before."""
    compared = None if found.before is None else figures_json(found.before)
    return {"agent": agent_json(found.row), **overview_json(found.overview), "before": compared}
