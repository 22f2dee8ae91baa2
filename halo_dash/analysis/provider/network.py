"""The engine's only sockets: they reach the configured host alone, are written down and can be stopped."""

from __future__ import annotations

import contextlib
import math
import ssl
import threading
import time
import typing
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from urllib.parse import SplitResult, urlsplit
from urllib.request import (  # type: ignore[attr-defined]  # typeshed lacks the second
    getproxies_environment,
    proxy_bypass_environment,
)

import httpcore2
import httpx2

from halo_dash.analysis.provider.address import Address
from halo_dash.analysis.provider.connections import ConnectionLog, Purpose
from halo_dash.analysis.provider.wire import Stopped
from halo_dash.errors import UsageError

SLICE_S = 0.25
"""How long a read waits before it looks whether it was stopped."""
CONNECT_S = 10.0
MAX_ANSWER_BYTES = 64 * 1024 * 1024
"""A whole answer with its framing; a model writes less than a hundredth of it."""
_CONNECTIONS = 64
_SENT = frozenset({"accept", "connection", "content-length", "content-type", "host", "transfer-encoding"})
"""Headers of the client that go out. All others, such as those that describe this machine, do not."""


class Watch(threading.local):
    """Under what the present thread reads: a call is made, waited for and read by one thread."""

    stop: threading.Event | None = None
    until: float = math.inf
    """`time.monotonic()` at which a whole answer has to be there."""
    bytes_left: int = MAX_ANSWER_BYTES
    headers: Mapping[str, str] = MappingProxyType({})
    """Ours and the user's, the key among them: nothing but the transport ever holds it."""

    def begin(self, stop: threading.Event | None, seconds: float, headers: Mapping[str, str]) -> None:
        """Watch over one call."""
        self.stop, self.until, self.bytes_left = stop, time.monotonic() + seconds, MAX_ANSWER_BYTES
        self.headers = headers

    def check(self) -> None:
        """Raise `Stopped` where it was asked for."""
        if self.stop is not None and self.stop.is_set():
            raise Stopped


class _Stream(httpcore2.NetworkStream):
    """A connection whose reads wait in slices."""

    def __init__(self, inner: httpcore2.NetworkStream, watch: Watch) -> None:
        self._inner = inner
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        until = min(time.monotonic() + (math.inf if timeout is None else timeout), self._watch.until)
        while True:
            self._watch.check()
            left = until - time.monotonic()
            try:
                data = self._inner.read(max_bytes, timeout=max(0.001, min(SLICE_S, left)))
            except httpcore2.ReadTimeout:
                if left <= SLICE_S:
                    raise
                continue
            self._watch.bytes_left -= len(data)
            if self._watch.bytes_left < 0:
                raise httpcore2.ReadError(f"the answer is over {MAX_ANSWER_BYTES >> 20} MB")
            return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._watch.check()
        self._inner.write(buffer, timeout)

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.NetworkStream:
        return _Stream(self._inner.start_tls(ssl_context, server_hostname, timeout), self._watch)

    def get_extra_info(self, info: str) -> typing.Any:
        return self._inner.get_extra_info(info)


class _Network(httpcore2.NetworkBackend):
    """Opens connections to the places it was given and to no other."""

    def __init__(
        self, places: Mapping[tuple[str, int], Purpose], connections: ConnectionLog, watch: Watch
    ) -> None:
        self._places = places
        self._connections = connections
        self._watch = watch
        self._inner = httpcore2.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.NetworkStream:
        purpose = self._places.get((host, port))
        if purpose is None:
            raise httpcore2.ConnectError(f"{host}:{port} is not the configured host")
        self._watch.check()
        self._connections.opened(host, port, purpose)
        return _Stream(
            self._inner.connect_tcp(host, port, timeout, local_address, socket_options), self._watch
        )


class Transport(httpx2.BaseTransport):
    """Requests over `_Network`, with the headers that `watch` holds in place of the client's."""

    def __init__(
        self, address: Address, connections: ConnectionLog, watch: Watch, *, purpose: Purpose = "model"
    ) -> None:
        self._watch = watch
        # Reading the authorities' certificates takes as long as ten calls on this machine.
        trust = httpx2.create_ssl_context() if address.scheme == "https" else None
        proxy = proxy_of(address)
        if proxy is None:
            places: dict[tuple[str, int], Purpose] = {(address.host, address.port): purpose}
            self._pool: httpcore2.ConnectionPool = httpcore2.ConnectionPool(
                ssl_context=trust,
                max_connections=_CONNECTIONS,
                network_backend=_Network(places, connections, watch),
            )
        else:
            self._pool = httpcore2.HTTPProxy(
                proxy_url=f"{proxy.scheme}://{proxy.netloc.rpartition('@')[2]}",
                proxy_auth=(proxy.username, proxy.password or "") if proxy.username else None,
                ssl_context=trust,
                max_connections=_CONNECTIONS,
                network_backend=_Network({(proxy.hostname or "", _port(proxy)): "proxy"}, connections, watch),
            )

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it and return once the head of the answer is there."""
        own = self._watch.headers
        names = {name.lower() for name in own}
        headers = [
            (name.encode("ascii"), value.encode("latin-1"))
            for name, value in (
                *((n, v) for n, v in request.headers.items() if n.lower() in _SENT - names),
                # A compressed answer could grow beyond every bound once it is here.
                ("accept-encoding", "identity"),
                *own.items(),
            )
        ]
        sent = httpcore2.Request(
            method=request.method,
            url=str(request.url),
            headers=headers,
            content=typing.cast("Iterable[bytes]", request.stream),
            extensions=dict(request.extensions),
        )
        with _translated():
            answer = self._pool.handle_request(sent)
        return httpx2.Response(
            status_code=answer.status,
            headers=answer.headers,
            stream=_Body(answer.stream),
            extensions=dict(answer.extensions),
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _Body(httpx2.SyncByteStream):
    def __init__(self, inner: typing.Any) -> None:
        self._inner = inner

    def __iter__(self) -> Iterator[bytes]:
        with _translated():
            yield from self._inner

    def close(self) -> None:
        self._inner.close()


@contextlib.contextmanager
def _translated() -> Iterator[None]:
    """Errors of the connection under the names that the client knows; they are the same names."""
    try:
        yield
    except (
        httpcore2.TimeoutException,
        httpcore2.NetworkError,
        httpcore2.ProtocolError,
        httpcore2.ProxyError,
        httpcore2.UnsupportedProtocol,
    ) as error:
        known: type[httpx2.TransportError] = getattr(httpx2, type(error).__name__, httpx2.NetworkError)
        raise known(str(error)) from error


def proxy_of(address: Address) -> SplitResult | None:
    """The proxy that HTTP_PROXY, HTTPS_PROXY, ALL_PROXY and NO_PROXY name; none for this machine.

    Nothing else of the environment has a say: no `.netrc`, no settings of OpenAI's own client.
    Raises UsageError for a kind of proxy that cannot be used.
    """
    proxies = getproxies_environment()
    url = proxies.get(address.scheme) or proxies.get("all")
    if not url or address.is_this_machine or proxy_bypass_environment(f"{address.host}:{address.port}"):
        return None
    parts = urlsplit(url if "://" in url else f"http://{url}")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise UsageError(
            f"the proxy for {address.shown} that the environment names is of a kind that is not supported",
            hint=f"Name an http:// proxy in {address.scheme.upper()}_PROXY, or except the host in NO_PROXY.",
        )
    return parts


def _port(proxy: SplitResult) -> int:
    return proxy.port or (443 if proxy.scheme == "https" else 80)
