"""`/facets/{name}`: all values of one field of the filter, to search among. A page and part of the panel."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get
from litestar.params import FromPath

from halo_dash.errors import NotFoundError
from halo_dash.model.filter import ListQuery
from halo_dash.web import panel, selection
from halo_dash.web.formats import query_pairs
from halo_dash.web.render import HaloRequest, View, respond, site_of

MOST = 100
"""Values on the page; more are found by what they begin with."""


@dataclass(frozen=True, slots=True)
class FacetContext:
    """Variables of `traces/facet.html`."""

    facet: panel.Facet
    find: str
    kept: tuple[tuple[str, str], ...]
    back: str
    """The list."""


@get("/facets/{name:str}", sync_to_thread=True)
def facet_values(request: HaloRequest, name: FromPath[str]) -> Response[bytes]:
    """The values with the counts that the other filters leave; `find` narrows them to a part of a name."""
    site = site_of(request)
    if not panel.is_facet(name):
        raise NotFoundError(
            f"There is no filter {name[:40]!r} with values.", hint="The list of traces shows those there are."
        )
    pairs = query_pairs(request.scope)
    query = ListQuery.parse([pair for pair in pairs if pair[0] != "find"])
    find = dict(pairs).get("find", "").strip()
    counted = site.store.traces.page(query, now_ns=site.clock(), facets=True).facets.get(name, ())
    found = [value for value in counted if find.lower() in value.value.lower()]
    # Beyond the most frequent ones the store knows names by their beginning, without these counts.
    known = {value.value for value in counted}
    more = (
        [value for value, _ in site.store.search.values(name, find, MOST) if value not in known]
        if find
        else []
    )
    titles = {rule.name: rule.title for rule in site.store.findings.rules()[0]}
    context = FacetContext(
        facet=panel.facet(query, name, found, shown=MOST, more=more, titles=titles),
        find=find,
        kept=ListQuery(query.filter, query.sort, query.limit).pairs(),
        back=selection.address(ListQuery(query.filter, query.sort, query.limit)),
    )
    parts = {"values": "traces/_values.html"}
    return respond(request, site, View("traces/facet.html", context, section="traces", fragments=parts))
