"""Reading the store without a server: the same documents the dashboard's JSON has."""

from __future__ import annotations

import time
from pathlib import Path

from halo_dash.cli.reader import Document
from halo_dash.cli.reindex import IndexProgress
from halo_dash.jobs.indexer import catch_up
from halo_dash.model.annotation import AnnotationChange, Target
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.twin import annotated_json, page_json, thread_json
from halo_dash.model.twin.groups import group_page_json
from halo_dash.model.twin.insights import insight_detail_json, insights_json
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store
from halo_dash.transfer.exporting import stored_spans
from halo_dash.web.agents.query import AgentQuery
from halo_dash.web.agents.reading import (
    agent_overview_json,
    agents_json,
    read_agent,
    read_agents,
    read_overview,
)
from halo_dash.web.clusters.closely import cluster_document
from halo_dash.web.clusters.examples import examples
from halo_dash.web.clusters.listing import clusters_document
from halo_dash.web.clusters.query import ClusterQuery
from halo_dash.web.clusters.reading import read_cluster, read_clusters
from halo_dash.web.compare.reading import pair_document, read_pair
from halo_dash.web.insights.reading import read_insight, read_insights
from halo_dash.web.sessions.documents import session_document, session_thread_document
from halo_dash.web.trace.reading import find_span, read_trace
from halo_dash.web.trace.said import read_thread, span_documents, trace_document

_PATIENCE_S = 10.0
"""A command may take longer than a page to say where words stand."""


class StoreReader:
    """Reads the store at a path. Raises StoreError when it cannot be opened."""

    def __init__(self, path: Path, prices: PriceBook, least: int) -> None:
        """`least`: judged traces that it takes for insights."""
        self._least = least
        self._store = Store.open(path, mode="ro", prices=prices)

    def traces(self, query: ListQuery) -> Document:
        now_ns = time.time_ns()
        self._ready(query.filter)
        page = self._store.traces.page(query, now_ns=now_ns, facets=False, patience_s=_PATIENCE_S)
        return page_json(page, now_ns, with_facets=False)

    def trace(self, trace_id: str) -> Document:
        reading = read_trace(self._store, trace_id, time.time_ns())
        spans = list(span_documents(self._store, reading, list(stored_spans(self._store, trace_id))))
        return {**trace_document(self._store, reading), "spans": spans, "next_after": None}

    def thread(self, trace_id: str) -> Document:
        return thread_json(read_thread(self._store, read_trace(self._store, trace_id, time.time_ns())))

    def span(self, trace_id: str, span_id: str) -> Document:
        reading = read_trace(self._store, trace_id, time.time_ns())
        (found,) = span_documents(self._store, reading, [find_span(self._store, trace_id, span_id)])
        return found

    def comparison(self, a: str, b: str) -> Document:
        return pair_document(read_pair(self._store, a, b, time.time_ns()))

    def annotate(self, target: Target, change: AnnotationChange) -> Document:
        with Store.open(self._store.path) as store:
            with store.writing() as tx:
                tx.annotate(target, change, time.time_ns())
            return annotated_json(store.annotations.of(target))

    def agents(self, query: AgentQuery) -> Document:
        self._ready(query.filter)
        return agents_json(*read_agents(self._store, query, time.time_ns()))

    def agent(self, key: str, query: AgentQuery) -> Document:
        self._ready(query.filter)
        now_ns = time.time_ns()
        row = read_agent(self._store, key, now_ns)
        return agent_overview_json(read_overview(self._store, row, query.filter, now_ns))

    def insights(self, chosen: Filter) -> Document:
        self._ready(chosen)
        return insights_json(read_insights(self._store, chosen, self._least, time.time_ns()).page)

    def insight(self, name: str, chosen: Filter) -> Document:
        self._ready(chosen)
        found = read_insight(self._store, name, chosen, self._least, time.time_ns())
        return insight_detail_json(found.insight, found.strip)

    def sessions(self, query: ListQuery) -> Document:
        if query.filter.needs_index:
            catch_up(self._store, IndexProgress())
        return group_page_json("session", self._store.figures.groups("session", query, time.time_ns()))

    def session(self, session_id: str) -> Document:
        return session_document(self._store, session_id, time.time_ns())

    def session_thread(self, session_id: str) -> Document:
        return session_thread_document(self._store, session_id, time.time_ns())

    def clusters(self, query: ClusterQuery) -> Document:
        self._ready(query.filter)
        return clusters_document(read_clusters(self._store, query, time.time_ns()))

    def cluster(self, name: str, query: ClusterQuery) -> Document:
        self._ready(query.filter)
        now_ns = time.time_ns()
        reading = read_cluster(self._store, name, query.filter, now_ns)
        return cluster_document(reading, examples(self._store, reading, now_ns))

    def close(self) -> None:
        self._store.close()

    def _ready(self, chosen: Filter) -> None:
        if chosen.needs_index:
            # Nobody else may be running who does it.
            catch_up(self._store, IndexProgress())
