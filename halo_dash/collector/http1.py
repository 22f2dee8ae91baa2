"""One HTTP/1.1 connection: uvicorn's, with the timers it leaves to a proxy."""

from __future__ import annotations

import asyncio
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from halo_dash.collector.limits import Limits


class Http1(HttpToolsProtocol):
    """Closes a connection whose request headers do not end, in time or in bytes."""

    def __init__(self, config: uvicorn.Config, state: ServerState, limits: Limits) -> None:
        super().__init__(config, state, {}, asyncio.get_running_loop())
        self._limits = limits
        self._head_timer: asyncio.TimerHandle | None = None
        self._head_bytes = 0
        self._in_head = True

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as uvicorn does
        """The first bytes are here already."""
        super().connection_made(transport)
        self._arm()

    def data_received(self, data: bytes) -> None:
        """Count what belongs to headers, and keep the timer of an idle connection going."""
        if self._in_head:
            self._head_bytes += len(data)
        super().data_received(data)
        if self._in_head and self._head_bytes > self._limits.head_bytes:
            self.transport.close()
        elif self.cycle is not None and self.cycle.response_complete and self.timeout_keep_alive_task is None:
            # The rest of a body that was refused: nothing else would ever close this connection.
            self.timeout_keep_alive_task = self.loop.call_later(
                self._limits.idle_s, self.timeout_keep_alive_handler
            )

    def on_message_begin(self) -> None:
        """A request begins."""
        super().on_message_begin()
        self._in_head = True
        if self._head_timer is None:
            self._arm()

    def on_headers_complete(self) -> None:
        """Its headers are whole."""
        self._disarm()
        self._in_head = False
        self._head_bytes = 0
        super().on_headers_complete()

    def eof_received(self) -> bool:  # type: ignore[override] # asyncio: true keeps the transport open
        """The client sends no more. One whose whole request is here still gets its answer."""
        cycle = self.cycle
        is_waiting = cycle is not None and not cycle.response_complete and not cycle.more_body
        if is_waiting:
            cycle.keep_alive = False
        return is_waiting

    def connection_lost(self, exc: Exception | None) -> None:
        """Over."""
        self._disarm()
        super().connection_lost(exc)

    def _arm(self) -> None:
        self._head_timer = self.loop.call_later(self._limits.head_s, self.transport.close)

    def _disarm(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None


def make_config(app: Any, limits: Limits) -> uvicorn.Config:
    """uvicorn's settings for `app`, loaded."""
    config = uvicorn.Config(
        app,
        lifespan="off",
        ws="none",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=int(limits.idle_s),
    )
    config.load()
    return config
