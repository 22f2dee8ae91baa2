"""`/traces`: the list, newest first, live; with totals over the whole selection."""

from __future__ import annotations

from litestar import Response, get
from litestar.response import Redirect

from halo_dash.model.twin import stats_json
from halo_dash.web.formats import query_pairs, requested
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.trace_list import clean_address, list_view


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
    if (clean := clean_address(request, pairs)) is not None:
        return see_other(clean)
    return respond(request, site, list_view(request, site, pairs))


@get("/stats", sync_to_thread=True)
def stats(request: HaloRequest) -> Response[bytes]:
    """`/stats.json`; for people the settings page shows the same."""
    site = site_of(request)
    if requested(request.scope) == "html":
        return see_other("/settings")
    figures = site.store.stats()
    return respond(request, site, View(template="", context=figures, data=lambda: stats_json(figures)))
