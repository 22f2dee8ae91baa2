"""`/traces`: the list, newest first, live; with totals over the whole selection."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlencode

from litestar import Response, get
from litestar.response import Redirect

from halo_dash.config import Settings
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import DEFAULT_SORT
from halo_dash.model.found import IndexState
from halo_dash.model.page import Totals, TracePage
from halo_dash.model.twin import page_json, stats_json
from halo_dash.model.views import SavedView
from halo_dash.web import panel, searching, selection
from halo_dash.web.formats import query_pairs, requested, suffix_of
from halo_dash.web.render import HaloRequest, View, cookie, respond, site_of
from halo_dash.web.runs import RunRow, run_rows
from halo_dash.web.senders import Snippet, snippets
from halo_dash.web.table import page_table, whole_table
from halo_dash.web.typed import canonical


@dataclass(frozen=True, slots=True)
class TracesContext:
    """Template context of `traces/index.html`."""

    rows: tuple[RunRow, ...]
    totals: Totals
    panel: panel.Panel
    period: selection.Menu
    chips: tuple[selection.Chip, ...]
    search: searching.SearchBox
    said: searching.Said
    found: dict[str, searching.FoundRow]
    """Trace id -> why it is listed, where words were searched."""
    columns: dict[str, selection.Column]
    reset: str
    """The address without filters, sorted as now."""
    first: str | None
    """The address of the first page, when this is a later one."""
    older: str | None
    """The address of the next page."""
    csv: str
    views: tuple[SavedView, ...]
    view_name: str
    """Of the saved view that this list is; empty for another list."""
    list_query: str
    """Query string of the first page."""
    revision: int
    is_newest_first: bool
    is_empty: bool
    """Nothing has ever arrived."""
    snippets: tuple[Snippet, ...]


@get("/", sync_to_thread=True)
def home(request: HaloRequest) -> Redirect:
    """The dashboard begins with the traces, or with the saved view that was chosen."""
    views = site_of(request).store.views.all()
    query = next((view.query for view in views if view.is_default), "")
    return Redirect("/traces" + (f"?{query}" if query else ""))


@get("/traces", sync_to_thread=True)
def traces(request: HaloRequest) -> Response[bytes]:
    """The list of traces. Raises UsageError for a parameter that is no filter."""
    site = site_of(request)
    pairs = query_pairs(request.scope)
    if (clean := canonical(pairs)) is not None:
        location = "/traces" + suffix_of(request.scope) + (f"?{urlencode(clean)}" if clean else "")
        return Response(content=b"", status_code=303, headers={"location": location})
    query = ListQuery.parse(pairs, ignore=("facets",))
    with_facets = ("facets", "0") not in pairs and requested(request.scope) != "csv"
    now_ns = site.clock()
    page = site.store.traces.page(query, now_ns=now_ns, facets=with_facets)
    index = site.store.search.state(now_ns) if page.search and page.search.terms else None
    is_page = any(name in {"limit", "cursor"} for name, _ in pairs)
    is_open = cookie(request.scope, "halo_panel") != "closed"
    is_empty = not page.totals.traces and site.store.stats().traces == 0
    view = View(
        template="traces/index.html",
        context=_context(
            query,
            page,
            now_ns,
            index,
            site.store.views.all(),
            is_empty=is_empty,
            is_open=is_open,
            settings=site.settings,
        ),
        section="traces",
        fragments={"list": "traces/_list.html"},
        data=lambda: page_json(page, now_ns, with_facets=with_facets),
        table=lambda: page_table(page, now_ns) if is_page else whole_table(site.store, query, now_ns),
    )
    return respond(request, site, view)


@get("/stats", sync_to_thread=True)
def stats(request: HaloRequest) -> Response[bytes]:
    """`/stats.json`; for people the settings page shows the same."""
    site = site_of(request)
    if requested(request.scope) == "html":
        return Response(content=b"", status_code=303, headers={"location": "/settings"})
    figures = site.store.stats()
    return respond(request, site, View(template="", context=figures, data=lambda: stats_json(figures)))


def _context(
    query: ListQuery,
    page: TracePage,
    now_ns: int,
    index: IndexState | None,
    views: tuple[SavedView, ...],
    *,
    is_empty: bool,
    is_open: bool,
    settings: Settings,
) -> TracesContext:
    without_cursor = ListQuery(query.filter, query.sort, query.limit)
    kept = urlencode(without_cursor.pairs())
    return TracesContext(
        rows=run_rows(page.items, now_ns, kept),
        totals=page.totals,
        panel=panel.panel(query, page.facets, is_open=is_open),
        period=selection.period(query),
        chips=selection.chips(query),
        search=searching.box(query),
        said=searching.said(query, page.search, index),
        found=searching.found_rows(page.matches, kept),
        columns=selection.columns(query),
        reset=selection.address(ListQuery(sort=query.sort, limit=query.limit)),
        first=selection.address(without_cursor) if query.cursor else None,
        older=selection.address(query.at(page.next_cursor)) if page.next_cursor else None,
        csv="/traces.csv" + selection.address(ListQuery(query.filter, query.sort)).removeprefix("/traces"),
        views=views,
        view_name=next((view.name for view in views if view.query == kept), ""),
        list_query=kept,
        revision=page.revision,
        is_newest_first=query.sort == DEFAULT_SORT and query.cursor is None,
        is_empty=is_empty,
        snippets=snippets(settings.collector_url, has_token=bool(settings.token)),
    )
