"""Static files under addresses that change with their content."""

from __future__ import annotations

from litestar import Response, get
from litestar.params import FromPath

from halo_dash.errors import NotFoundError
from halo_dash.web.formats import header
from halo_dash.web.render import HaloRequest, site_of

_FOREVER = "public, max-age=31536000, immutable"


@get("/static/{version:str}/{name:path}", sync_to_thread=False)
def static_file(request: HaloRequest, version: FromPath[str], name: FromPath[str]) -> Response[bytes]:
    """One file. An old version's address is gone: a page that still holds it reloads itself."""
    assets = site_of(request).assets
    if version != assets.version:
        raise NotFoundError(
            "This file belongs to another version of halo-dash.",
            hint="Reload the page to get the present one.",
        )
    asset = assets.get(name.lstrip("/"))
    headers = {"etag": asset.etag, "cache-control": _FOREVER, "vary": "accept-encoding"}
    if header(request.scope, b"if-none-match") == asset.etag:
        return Response(content=b"", status_code=304, headers=headers)
    body = asset.body
    if asset.gzipped is not None and "gzip" in header(request.scope, b"accept-encoding"):
        body, headers["content-encoding"] = asset.gzipped, "gzip"
    return Response(content=body, media_type=asset.content_type, headers=headers)


@get("/favicon.ico", sync_to_thread=False)
def favicon(request: HaloRequest) -> Response[bytes]:
    """What browsers ask for by themselves."""
    asset = site_of(request).assets.get("img/halo.svg")
    return Response(
        content=asset.body,
        media_type=asset.content_type,
        headers={"cache-control": "max-age=86400", "etag": asset.etag},
    )
