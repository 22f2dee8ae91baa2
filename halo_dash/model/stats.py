"""The store and the collector in figures."""

from __future__ import annotations

from dataclasses import dataclass

from halo_dash.model.exporter import ExporterActivity, Rejection, ScopeActivity


@dataclass(frozen=True, slots=True)
class StoreStats:
    """What `/stats.json` says."""

    spans: int
    traces: int
    sessions: int
    agents: int
    store_bytes: int
    """The database file and its write-ahead log."""
    oldest_ns: int | None
    """Start of the first trace; None in an empty store."""
    newest_ns: int | None
    revision: int
    indexed_spans: int | None = None
    """Spans in the full-text index; None while there is none."""
    index_lag_s: float | None = None
    """For how long the oldest change has been waiting to be indexed; 0 when everything is."""
    index_bytes: int = 0
    """Files of the full-text index."""


@dataclass(frozen=True, slots=True)
class CollectorOverview:
    """What `/collector` shows. Most recent first, everywhere."""

    exporters: tuple[ExporterActivity, ...]
    rejections: tuple[Rejection, ...]
    """At most the last 100."""
    scopes: tuple[ScopeActivity, ...]
    orphan_spans: int
    """Spans whose parent never arrived."""
    duplicate_spans: int
    """Spans that were sent again."""
