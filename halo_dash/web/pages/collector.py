"""`/collector`: who sends what, what was refused and how to mend it, which dialects are spoken."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from halo_dash.model.stats import CollectorOverview, StoreStats
from halo_dash.model.twin import Json, iso_time
from halo_dash.web.render import HaloRequest, View, respond, site_of
from halo_dash.web.senders import Snippet, snippets


@dataclass(frozen=True, slots=True)
class CollectorContext:
    """Template context of `collector/index.html`."""

    overview: CollectorOverview
    stats: StoreStats
    lag_ns: int
    """How far the full-text index is behind; 0 where there is none."""
    snippets: tuple[Snippet, ...]


@get("/collector", sync_to_thread=True)
def collector(request: HaloRequest) -> Response[bytes]:
    """The collector as the store saw it."""
    site = site_of(request)
    overview, stats = site.store.collector.overview(site.clock()), site.store.stats()
    view = View(
        template="collector/index.html",
        context=CollectorContext(
            overview,
            stats,
            round((stats.index_lag_s or 0.0) * 1e9),
            snippets(site.settings.collector_url, has_token=bool(site.settings.token)),
        ),
        section="collector",
        fragments={"overview": "collector/_overview.html"},
        data=lambda: overview_json(overview) | {"index": index_json(stats)},
    )
    return respond(request, site, view)


def overview_json(overview: CollectorOverview) -> dict[str, Json]:
    """`/collector.json`."""
    return {
        "exporters": [
            {
                "user_agent": a.exporter.user_agent,
                "transport": a.exporter.transport,
                "encoding": a.exporter.encoding,
                "compression": a.exporter.compression or None,
                "first_seen": iso_time(a.first_seen_ns),
                "last_seen": iso_time(a.last_seen_ns),
                "requests": a.requests,
                "spans": a.spans,
                "log_records": a.log_records,
                "bytes": a.bytes,
                "duplicate_spans": a.duplicate_spans,
                "rejected_spans": a.rejected_spans,
                "rejected_requests": a.rejected_requests,
                "recent_spans_per_s": a.recent_spans_per_s,
            }
            for a in overview.exporters
        ],
        "rejections": [
            {
                "time": iso_time(r.time_ns),
                "user_agent": r.exporter.user_agent,
                "transport": r.exporter.transport,
                "path": r.path,
                "code": r.code,
                "reason": r.reason,
                "mend": r.mend,
                "rejected_spans": r.rejected_spans,
            }
            for r in overview.rejections
        ],
        "scopes": [
            {
                "name": s.name,
                "version": s.version,
                "dialect": s.dialect,
                "spans": s.spans,
                "last_seen": iso_time(s.last_seen_ns),
            }
            for s in overview.scopes
        ],
        "orphan_spans": overview.orphan_spans,
        "duplicate_spans": overview.duplicate_spans,
    }


def index_json(stats: StoreStats) -> dict[str, Json]:
    """How far the full-text index is, as in `/stats.json`."""
    return {
        "spans": stats.spans,
        "indexed_spans": stats.indexed_spans,
        "lag_s": stats.index_lag_s,
        "bytes": stats.index_bytes,
    }
