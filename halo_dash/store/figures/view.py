"""Answers questions about many traces at once."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from halo_dash.model.figures import AgentRow, Figures, GroupBy, GroupPage, GroupRow, Overview, Samples
from halo_dash.model.filter import NO_FILTER, Filter, ListQuery
from halo_dash.store.asking import Asking
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.figures.agents import agent_rows
from halo_dash.store.figures.chosen import Chosen, find_term
from halo_dash.store.figures.groups import Groups
from halo_dash.store.figures.layout import Array
from halo_dash.store.figures.overview import overview, total
from halo_dash.store.figures.samples import samples
from halo_dash.store.figures.tables import Tables
from halo_dash.store.statements import sql
from halo_dash.store.trace_rows import AGENT_IDENTITY

_NO_TERM = 2**32 - 1
"""Selects nothing: so many terms there never are."""


class FiguresView:
    """Figures. May be used from any thread. The first question of a process loads the facts of all traces."""

    def __init__(self, database: Database, asking: Asking) -> None:
        self._database = database
        self._asking = asking
        self._guard = threading.Lock()
        self._tables = Tables()

    def agents(self, chosen: Filter, now_ns: int, edges_ns: Sequence[int] = ()) -> tuple[AgentRow, ...]:
        """Every agent that took part in a trace of the selection, the busiest first.

        Where the filter names agents only those. `edges_ns` are the ends of the buckets of `runs_by_bucket`.
        Raises `UsageError` for an attribute that cannot be asked for.
        """
        selection = self._asking.select(chosen)
        with self._reading() as connection:
            only = self._agents(connection, chosen.agent) if chosen.agent else None
            return agent_rows(Chosen(self._tables, connection, selection, now_ns), edges_ns, only)

    def agent(self, key: str, now_ns: int) -> AgentRow | None:
        """One agent over all that is stored."""
        selection = self._asking.select(NO_FILTER)
        with self._reading() as connection:
            term = find_term(connection, AGENT_IDENTITY, key)
            if term is None:
                return None
            chosen = Chosen(self._tables, connection, selection, now_ns)
            rows = agent_rows(chosen, (), np.array([term]))
        return rows[0] if rows else None

    def overview(
        self, chosen: Filter, now_ns: int, edges_ns: Sequence[int] = (), agent: str | None = None
    ) -> Overview:
        """Everything about a selection; of an agent (its key) only what it did itself.

        Raises `UsageError` for an attribute that cannot be asked for.
        """
        selection = self._asking.select(chosen)
        with self._reading() as connection:
            found = Chosen(self._tables, connection, selection, now_ns)
            return overview(found, edges_ns, _key(connection, agent))

    def total(self, chosen: Filter, now_ns: int, agent: str | None = None) -> Figures:
        """`overview(...).total` in a part of the time, to compare with. Raises as `overview` does."""
        selection = self._asking.select(chosen)
        with self._reading() as connection:
            return total(Chosen(self._tables, connection, selection, now_ns), _key(connection, agent))

    def samples(self, chosen: Filter, now_ns: int) -> Samples:
        """What each run of a selection took. Raises `UsageError` as `overview` does."""
        selection = self._asking.select(chosen)
        with self._reading() as connection:
            return samples(Chosen(self._tables, connection, selection, now_ns))

    def groups(self, by: GroupBy, query: ListQuery, now_ns: int) -> GroupPage:
        """One page of sessions or users. `query.sort` is one of `GROUP_SORTS`.

        Where the filter names sessions (or users) only those. Raises `UsageError`: another order, a cursor
        of another list, an attribute that cannot be asked for.
        """
        selection = self._asking.select(query.filter)
        with self._reading() as connection:
            values = query.filter.session if by == "session" else query.filter.user
            only = _terms_of(connection, by, values)
            return Groups(Chosen(self._tables, connection, selection, now_ns), by, only).page(query)

    def group(self, by: GroupBy, value: str, now_ns: int) -> GroupRow | None:
        """One session or user over all that is stored."""
        selection = self._asking.select(NO_FILTER)
        with self._reading() as connection:
            term = find_term(connection, by, value)
            if term is None:
                return None
            chosen = Chosen(self._tables, connection, selection, now_ns)
            found = Groups(chosen, by, np.array([term]))
            return found.rows([0])[0] if found.size else None

    def traces_of_session(self, session_id: str) -> tuple[str, ...]:
        """The ids of the traces in which some span belongs to the session, by start."""
        with self._database.reading() as connection:
            return tuple(
                trace for (trace,) in connection.execute(sql("figures", "of_session"), (session_id,))
            )

    def load(self) -> None:
        """Read what changed now, so that the next question need not wait for it."""
        with self._reading():
            pass

    def uncounted(self) -> int:
        """How many traces have no figures yet: those of a store from before there were any."""
        with self._reading():
            return len(self._tables.uncounted)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        """A connection that sees the moment of the tables: it is taken while nobody else changes them."""
        with self._guard, self._database.reading() as connection:
            self._tables.catch_up(connection)
            yield connection

    def _agents(self, connection: Connection, values: Sequence[str]) -> Array:
        """Terms of the keys of the agents that a filter means, as `where` says it."""
        tables = self._tables
        is_alive = tables.traces["is_alive"][tables.parts["trace"]]
        keys, names = tables.parts["agent"][is_alive], tables.parts["name"][is_alive]
        found: set[int] = set()
        for value in values:
            key = find_term(connection, AGENT_IDENTITY, value)
            if key is not None and (keys == key).any():
                found.add(key)
            elif (name := find_term(connection, "agent", value)) is not None:
                found.update(np.unique(keys[names == name]).tolist())
        return np.array(sorted(found), "i8")


def _key(connection: Connection, agent: str | None) -> int | None:
    """The term of an agent's key; one that nobody has where there is no such agent."""
    if agent is None:
        return None
    found = find_term(connection, AGENT_IDENTITY, agent)
    return _NO_TERM if found is None else found


def _terms_of(connection: Connection, name: str, values: Sequence[str]) -> Array | None:
    """The terms that a filter's values mean; None where it has none."""
    if not values:
        return None
    found = (find_term(connection, name, value) for value in values)
    return np.array([term for term in found if term is not None], "i8")
