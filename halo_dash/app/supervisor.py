"""Keeping the parts of `halo serve` alive: start, restart with backoff, stop in time."""

from __future__ import annotations

import contextlib
import queue
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from types import FrameType
from typing import Any, Protocol, TypeAlias

from halo_dash.app.process import Ended, Notice, Process, Said, explain_end

QUICK_DEATH_S = 10.0
"""A child that lives shorter than this has died quickly."""
MAX_QUICK_DEATHS = 5
FIRST_BACKOFF_S = 0.1
LONGEST_BACKOFF_S = 60.0
KILL_AFTER_S = 4.5
"""Children that are still there this long after the request to stop are killed; the promise is 5 s."""


class Voice(Protocol):
    """How the supervisor tells the user what happens."""

    def ready(self) -> None:
        """Every part serves for the first time."""

    def note(self, part: str, text: str) -> None:
        """Something a user of a terminal should know."""


@dataclass
class Charge:
    """One part in the supervisor's care: how to make its process, and how it fares."""

    make: Callable[[Callable[[Notice], None]], Process]
    opens_store: bool = False
    """It is the one that creates and migrates the store; the others wait for it."""
    is_vital: bool = True
    """Without it there is no server. What is not is started again for ever, less and less often."""
    process: Process | None = None
    is_ready: bool = False
    started_at: float = 0.0
    quick_deaths: int = 0
    restart_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Stop:
    number: int


_News: TypeAlias = Notice | _Stop


@dataclass
class Supervisor:
    """Runs the parts until it is told to stop."""

    charges: Sequence[Charge]
    voice: Voice
    on_started: Callable[[], None] = lambda: None
    """Called once when every child has been started, while they load."""
    _news: queue.SimpleQueue[_News] = field(default_factory=queue.SimpleQueue)
    _store_is_open: bool = False
    _was_ready: bool = False
    _exit_code: int | None = None
    """Set once the supervisor is stopping: what it will exit with."""
    _kill_at: float = 0.0

    def run(self) -> int:
        """Run until SIGINT, SIGTERM or a failure; return the exit code."""
        with self._signals():
            for charge in self.charges:
                self._start(charge)
            self.on_started()
            while self._exit_code is None or self._living():
                self._take(self._next())
        return self._exit_code

    def _living(self) -> list[Process]:
        return [charge.process for charge in self.charges if charge.process is not None]

    def _next(self) -> _News | None:
        """Return the next piece of news, or None when a deadline has come first."""
        deadlines = [charge.restart_at for charge in self.charges if charge.restart_at is not None]
        if self._exit_code is not None:
            deadlines.append(self._kill_at)
        wait = max(0.0, min(deadlines) - time.monotonic()) if deadlines else None
        with contextlib.suppress(queue.Empty):
            return self._news.get(timeout=wait)
        return None

    def _take(self, news: _News | None) -> None:
        match news:
            case _Stop(number):
                self._on_signal(number)
            case Said(process, event, fields):
                self._on_said(self._charge(process), event, fields)
            case Ended(process, code):
                self._on_ended(self._charge(process), code)
            case None:
                self._on_deadline()

    def _charge(self, process: Process) -> Charge | None:
        return next((charge for charge in self.charges if charge.process is process), None)

    def _start(self, charge: Charge) -> None:
        charge.process = charge.make(self._news.put)
        charge.is_ready, charge.restart_at, charge.started_at = False, None, time.monotonic()
        charge.process.start()
        if charge.opens_store or self._store_is_open:
            charge.process.allow_store()

    def _on_said(self, charge: Charge | None, event: str, fields: dict[str, Any]) -> None:
        if charge is None or charge.process is None or self._exit_code is not None:
            return
        if event == "failed":
            hint = f"\n{fields['hint']}" if fields.get("hint") else ""
            self.voice.note(charge.process.name, f"{fields['message']}{hint}")
            # What worked before may work again (a full disk, a lock): then its end is followed by a restart.
            if not self._was_ready:
                self._stop(int(fields["exit_code"]))
        elif event == "note":
            self.voice.note(charge.process.name, str(fields["text"]))
        elif event in {"store", "ready"}:
            if charge.opens_store and not self._store_is_open:
                self._store_is_open = True
                for other in self._living():
                    other.allow_store()
            if event == "ready":
                self._on_ready(charge, charge.process)

    def _on_ready(self, charge: Charge, process: Process) -> None:
        charge.is_ready = True
        if self._was_ready:
            self.voice.note(process.name, f"serves again (pid {process.pid})")
        else:
            self._announce()

    def _announce(self) -> None:
        """Say that all is ready, once; a part that is not vital and keeps dying is not waited for."""
        ready = (each.is_ready or (not each.is_vital and each.quick_deaths > 0) for each in self.charges)
        if not self._was_ready and all(ready):
            self._was_ready = True
            self.voice.ready()

    def _on_ended(self, charge: Charge | None, code: int) -> None:
        if charge is None or charge.process is None:
            return
        process, charge.process, charge.is_ready = charge.process, None, False
        if self._exit_code is not None:
            return
        lived = time.monotonic() - charge.started_at
        charge.quick_deaths = charge.quick_deaths + 1 if lived < QUICK_DEATH_S else 1
        if charge.quick_deaths >= MAX_QUICK_DEATHS and charge.is_vital:
            words = "\n".join(f"  {line}" for line in process.words) or "  (it said nothing)"
            times = f"{MAX_QUICK_DEATHS} times in a row within {QUICK_DEATH_S:.0f} s of its start"
            self.voice.note(
                process.name, f"{explain_end(code)}, {times}; giving up. Its last words:\n{words}"
            )
            self._stop(1)
            return
        pause = min(LONGEST_BACKOFF_S, FIRST_BACKOFF_S * 2 ** (charge.quick_deaths - 1))
        charge.restart_at = time.monotonic() + pause
        self.voice.note(process.name, f"{explain_end(code)}; starting it again in {pause:.1f} s")
        self._announce()

    def _on_deadline(self) -> None:
        now = time.monotonic()
        if self._exit_code is not None:
            if now >= self._kill_at:
                for process in self._living():
                    self.voice.note(process.name, "did not stop in time; ending it")
                    process.kill()
                self._kill_at = now + KILL_AFTER_S
            return
        for charge in self.charges:
            if charge.restart_at is not None and now >= charge.restart_at:
                self._start(charge)

    def _on_signal(self, number: int) -> None:
        if self._exit_code is None:
            self._stop(0)
        elif number == signal.SIGINT:
            for process in self._living():
                process.kill()
            self._exit_code = 128 + number

    def _stop(self, exit_code: int) -> None:
        self._exit_code = exit_code
        self._kill_at = time.monotonic() + KILL_AFTER_S
        for charge in self.charges:
            charge.restart_at = None
            if charge.process and (self._store_is_open or charge.opens_store):
                charge.process.ask_to_stop()
            elif charge.process:
                charge.process.kill()  # it still waits for the store: there is nothing to finish

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn the signals that mean "stop" into news while the supervisor runs."""

        def put(number: int, _frame: FrameType | None) -> None:
            self._news.put(_Stop(number))  # SimpleQueue.put may be called from a signal handler

        names = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
        numbers = [number for name in names if (number := getattr(signal, name, None)) is not None]
        before = {number: signal.signal(number, put) for number in numbers}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
