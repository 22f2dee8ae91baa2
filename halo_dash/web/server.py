"""The dashboard process: one uvicorn over sockets somebody else has bound."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import Callable, Iterator, Sequence

import uvicorn

from halo_dash.config import Settings
from halo_dash.errors import UnavailableError
from halo_dash.jobs.follower import follow
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store
from halo_dash.web.app import create_app
from halo_dash.web.live import LiveHub
from halo_dash.web.site import build_site

_GRACE_S = 3
"""How long requests in work may take once the server is told to stop."""


class _Server(uvicorn.Server):
    """Reports readiness, and leaves signals to the process that owns it."""

    def __init__(self, config: uvicorn.Config, notify_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._notify_ready = notify_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._notify_ready()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def serve(
    settings: Settings,
    sockets: Sequence[socket.socket],
    notify_ready: Callable[[], None],
    stop: threading.Event,
) -> None:
    """Serve the dashboard until `stop` is set; then finish what is in work and return.

    Raises StoreError when the store cannot be opened, UnavailableError when the server cannot start.
    """
    store = Store.open(settings.store_path, mode="ro", prices=PriceBook(settings.prices))
    hub = LiveHub(store)
    ended = threading.Event()
    follower = threading.Thread(target=follow, args=(store, ended), name="halo-follower", daemon=True)
    follower.start()
    try:
        app = create_app(build_site(store, settings), hub)
        config = uvicorn.Config(
            app,
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=_GRACE_S,
        )
        asyncio.run(_run(_Server(config, notify_ready), list(sockets), hub, stop))
    finally:
        ended.set()
        hub.close()
        hub.join()
        follower.join(_GRACE_S)
        store.close()


async def _run(server: _Server, sockets: list[socket.socket], hub: LiveHub, stop: threading.Event) -> None:
    loop = asyncio.get_running_loop()

    def end() -> None:
        # Live streams never end by themselves: without this the server would wait its whole grace for them.
        hub.close()
        server.should_exit = True

    def watch() -> None:
        stop.wait()
        with contextlib.suppress(RuntimeError):  # the loop is already closed: the server ended on its own
            loop.call_soon_threadsafe(end)

    threading.Thread(target=watch, name="halo-stop", daemon=True).start()
    await server.serve(sockets)
    if not server.started:
        raise UnavailableError("The dashboard could not start.", hint="The log says why.")
