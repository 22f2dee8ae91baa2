"""`/complete.json?q=`: what may follow where a query is typed."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from halo_dash.model.twin import Json
from halo_dash.search.completion import complete
from halo_dash.web.formats import query_pairs
from halo_dash.web.render import HaloRequest, View, respond, site_of


@dataclass(frozen=True, slots=True)
class Typed:
    """What stands before the caret."""

    q: str


@get("/complete", sync_to_thread=True)
def completions(request: HaloRequest) -> Response[bytes]:
    """`{"items": [{"text", "help", "start", "count"}]}`; `text` replaces `q` from `start` on."""
    site = site_of(request)
    typed = Typed(dict(query_pairs(request.scope)).get("q", ""))

    def data() -> Json:
        return {
            "items": [
                {"text": each.text, "help": each.help, "start": each.start, "count": each.count}
                for each in complete(typed.q, site.store.search)
            ]
        }

    return respond(request, site, View("", typed, data=data))
