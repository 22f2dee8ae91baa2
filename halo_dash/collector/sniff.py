"""One port for two protocols: the first bytes tell HTTP/2, which is gRPC, from HTTP/1.1.

HTTP/2 with prior knowledge begins with a fixed preface (RFC 9113 3.4) that is no HTTP/1.1 request.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Final, cast

from halo_dash.collector.frames import PREFACE
from halo_dash.collector.limits import Limits
from halo_dash.collector.splice import ClientPipe, Pipe, connect
from halo_dash.collector.uploads import Uploads

FULL: Final = (
    b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\nconnection: close\r\n"
    b"content-type: text/plain\r\ncontent-length: 31\r\n\r\ntoo many connections, try later"
)


class Port:
    """What every connection of the shared port needs, and which are open."""

    def __init__(
        self,
        limits: Limits,
        make_http1: Callable[[], asyncio.Protocol],
        http1: Collection[object],
        grpc_place: str | int,
    ) -> None:
        """`make_http1` makes a connection that is in `http1` while it lasts; gRPC listens at `grpc_place`."""
        self.limits = limits
        self.make_http1 = make_http1
        self.undecided: set[Sniffer] = set()
        self.pipes: set[Pipe] = set()
        self.uploads = Uploads(limits.body_s)
        self._http1 = http1
        self._grpc_place = grpc_place
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def is_full(self) -> bool:
        """Whether no further client is served now."""
        return len(self.undecided) + len(self._http1) + len(self.pipes) >= self.limits.connections

    def splice(self, client: Pipe) -> None:
        """Join a client to the gRPC listener."""
        task = asyncio.get_running_loop().create_task(connect(client, self._grpc_place))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def hang_up(self) -> None:
        """Close what said nothing yet, and what gRPC is done with."""
        for sniffer in list(self.undecided):
            sniffer.close()
        for pipe in list(self.pipes):
            pipe.close()


class Sniffer(asyncio.Protocol):
    """A connection until it is known what it speaks."""

    def __init__(self, port: Port) -> None:
        self._port = port
        self._head = b""
        self._transport: asyncio.Transport | None = None
        self._timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wait a while for the first bytes."""
        self._transport = cast("asyncio.Transport", transport)
        port = self._port
        if port.is_full:
            self._transport.write(FULL)
            self._transport.close()
            return
        port.undecided.add(self)
        self._timer = asyncio.get_running_loop().call_later(port.limits.preface_s, self.close)

    def data_received(self, data: bytes) -> None:
        """Decide as soon as it is certain."""
        self._head += data
        if self._transport is None or self._timer is None:
            return
        if len(self._head) < len(PREFACE) and PREFACE.startswith(self._head):
            return
        self._forget()
        if self._head.startswith(PREFACE):
            pipe = ClientPipe(self._port.pipes, self._port.uploads)
            self._hand_over(pipe)
            self._port.splice(pipe)
        else:
            self._hand_over(self._port.make_http1())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - it said nothing either way
        """Gone before it said what it speaks."""
        self._forget()

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.close()

    def _hand_over(self, protocol: asyncio.Protocol) -> None:
        if self._transport is None:
            return
        self._transport.set_protocol(protocol)
        protocol.connection_made(self._transport)
        protocol.data_received(self._head)

    def _forget(self) -> None:
        self._port.undecided.discard(self)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
