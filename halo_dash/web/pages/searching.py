"""`/search.json?q=`: hits in spans, trace by trace. For people the list shows the same."""

from __future__ import annotations

from urllib.parse import urlencode

from litestar import Response, get

from halo_dash.model.filter import ListQuery
from halo_dash.model.twin import hits_json
from halo_dash.web.formats import query_pairs, requested
from halo_dash.web.render import HaloRequest, View, respond, site_of


@get("/search", sync_to_thread=True)
def search(request: HaloRequest) -> Response[bytes]:
    """The hits in the traces of one page of the list; takes its filters, `sort`, `limit` and `cursor`."""
    site = site_of(request)
    query = ListQuery.parse(query_pairs(request.scope))
    if requested(request.scope) == "html":
        pairs = query.pairs()
        location = "/traces" + (f"?{urlencode(pairs)}" if pairs else "")
        return Response(content=b"", status_code=303, headers={"location": location})
    view = View("", query, data=lambda: hits_json(site.store.search.hits(query, site.clock())))
    return respond(request, site, view)
