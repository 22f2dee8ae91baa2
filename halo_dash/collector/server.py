"""The collector's process: both doors on any number of sockets, until told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Sequence

from uvicorn.server import ServerState

from halo_dash.collector.access import Access
from halo_dash.collector.grpc import GrpcDoor
from halo_dash.collector.http import HttpDoor
from halo_dash.collector.http1 import Http1, make_config
from halo_dash.collector.limits import Limits
from halo_dash.collector.receive import Receiver
from halo_dash.collector.sniff import Port, Sniffer
from halo_dash.config import Settings
from halo_dash.ingest import Ingest


def receive(
    ingest: Ingest,
    settings: Settings,
    sockets: Sequence[socket.socket],
    notify_ready: Callable[[], None],
    stop: threading.Event,
    *,
    limits: Limits | None = None,
) -> None:
    """Receive on `sockets` until `stop` is set; then finish what was accepted and return. Blocks.

    Others (a watcher, the demo) may use `ingest` at the same time.
    """
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(_serve(ingest, settings, sockets, notify_ready, stop, limits or Limits()))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _serve(  # noqa: PLR0917 - the arguments of `receive`
    ingest: Ingest,
    settings: Settings,
    sockets: Sequence[socket.socket],
    notify_ready: Callable[[], None],
    stop: threading.Event,
    limits: Limits,
) -> None:
    loop = asyncio.get_running_loop()
    receiver = Receiver(ingest)
    access = Access(settings)
    grpc_door = GrpcDoor(receiver, access, limits)
    place = grpc_door.start()
    state = ServerState()
    config = make_config(HttpDoor(receiver, access, limits, settings.dashboard_url), limits)
    port = Port(limits, lambda: Http1(config, state, limits), state.connections, place)
    servers = [await loop.create_server(lambda: Sniffer(port), sock=sock) for sock in sockets]
    try:
        notify_ready()
        await _set(stop)
    finally:
        for server in servers:
            server.close()
        await _finish(state, limits, grpc_door)
        port.hang_up()


async def _set(stop: threading.Event) -> None:
    """Wait for a thread's event without keeping one of the loop's own threads."""
    loop = asyncio.get_running_loop()
    done = asyncio.Event()

    def watch() -> None:
        stop.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(done.set)

    threading.Thread(target=watch, name="halo-stop", daemon=True).start()
    await done.wait()


async def _finish(state: ServerState, limits: Limits, grpc_door: GrpcDoor) -> None:
    """Let both halves answer what they accepted."""
    for connection in list(state.connections):
        connection.shutdown()
    loop = asyncio.get_running_loop()
    ended = loop.run_in_executor(None, grpc_door.stop, limits.grace_s)
    if state.tasks:
        await asyncio.wait(list(state.tasks), timeout=limits.grace_s)
    await ended
    for connection in list(state.connections):
        connection.transport.close()
