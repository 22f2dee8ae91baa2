"""Saved views of the list: save, delete, choose the one the dashboard begins with."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl, urlencode

from litestar import Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from halo_dash.model.filter import ListQuery
from halo_dash.store import Store
from halo_dash.web.render import HaloRequest, see_other, site_of

_Form = Annotated[dict[str, str], Body(media_type=RequestEncodingType.URL_ENCODED)]


@post("/views/save", status_code=303, sync_to_thread=True)
def save_view(request: HaloRequest, data: _Form) -> Response[bytes]:
    """Save a list under `name`. Raises UsageError for a query that is none, InvalidInputError for a name."""
    site = site_of(request)
    query = _canonical(data.get("query", ""))
    with Store.open(site.settings.store_path) as store, store.writing() as tx:
        tx.save_view(data.get("name", "").strip(), query, site.clock())
    return _back(query)


@post("/views/delete", status_code=303, sync_to_thread=True)
def delete_view(request: HaloRequest, data: _Form) -> Response[bytes]:
    """Delete a view. Raises NotFoundError."""
    with Store.open(site_of(request).settings.store_path) as store, store.writing() as tx:
        tx.delete_view(data.get("name", ""))
    return _back(_canonical(data.get("query", "")))


@post("/views/default", status_code=303, sync_to_thread=True)
def choose_view(request: HaloRequest, data: _Form) -> Response[bytes]:
    """Begin with a view; with an empty name, with all traces. Raises NotFoundError."""
    with Store.open(site_of(request).settings.store_path) as store, store.writing() as tx:
        tx.choose_view(data.get("name", ""))
    return _back(_canonical(data.get("query", "")))


def _canonical(query: str) -> str:
    """As the list writes it, its first page. Raises UsageError."""
    read = ListQuery.parse(parse_qsl(query, keep_blank_values=True))
    return urlencode(read.at(None).pairs())


def _back(query: str) -> Response[bytes]:
    location = "/traces" + (f"?{query}" if query else "")
    return see_other(location)
