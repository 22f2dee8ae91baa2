"""Where a listing reads from: the store itself, or a running dashboard. Both give the same documents."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Protocol, TypeAlias, TypeVar

import click

from halo_dash.cli.options import settings_from, store_options
from halo_dash.config import Settings, environment
from halo_dash.model.annotation import AnnotationChange, Target
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.web.agents.query import AgentQuery
from halo_dash.web.clusters.query import ClusterQuery

Document: TypeAlias = dict[str, Any]
"""A JSON document of the public interface, as model/twin.py makes it."""
Command = TypeVar("Command", bound=Callable[..., Any])


class Reader(Protocol):
    """What listings need. Raises NotFoundError for an id that is not there."""

    def traces(self, query: ListQuery) -> Document:
        """Return one page of the trace list, without facets."""

    def trace(self, trace_id: str) -> Document:
        """Return one trace with all its spans, however many."""

    def thread(self, trace_id: str) -> Document:
        """Return the conversation of one trace."""

    def span(self, trace_id: str, span_id: str) -> Document:
        """Return one whole span."""

    def comparison(self, a: str, b: str) -> Document:
        """Return two traces side by side."""

    def annotate(self, target: Target, change: AnnotationChange) -> Document:
        """Change what is said about a target; return all that is said about it then."""

    def agents(self, query: AgentQuery) -> Document:
        """Return the agents that are asked for."""

    def agent(self, key: str, query: AgentQuery) -> Document:
        """Return the overview of one agent within the filter of a query."""

    def insights(self, chosen: Filter) -> Document:
        """Return the insights of a selection."""

    def insight(self, name: str, chosen: Filter) -> Document:
        """Return one insight of a selection."""

    def sessions(self, query: ListQuery) -> Document:
        """Return one page of the sessions; the query is one that `parse_group_query` made."""

    def session(self, session_id: str) -> Document:
        """Return one session with its traces."""

    def session_thread(self, session_id: str) -> Document:
        """Return the conversation of one session."""

    def clusters(self, query: ClusterQuery) -> Document:
        """Return the failure clusters that are asked for."""

    def cluster(self, name: str, query: ClusterQuery) -> Document:
        """Return one failure cluster within the filter of a query."""

    def close(self) -> None:
        """Let go of what was opened."""


def reader_options(command: Command) -> Command:
    """Add `--url` and the options that say where the store is."""
    option = click.option(
        "--url", metavar="URL", help="Read from the dashboard that runs there (or set HALO_URL)."
    )
    return option(store_options(command))


@contextmanager
def open_reader(flags: dict[str, Any]) -> Iterator[Reader]:
    """Open what the flags point at; takes its own flags out of `flags`."""
    url = flags.pop("url") or environment().get("HALO_URL")
    settings = settings_from(**{name: flags.pop(name) for name in ("db", "data_dir", "storage", "config")})
    reader = _open(url, settings)
    try:
        yield reader
    finally:
        reader.close()


def _open(url: str | None, settings: Settings) -> Reader:
    # Each is loaded alone: the store brings SQLite, the server needs nothing of it.
    if url:
        from halo_dash.cli.server import ServerReader

        return ServerReader(url, token=settings.token)
    from halo_dash.cli.local import StoreReader
    from halo_dash.semconv.pricing import PriceBook

    least = settings.engine.min_traces_for_systemic_analysis
    return StoreReader(settings.store_path, PriceBook(settings.prices), least)
