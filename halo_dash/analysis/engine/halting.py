"""Whether everything has to end now, and why."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import Final, Literal, Self, TypeAlias

from halo_dash.analysis.provider.wire import Stopped
from halo_dash.errors import NotFoundError, OvertakenError, StoreError
from halo_dash.store import Store

HaltReason: TypeAlias = Literal["shutdown", "cancelled", "timed_out", "overtaken", "unwatched"]
"""`shutdown`: this process ends, another one goes on; `overtaken`: another one has the run already, or it was
deleted; `unwatched`: nobody would hear any more what is asked of it, so it is left to the next one."""

LEASE_NS: Final = 15_000_000_000
"""How long a run stays with a process that says nothing."""
_LOOK_S = 0.25
_RENEW_S = 3.0

_log = logging.getLogger(__name__)


class Halt:
    """Set once, by whoever comes first. `event` is what waiting code waits for."""

    def __init__(self) -> None:
        self.event = threading.Event()
        self.reason: HaltReason | None = None
        self._lock = threading.Lock()

    def set(self, reason: HaltReason) -> None:
        """End everything; only the first reason counts."""
        with self._lock:
            if self.reason is None:
                self.reason = reason
                self.event.set()

    def check(self) -> None:
        """Raise `Stopped` where it was set."""
        if self.event.is_set():
            raise Stopped


class Worktime:
    """How long a run was worked on, also by processes before this one."""

    def __init__(self, before_ms: int, limit_minutes: float | None) -> None:
        self._before_s = before_ms / 1000
        self._began = time.monotonic()
        self.limit_s = None if limit_minutes is None else limit_minutes * 60

    @property
    def seconds(self) -> float:
        """Until now."""
        return self._before_s + time.monotonic() - self._began

    @property
    def milliseconds(self) -> int:
        """Until now, as it is stored."""
        return int(self.seconds * 1000)

    @property
    def left_s(self) -> float | None:
        """Until the limit; None where there is none."""
        return None if self.limit_s is None else self.limit_s - self.seconds


class Watch:
    """A thread beside a run: says that it is worked on, and hears what is asked of it.

    The run is ours until the block ends, also while what was halted comes to its end.
    """

    def __init__(
        self,
        store: Store,
        *,
        run_id: str,
        owner: str,
        halt: Halt,
        worktime: Worktime,
        stop: threading.Event,
        clock: Callable[[], int],
    ) -> None:
        self._store, self._run_id, self._owner = store, run_id, owner
        self._halt, self._worktime, self._stop, self._clock = halt, worktime, stop, clock
        self._done = threading.Event()
        self._is_over = False
        """There is nothing to watch any more."""
        self._thread = threading.Thread(target=self._run, name="halo-run-watch", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self._done.set()
        self._thread.join()

    def _run(self) -> None:
        renew_at = time.monotonic() + _RENEW_S
        seen = -1
        while not (self._done.wait(_LOOK_S) or self._is_over):
            if self._stop.is_set():
                self._halt.set("shutdown")
            left_s = self._worktime.left_s
            if left_s is not None and left_s <= 0:
                self._halt.set("timed_out")
            try:
                seen = self._look(seen)
                if time.monotonic() >= renew_at:
                    renew_at = time.monotonic() + _RENEW_S
                    self._renew()
            except (OvertakenError, NotFoundError):
                self._overtaken()
            except StoreError:
                continue  # a lock or a full disk: the next step of the run itself will say so
            except Exception:  # noqa: BLE001 - a fault of ours: better halted than beyond anybody's reach
                _log.exception("Nobody watches run %s any more: it is left.", self._run_id)
                self._halt.set("unwatched")
                self._is_over = True

    def _look(self, seen: int) -> int:
        version = self._store.data_version()
        if version != seen:
            control = self._store.runs.control(self._run_id)
            if control.owner != self._owner:
                self._overtaken()
            elif control.is_cancel_asked:
                self._halt.set("cancelled")
        return version

    def _renew(self) -> None:
        with self._store.writing() as tx:
            until_ns = self._clock() + LEASE_NS
            is_ours = tx.runs.progress.renew(self._run_id, self._owner, until_ns, self._worktime.milliseconds)
        if not is_ours:
            self._overtaken()

    def _overtaken(self) -> None:
        self._halt.set("overtaken")
        self._is_over = True
