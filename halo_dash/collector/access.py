"""Who may send. A server on loopback can be reached by every page the user's browser has open.

A page of another origin carries that origin, one that rebound its own name to 127.0.0.1 carries its own
name in `Host`: both are refused. Exporters send no `Origin`, and reach this machine by a name of its own.
"""

from __future__ import annotations

import hmac
from urllib.parse import urlsplit

from halo_dash.collector.answers import Code, Refusal
from halo_dash.config import Settings
from halo_dash.config.names import is_this_machine

CONTAINER_NAMES = frozenset({"host.docker.internal", "gateway.docker.internal", "host.containers.internal"})
"""How a container calls the machine it runs on; no public DNS can give these names away."""


class Access:
    """The checks, for one configuration."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.token.encode() if settings.token else None
        self._names = {name.lower() for name in settings.allowed_hosts} | CONTAINER_NAMES

    def check_browser(self, host: str, origin: str) -> Refusal | None:
        """Refuse what only a web page could have sent. Either may be empty."""
        if origin and not self._is_ours(_host_name(origin)):
            return Refusal(
                403, Code.PERMISSION_DENIED, f"a page of {origin[:100]!r} may not send traces here"
            )
        if host and self._token is None and not self._is_ours(_host_name(f"//{host}")):
            return Refusal(
                403,
                Code.PERMISSION_DENIED,
                f"this collector does not answer under the name {host[:100]!r}",
                "send to http://127.0.0.1 with its port, or add the name to server.allowed_hosts",
            )
        return None

    def check_token(self, authorization: str) -> Refusal | None:
        """Refuse a request without the configured token (`Authorization: Bearer …`)."""
        if self._token is None:
            return None
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), self._token):
            return None
        return Refusal(
            401,
            Code.UNAUTHENTICATED,
            "this collector asks for its token",
            'OTEL_EXPORTER_OTLP_HEADERS="authorization=Bearer%20<token>" on the sending side',
        )

    def _is_ours(self, name: str) -> bool:
        return is_this_machine(name) or name.lower() in self._names


def _host_name(url: str) -> str:
    """The host of a URL in lower case; empty where there is none (`Origin: null`, or nonsense)."""
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
