"""One process that runs cells: started, fed, and killed when it does not end."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pydantic_monty as monty

from halo_dash.analysis.sandbox.isolation import isolation
from halo_dash.analysis.sandbox.limits import CodeLimits

GRACE_S = 2.0
"""How long after its own limit a worker that does not notice it is killed."""
_NO_LIMIT = 2**31 - 1
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)
"""Windows has the second alone, and means the first by it."""


class WorkerLostError(Exception):
    """The process is gone, and with it all variables."""


class Worker:
    """Runs what it is fed. Not thread-safe. `state` is what an earlier one dumped."""

    def __init__(self, limits: CodeLimits, state: bytes | None = None) -> None:
        self._pool = monty.Monty(
            binary_path=isolation().binary,
            min_processes=1,
            max_processes=1,
            request_timeout=limits.seconds + GRACE_S + 1,
            feed_duration_limit_grace=GRACE_S,
        )
        self._pool.__enter__()
        try:
            self._checkout = self._pool.checkout(
                script_name="cell.py",
                limits={
                    "max_feed_duration_secs": limits.seconds,
                    "max_memory": limits.memory_bytes,
                    "max_recursion_depth": limits.recursion,
                    # Counted by the session, for each cell: this one counts over all of them.
                    "max_suspensions": _NO_LIMIT,
                    "max_total_sleep_secs": 0,
                },
                os_policy={"sleep": "zero", "timezone": "utc"},
            )
            self._session = self._checkout.__enter__()
            if state is not None:
                self._session.load_session(state)
            self._pids = _family(self._session.worker_pid)
        except BaseException:
            with contextlib.suppress(monty.MontyError, RuntimeError, OSError):
                self._pool.__exit__(None, None, None)
            raise

    @property
    def is_alive(self) -> bool:
        """It can be fed."""
        return self._session.worker_pid is not None

    def start(
        self, code: str, lookup: Mapping[str, Any], printed: Callable[[str], None]
    ) -> monty.SyncSnapshot:
        """Begin a cell. Raises what the cell raises."""
        return self._session.feed_start(
            code, external_lookup=dict(lookup), print_callback=lambda _stream, text: printed(text)
        )

    def value(self, code: str, inputs: dict[str, Any], lookup: Mapping[str, Any] | None = None) -> Any:
        """Run a line of ours and return its value."""
        return self._session.feed_run(
            code,
            inputs=inputs,
            external_lookup=dict(lookup or {}),
            print_callback=lambda _stream, _text: None,
        )

    def dump(self) -> bytes:
        """All variables. Raises WorkerLostError where they are more than can be written: it dies of that."""
        try:
            return self._session.dump()
        except (monty.MontyError, RuntimeError) as error:
            raise WorkerLostError(str(error)) from None

    def interrupt(self) -> None:
        """End the process in the middle of what it does; whoever feeds it is told. From any thread."""
        for pid in self._pids:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, _KILL)

    def kill(self) -> None:
        """End it, whatever it does."""
        self.interrupt()
        # Both may find that the process is gone and say so; that it is gone is what is wanted.
        for opened in (self._checkout, self._pool):
            with contextlib.suppress(monty.MontyError, RuntimeError, OSError):
                opened.__exit__(None, None, None)


def _family(pid: int | None) -> list[int]:
    """A process and those below it, deepest first: bubblewrap ends without ending the interpreter."""
    if pid is None:
        return []
    found = [pid]
    for each in found:
        with contextlib.suppress(OSError):
            found += map(int, Path(f"/proc/{each}/task/{each}/children").read_text(encoding="ascii").split())
    return found[::-1]
