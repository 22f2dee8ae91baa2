"""The dashboard as an ASGI application: routes, exception mapping, and the layers around them."""

from __future__ import annotations

import hmac
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from litestar import Litestar, Response
from litestar.datastructures import State
from litestar.types import ASGIApp

from halo_dash.errors import HaloError
from halo_dash.transfer.importing import UPLOAD_LIMIT
from halo_dash.web.formats import SuffixLayer
from halo_dash.web.guard import SAFE_METHODS, Guard
from halo_dash.web.live import LiveHub
from halo_dash.web.pages import ROUTES
from halo_dash.web.problems import Problem, on_error, refuse
from halo_dash.web.render import HaloRequest, site_of
from halo_dash.web.site import Site

MAX_BODY_BYTES = UPLOAD_LIMIT + (1 << 20)
"""The largest file to import and the form around it; everything else a browser sends here is small."""


def create_app(site: Site, hub: LiveHub) -> ASGIApp:
    """The whole application over one site. Its live updates start and end with the server's lifespan."""

    @asynccontextmanager
    async def live(_: Litestar) -> AsyncIterator[None]:
        hub.start()
        try:
            yield
        finally:
            hub.close()

    app = Litestar(
        route_handlers=ROUTES,
        state=State({"site": site, "hub": hub}),
        exception_handlers={HaloError: on_error, Exception: on_error},
        before_request=check_form_token,
        lifespan=[live],
        openapi_config=None,
        request_max_body_size=MAX_BODY_BYTES,
        logging_config=None,
    )
    return SuffixLayer(Guard(app, site))


async def check_form_token(request: HaloRequest) -> Response[bytes] | None:
    """Every request that changes something shows that our own page (or a program, by a header) made it.

    A header that no HTML form can send is proof enough: another origin's script may not add one without
    our leave (CORS), and we never give it.
    """
    if request.method in SAFE_METHODS or "x-halo-request" in request.headers:
        return None
    site = site_of(request)
    content_type = request.headers.get("content-type", "")
    given = ""
    if content_type.startswith(("application/x-www-form-urlencoded", "multipart/form-data")):
        given = str((await request.form()).get("csrf_token", ""))
    if hmac.compare_digest(given.encode(), site.csrf_token.encode()):
        return None
    problem = Problem(
        403,
        "csrf",
        "This form was not made by the dashboard that is running now. Nothing was changed.",
        "Reload the page and try again. A program sends the header `X-Halo-Request: 1` instead.",
    )
    return refuse(request.scope, site, problem)
