"""Small real parts for a real supervisor: they answer with their process id, die and hang on request."""

from __future__ import annotations

import os
import select
import socket
import sys
import threading

from halo_dash.app.child import Link
from halo_dash.config import Settings
from halo_dash.errors import StoreError


def echo(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    if not link.wait_for_store():
        return
    link.say("ready")
    while not link.stop.is_set():
        readable, _, _ = select.select(sockets, [], [], 0.02)
        for sock in readable:
            connection, _ = sock.accept()
            with connection:
                _answer(connection, link)


def _answer(connection: socket.socket, link: Link) -> None:
    match connection.recv(100):
        case b"die":
            sys.stderr.write("these are my last words\n")
            os._exit(7)
        case b"fail":
            raise StoreError("The disk is full.", hint="Free some space.")
        case b"hang":
            connection.sendall(b"hanging")
            threading.Event().wait()
        case b"slow":
            connection.sendall(b"working")
            link.stop.wait()
            connection.sendall(b" and done")
        case _:
            connection.sendall(str(os.getpid()).encode())


def broken(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    raise RuntimeError("nothing works here")


def without_store(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    raise StoreError(f"The store {settings.store_path} is damaged.", hint="Move it away.")


def noisy(settings: Settings, sockets: list[socket.socket], link: Link) -> None:
    sys.stdout.write('{"event": "ready"}\nsome library prints\n')
    sys.stdout.flush()
    echo(settings, sockets, link)
