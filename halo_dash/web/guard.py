"""The layer around the application: who may ask, under which name, and what browsers are told to forbid.

A server on a loopback address is reachable by every page the user's browser has open. Three checks
keep those out: `Host` must name this machine (DNS rebinding), a request that changes something must
come from our own origin, and forms carry a token (`before_request` in `app.py`).
"""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
from typing import cast
from urllib.parse import quote, urlencode

from litestar.enums import ScopeType
from litestar.types import ASGIApp, HTTPScope, Message, Receive, Scope, Send

from halo_dash.config.names import is_this_machine
from halo_dash.web.formats import header, query_pairs, suffix_of
from halo_dash.web.problems import Problem, refuse
from halo_dash.web.site import Site

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_COOKIE = "halo_session"  # noqa: S105 - the name of a cookie, not a secret

SECURITY_HEADERS = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
            b"img-src 'self' data:; media-src 'self' data:; "
            b"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=()"),
)


class Guard:
    """ASGI: refuses what must not reach a page, and adds the security headers to every answer."""

    def __init__(self, app: ASGIApp, site: Site) -> None:
        self._app = app
        self._site = site

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request, answer HEAD as GET without the body, and pass it on."""
        if cast("str", scope["type"]) == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] == ScopeType.WEBSOCKET:
            await send({"type": "websocket.close", "code": 1008, "reason": "There are no web sockets here."})
            return
        sender = _Sender(send, drop_body=scope["method"] == "HEAD")
        problem = self._problem(scope)
        if problem is not None:
            await self._refuse(scope, sender, problem)
        elif (location := self._login(scope)) is not None:
            cookie = f"{TOKEN_COOKIE}={self._session()}; Path=/; HttpOnly; SameSite=Strict"
            headers = [(b"location", location.encode("latin-1")), (b"set-cookie", cookie.encode())]
            await sender({"type": "http.response.start", "status": 303, "headers": headers})
            await sender({"type": "http.response.body", "body": b"", "more_body": False})
        else:
            inner = {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope
            await self._app(cast("Scope", inner), receive, sender)

    async def _refuse(self, scope: Scope, send: Send, problem: Problem) -> None:
        response = refuse(scope, self._site, problem)
        headers = {"content-type": f"{response.media_type}; charset=utf-8", **response.headers}
        raw = [(name.encode(), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": problem.status, "headers": raw})
        await send({"type": "http.response.body", "body": response.content, "more_body": False})

    def _problem(self, scope: HTTPScope) -> Problem | None:
        host = header(scope, b"host")
        if not self._is_our_name(host):
            return Problem(
                421,
                "misdirected",
                f"This dashboard does not answer under the name {host[:100]!r}.",
                "Use http://127.0.0.1 or http://localhost with its port, or add the name to `allowed_hosts`.",
            )
        if scope["method"] not in SAFE_METHODS and not _is_same_origin(scope, host):
            return Problem(
                403,
                "cross_origin",
                "A page of another origin tried to change something here.",
                "Nothing was changed. Use the dashboard's own pages.",
            )
        # Static files are the same for everybody; without them the page that asks for the token has no look.
        is_public = scope["path"].startswith("/static/")
        if self._site.settings.token and not is_public and not self._is_authorized(scope):
            return Problem(
                401,
                "unauthorized",
                "This dashboard is open to the network and needs its token.",
                "Open the address that `halo serve` printed (it ends in ?token=...), "
                "or send `Authorization: Bearer <token>`.",
            )
        return None

    def _is_our_name(self, host: str) -> bool:
        name = host_name(host)
        if is_this_machine(name) or name in {h.lower() for h in self._site.settings.allowed_hosts}:
            return True
        # DNS cannot rebind an IP address; with a token, the address it is bound to is as good as a name.
        return self._site.settings.token is not None and _is_address(name)

    def _session(self) -> str:
        return hashlib.sha256(b"halo-session:" + (self._site.settings.token or "").encode()).hexdigest()

    def _is_authorized(self, scope: Scope) -> bool:
        token = (self._site.settings.token or "").encode()
        scheme, _, given = header(scope, b"authorization").partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode("latin-1"), token):
            return True
        session = self._session()
        for pair in header(scope, b"cookie").split(";"):
            name, _, value = pair.strip().partition("=")
            if name == TOKEN_COOKIE and hmac.compare_digest(value.encode("latin-1"), session.encode()):
                return True
        return any(
            name == "token" and hmac.compare_digest(value.encode(), token)
            for name, value in query_pairs(scope)
        )

    def _login(self, scope: HTTPScope) -> str | None:
        """Where to go without the token in the address, once it was shown to be right."""
        pairs = query_pairs(scope)
        if (
            not self._site.settings.token
            or scope["method"] != "GET"
            or all(name != "token" for name, _ in pairs)
        ):
            return None
        rest = urlencode([(name, value) for name, value in pairs if name != "token"])
        # Quoted again: a path holds whatever was behind its percent signs, line ends and `\\` included.
        path = "/" + quote(scope["path"].lstrip("/\\") + suffix_of(scope))
        return path + (f"?{rest}" if rest else "")


class _Sender:
    """Adds the headers; for HEAD sends the headers of the answer and none of its body."""

    def __init__(self, send: Send, *, drop_body: bool) -> None:
        self._send = send
        self._drop_body = drop_body

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], *SECURITY_HEADERS]
            await self._send(cast("Message", {**message, "headers": headers}))
        elif message["type"] == "http.response.body" and self._drop_body:
            await self._send(cast("Message", {**message, "body": b""}))
        else:
            await self._send(message)


def host_name(host: str) -> str:
    """The name in a `Host` header without its port: `[::1]:4280` is `::1`, `LOCALHOST:80` is `localhost`."""
    host = host.strip().lower()
    if host.startswith("["):
        return host[1:].partition("]")[0]
    name, colon, port = host.rpartition(":")
    return name if colon and port.isdigit() else host


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return False
    return True


def _is_same_origin(scope: Scope, host: str) -> bool:
    ours = {"", f"http://{host.lower()}", f"https://{host.lower()}"}
    site = header(scope, b"sec-fetch-site")
    if site:
        # Under `Referrer-Policy: no-referrer` a browser writes our own forms' origin as `null`.
        return site in {"same-origin", "none"} and header(scope, b"origin").lower() in ours | {"null"}
    return header(scope, b"origin").lower() in ours
