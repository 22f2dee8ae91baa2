"""One child process as the supervisor sees it: start it, hear it, stop it."""

from __future__ import annotations

import contextlib
import json
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from halo_dash.app.child import GO, Handover
from halo_dash.config import Settings, environment

_ONE_HEAP_FOR_ALL = {"MALLOC_ARENA_MAX": "2"}
"""glibc keeps a heap for each thread that met a large request, and gives none of them back. With two, eight
60 MiB requests at once peak a sixth lower. Other C libraries ignore the name; the user's own value wins."""

_RUN = "import sys; from halo_dash.app.child import main; sys.exit(main(sys.argv[1]))"
LAST_WORDS = 20
"""Lines of a child's standard error that are kept to be repeated when it keeps dying."""


@dataclass(frozen=True, slots=True)
class Said:
    """A child reported an event."""

    process: Process
    event: str
    fields: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Ended:
    """A child is gone; `code` as `subprocess` gives it (negative: the signal that ended it)."""

    process: Process
    code: int


Notice: TypeAlias = Said | Ended


@dataclass(eq=False)
class Process:
    """A running child. `notify` is called from threads with what it says and that it ended."""

    name: str
    target: str
    """`module:function` of the part it runs."""
    settings: Settings
    sockets: list[socket.socket]
    notify: Callable[[Notice], None]
    log: Callable[[str, str], None]
    """Called with (name, line) for each line of its standard error."""
    words: deque[str] = field(default_factory=lambda: deque(maxlen=LAST_WORDS))
    _popen: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the child and hand it the settings and the sockets."""
        # -P keeps files of the working directory from being imported in place of a library.
        command = [sys.executable, "-P", "-c", _RUN, self.target]
        descriptors = () if sys.platform == "win32" else tuple(sock.fileno() for sock in self.sockets)
        self._popen = subprocess.Popen(  # noqa: S603 - our own interpreter and code
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            pass_fds=descriptors,
            env=_ONE_HEAP_FOR_ALL | environment(),
        )
        given = self._shared(self._popen.pid) if sys.platform == "win32" else descriptors
        self._write(Handover(self.settings, given).to_bytes())
        errors = threading.Thread(target=self._read_errors, name=f"{self.name}-errors", daemon=True)
        errors.start()
        threading.Thread(
            target=self._read_events, args=(errors,), name=f"{self.name}-events", daemon=True
        ).start()

    @property
    def pid(self) -> int:
        """The process id, 0 before the start."""
        return self._popen.pid if self._popen else 0

    def allow_store(self) -> None:
        """Let the child open the store."""
        self._write(GO)

    def ask_to_stop(self) -> None:
        """Ask for a graceful end: whatever was accepted is finished first."""
        if self._popen and self._popen.stdin:
            with contextlib.suppress(OSError):
                self._popen.stdin.close()

    def kill(self) -> None:
        """End the child at once."""
        if self._popen:
            with contextlib.suppress(OSError):
                self._popen.kill()

    def _shared(self, pid: int) -> tuple[bytes, ...]:
        share: list[Any] = list(self.sockets)
        return tuple(sock.share(pid) for sock in share)

    def _write(self, frame: bytes) -> None:
        # A child that died meanwhile is reported by the thread that reads from it.
        if self._popen and self._popen.stdin:
            with contextlib.suppress(OSError, ValueError):
                self._popen.stdin.write(frame)
                self._popen.stdin.flush()

    def _read_events(self, errors: threading.Thread) -> None:
        popen = self._popen
        if popen is None or popen.stdout is None:
            return
        with popen.stdout as stream:
            for line in stream:
                with contextlib.suppress(ValueError):
                    fields = json.loads(line)
                    self.notify(Said(self, str(fields.pop("event", "")), fields))
        code = popen.wait()
        errors.join(timeout=1)  # its last words come before the news of its end
        self.notify(Ended(self, code))

    def _read_errors(self) -> None:
        popen = self._popen
        if popen is None or popen.stderr is None:
            return
        with popen.stderr as stream:
            for raw in stream:
                line = raw.decode(errors="replace").rstrip()
                if line:
                    self.words.append(line)
                    self.log(self.name, line)


def explain_end(code: int) -> str:
    """Say in words how a process ended."""
    if code >= 0:
        return f"ended with code {code}"
    try:
        return f"was ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"was ended by signal {-code}"
