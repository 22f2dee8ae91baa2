"""What one agent did itself in traces that it shares: lists and comparisons add up whole traces."""

from __future__ import annotations

import math
from dataclasses import dataclass

from halo_dash.model.filter import Filter
from halo_dash.model.observation import Usage
from halo_dash.store import Store
from halo_dash.web.agents.place import agent_path
from halo_dash.web.agents.sums import cost_text
from halo_dash.web.raw_path import with_query


@dataclass(frozen=True, slots=True)
class OwnPart:
    """The part of the one agent that a filter names, where it is not all there is in its traces."""

    name: str
    href: str
    """Its overview, which counts this part alone."""
    tokens: int | None
    cost: str
    """`≥` stands before it where some price is not known."""


def own_part(
    store: Store, chosen: Filter, now_ns: int, usage: Usage, cost_usd: float | None
) -> OwnPart | None:
    """Its part of a selection whose whole traces have that usage and cost.

    None where the filter names no agent or several, or where the whole is its own.
    """
    if len(chosen.agent) != 1:
        return None
    rows = store.figures.agents(chosen, now_ns)
    if len(rows) != 1:
        return None
    (row,) = rows
    figures = row.figures
    if figures.usage.total == usage.total and math.isclose(figures.cost_usd or 0, cost_usd or 0):
        return None
    pairs = [pair for pair in chosen.pairs() if pair[0] != "agent"]
    return OwnPart(
        name=row.name,
        href=with_query(agent_path(row.key), pairs),
        tokens=figures.usage.total,
        cost=cost_text(figures.cost_usd, is_partial=figures.cost_is_partial),
    )
