"""`/search.json?q=`: hits in spans, trace by trace. For people the list shows the same."""

from __future__ import annotations

from litestar import Response, get

from halo_dash.model.filter import ListQuery
from halo_dash.model.twin import hits_json
from halo_dash.web.formats import query_pairs, requested
from halo_dash.web.raw_path import with_query
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of


@get("/search", sync_to_thread=True)
def search(request: HaloRequest) -> Response[bytes]:
    """The hits in the traces of one page of the list; takes its filters, `sort`, `limit` and `cursor`."""
    site = site_of(request)
    query = ListQuery.parse(query_pairs(request.scope))
    if requested(request.scope) == "html":
        pairs = query.pairs()
        location = with_query("/traces", pairs)
        return see_other(location)
    view = View("", query, data=lambda: hits_json(site.store.search.hits(query, site.clock())))
    return respond(request, site, view)
