"""`/sessions`: one row each, live; every filter of the trace list selects the traces behind them."""

from __future__ import annotations

from litestar import Response, get

from halo_dash.web.formats import query_pairs
from halo_dash.web.render import HaloRequest, respond, see_other, site_of
from halo_dash.web.sessions.listing import SESSIONS, group_view
from halo_dash.web.trace_list import clean_address


@get("/sessions", sync_to_thread=True)
def sessions(request: HaloRequest) -> Response[bytes]:
    """The list of sessions. Raises UsageError for a parameter that is no filter."""
    pairs = query_pairs(request.scope)
    if (clean := clean_address(request, pairs, SESSIONS)) is not None:
        return see_other(clean)
    return respond(request, site_of(request), group_view(request, "session", pairs, SESSIONS))
