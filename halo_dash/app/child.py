"""What runs in a child process of `halo serve`, and how it talks to the supervisor.

The supervisor writes the settings and the sockets to the child's standard input, then one byte when
the store may be opened, and keeps the pipe open. Its end is the signal to stop: the same whether the
supervisor asks for it or was killed. The child answers with one JSON line an event on standard output.
"""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import signal
import socket
import struct
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeAlias

from halo_dash.config import Settings
from halo_dash.errors import HaloError

STOP_WITHIN_S = 4.0
"""How long a part may take to finish what it accepted; `halo serve` has to be gone within 5 s."""
GO = b"g"
_LENGTH = struct.Struct(">Q")


@dataclass(frozen=True, slots=True)
class Handover:
    """What a child needs to begin."""

    settings: Settings
    sockets: tuple[int | bytes, ...]
    """File descriptors; on Windows what `socket.share` gave for this child."""

    def to_bytes(self) -> bytes:
        """Return the frame to write to the child's standard input."""
        body = pickle.dumps(self)
        return _LENGTH.pack(len(body)) + body


class Link:
    """The child's end of the connection to its supervisor."""

    def __init__(self, inward: int, outward: int) -> None:
        self._in = inward
        self._out = outward
        self.stop = threading.Event()
        self._go = threading.Event()

    def receive(self) -> Handover:
        """Read the handover, then go on listening in the background."""
        (length,) = _LENGTH.unpack(self._read(_LENGTH.size))
        # The bytes come from our own parent through a private pipe.
        handover = pickle.loads(self._read(length))  # noqa: S301 - see above
        if not isinstance(handover, Handover):
            raise TypeError(f"expected a Handover, got {type(handover).__name__}")
        threading.Thread(target=self._listen, name="supervisor-link", daemon=True).start()
        return handover

    def wait_for_store(self) -> bool:
        """Wait until the store may be opened; False when it is time to stop instead."""
        self._go.wait()
        return not self.stop.is_set()

    def say(self, event: str, **fields: object) -> None:
        """Tell the supervisor something. A supervisor that is gone hears nothing, which is fine."""
        with contextlib.suppress(OSError):
            os.write(self._out, json.dumps({"event": event, **fields}).encode() + b"\n")

    def _read(self, count: int) -> bytes:
        # os.read and not a buffered file: a thread blocked in one of those breaks the interpreter's exit.
        found = b""
        while len(found) < count:
            part = os.read(self._in, count - len(found))
            if not part:
                raise SystemExit(0)
            found += part
        return found

    def _listen(self) -> None:
        with contextlib.suppress(OSError):
            while byte := os.read(self._in, 1):
                if byte == GO:
                    self._go.set()
        self.stop.set()
        self._go.set()


Part: TypeAlias = Callable[[Settings, list[socket.socket], Link], None]
"""A blocking function that serves until `link.stop` is set, then finishes within STOP_WITHIN_S."""


def main(target: str) -> int:
    """Run the part named `module:function` as a child of the supervisor."""
    link = Link(os.dup(0), os.dup(1))
    # Whatever a library prints must not be taken for an event.
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the supervisor decides
    signal.signal(signal.SIGTERM, lambda *_: link.stop.set())
    handover = link.receive()
    threading.Thread(target=_leave_in_time, args=(link.stop,), daemon=True).start()
    module, _, name = target.partition(":")
    try:
        part: Part = getattr(import_module(module), name)
        part(handover.settings, [_socket(given) for given in handover.sockets], link)
    except HaloError as problem:
        link.say("failed", message=problem.message, hint=problem.hint, exit_code=problem.exit_code)
        return problem.exit_code
    finally:
        link.stop.set()
    return 0


def _socket(given: int | bytes) -> socket.socket:
    if isinstance(given, bytes):
        from_share: Any = getattr(socket, "fromshare")  # noqa: B009 - exists on Windows alone
        restored: socket.socket = from_share(given)
        return restored
    return socket.socket(fileno=given)


def _leave_in_time(stop: threading.Event) -> None:
    """End the process some time after `stop`, whatever still runs in it by then."""
    stop.wait()
    time.sleep(STOP_WITHIN_S)
    sys.stderr.write(f"did not finish within {STOP_WITHIN_S:.0f} s of being asked to stop; leaving\n")
    sys.stderr.flush()
    os._exit(1)
