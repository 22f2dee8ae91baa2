"""The parts of `halo serve`, each built inside its own child process."""

from __future__ import annotations

import socket
from importlib import import_module

from halo_dash.app.child import Link
from halo_dash.config import Settings


def collector(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    """Receive spans and write them, until told to stop."""
    from halo_dash.collector.server import serve  # noqa: PLC0415 - grpc belongs to this process alone

    serve(settings, sockets, lambda: link.say("ready"), link.stop)


def dashboard(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    """Render pages, until told to stop."""
    # Loading the web framework takes longest: do it while the collector opens the store.
    server = import_module("halo_dash.web.server")
    if link.wait_for_store():
        server.serve(settings, sockets, lambda: link.say("ready"), link.stop)
