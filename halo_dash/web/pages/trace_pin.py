"""`POST /traces/{trace_id}/pin`: keep a trace whatever retention removes, or no longer."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from litestar import Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, FromPath

from halo_dash.errors import InvalidInputError
from halo_dash.store import Store
from halo_dash.web.render import HaloRequest, see_other, site_of

_WISHES = {"yes": True, "no": False}


@post("/traces/{trace_id:str}/pin", status_code=303, sync_to_thread=True)
def pin_trace(
    request: HaloRequest,
    trace_id: FromPath[str],
    data: Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)],
) -> Response[bytes]:
    """Pin or unpin, then show the trace. Raises NotFoundError, InvalidInputError."""
    wish = data.get("pinned", "")
    if wish not in _WISHES:
        raise InvalidInputError(f"pinned is {wish[:20]!r}.", hint="Send pinned=yes or pinned=no.")
    with Store.open(site_of(request).settings.store_path) as store, store.writing() as tx:
        tx.pin(trace_id, is_pinned=_WISHES[wish])
    location = f"/traces/{quote(trace_id, safe='')}"
    return see_other(location)
