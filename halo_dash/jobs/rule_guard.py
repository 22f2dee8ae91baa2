"""Rules of others may run for ever, when they judge and already while their file is imported.

A rule is ordinary Python, so it is stopped twice over. Where the system has timers that signal (not Windows),
one raises `RuleTooSlow` in the middle of it: that ends loops in Python and regular expressions that explode,
and nothing else is lost. What swallows that, or never comes back from C, is ended with its process by a
thread in C (`faulthandler`), which writes where everything was into the note. The process that follows reads
it, and so tells a rule that is to blame from one that merely ran when somebody else ended the process.
"""

from __future__ import annotations

import contextlib
import faulthandler
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import FrameType, TracebackType
from typing import Self

from halo_dash.detect import Rule
from halo_dash.detect.judging import MOST_FINDINGS
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

LIMIT_S = 10.0
"""How long a rule of others may take on one trace, and a file of rules to be imported."""

TOO_SLOW = f"{TimeoutError.__name__}: it was still running after"
"""How it is told that a rule raised because it was stopped."""

_GRACE_S = 1.0
"""Longer than the limit, after which what cannot be interrupted is ended with its process."""
_TICK_S = 0.25
_IMPORT = "import:"
_SIGN = "Timeout ("
"""How the words of `faulthandler` begin."""


class RuleTooSlow(BaseException):
    """Raised inside what ran past its limit; no `except Exception` of a rule takes it."""


class ImportStopped(Exception):  # noqa: N818 - what it says is told as a problem of the file
    """A file or package of others was not imported, because that does not come to an end."""


class RuleInterrupted(BaseException):
    """Raised inside what runs when its process is to stop."""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """What ran when the process before this one ended without a word."""

    name: str
    """Of a rule, or what `importing` calls a file."""
    version: str
    trace_id: str
    """Empty for a file."""
    started_ns: int
    was_too_slow: bool
    """The guard itself ended the process; else somebody did who may not even know of the rule."""


def import_name(source: str) -> str:
    """What a file or package is called while it is imported, beside the names of rules."""
    return f"{_IMPORT}{source}"


def imported(name: str) -> str | None:
    """The inverse of `import_name`; None for the name of a rule."""
    return name.removeprefix(_IMPORT) if name.startswith(_IMPORT) else None


class RuleGuard:
    """Watches over what others wrote while it runs. One per process, used by one thread."""

    def __init__(
        self, limit_s: float = LIMIT_S, note: Path | None = None, stop: threading.Event | None = None
    ) -> None:
        """`note`: where to say what runs; without one, the terminal hears what ended the process."""
        self.limit_s = limit_s
        self._stop = stop
        self._until = 0.0
        self._path = note
        # Appended to, so that the words of `faulthandler` follow ours.
        self._note = None if note is None else os.open(note, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)

    def left_over(self) -> LeftOver | None:
        """What the process before this one left in the note; asked once."""
        if self._note is None:
            return None
        first, _, rest = os.pread(self._note, 1 << 16, 0).decode(errors="replace").partition("\n")
        os.ftruncate(self._note, 0)
        try:
            name, version, trace_id, started_ns = json.loads(first)
        except ValueError:
            return None
        return LeftOver(name, version, trace_id, int(started_ns), was_too_slow=_SIGN in rest)

    @contextlib.contextmanager
    def running(self, name: str, version: str = "", trace_id: str = "") -> Iterator[None]:
        """While something of others runs. Raises `RuleTooSlow` and `RuleInterrupted` inside of it."""
        self._say(name, version, trace_id)
        before = self._arm()
        try:
            try:
                yield
            finally:
                # A tick that comes from here on finds nothing to stop.
                self._until = 0.0
        finally:
            self._disarm(before)
            if self._note is not None:
                os.ftruncate(self._note, 0)

    def _say(self, name: str, version: str, trace_id: str) -> None:
        if self._note is not None:
            os.ftruncate(self._note, 0)
            os.write(self._note, json.dumps([name, version, trace_id, time.time_ns()]).encode() + b"\n")

    def _arm(self) -> Callable[[int, FrameType | None], object] | int | None:
        can_signal = hasattr(signal, "setitimer") and threading.current_thread() is threading.main_thread()
        last_s = self.limit_s + _GRACE_S if can_signal else self.limit_s
        # Not `sys.stderr`: who calls a command within a program may have put something there that is no file.
        words = sys.__stderr__ if self._note is None else self._note
        if words is not None:
            faulthandler.dump_traceback_later(last_s, exit=True, file=words)
        if not can_signal:
            return None
        self._until = time.monotonic() + self.limit_s
        before = signal.signal(signal.SIGALRM, self._tick)
        signal.setitimer(signal.ITIMER_REAL, min(_TICK_S, self.limit_s), _TICK_S)
        return signal.SIG_DFL if before is None else before

    def _disarm(self, before: Callable[[int, FrameType | None], object] | int | None) -> None:
        if before is not None:
            signal.setitimer(signal.ITIMER_REAL, 0)
            signal.signal(signal.SIGALRM, before)
        faulthandler.cancel_dump_traceback_later()

    def _tick(self, _number: int, _frame: FrameType | None) -> None:
        if self._until and time.monotonic() >= self._until:
            raise RuleTooSlow
        if self._until and self._stop is not None and self._stop.is_set():
            raise RuleInterrupted

    def watched(self, rule: Rule, version: str, on_slow: Callable[[Rule], None]) -> Rule:
        """The rule, which raises `TimeoutError` where it takes too long; then `on_slow` hears of it."""

        def find(subject: Subject) -> list[Finding]:
            try:
                with self.running(rule.name, version, subject.summary.trace_id):
                    # One more than may be: who asks then says that there are too many.
                    return list(islice(rule.find(subject), MOST_FINDINGS + 1))
            except RuleTooSlow as slow:
                on_slow(rule)
                raise TimeoutError(f"it was still running after {self._where(slow, rule.source)}") from None

        return replace(rule, find=find)

    @contextlib.contextmanager
    def importing(self, source: str, version: str = "") -> Iterator[None]:
        """While a file or a package is imported. Raises `ImportStopped` where that takes too long."""
        try:
            with self.running(import_name(source), version):
                yield
        except RuleTooSlow as slow:
            said = f"It was still being imported after {self._where(slow, source)}, and was left out."
            raise ImportStopped(said) from None

    def _where(self, slow: RuleTooSlow, source: str) -> str:
        """`10 s, at line 8`; without the line where that is in a file that is not its own."""
        lines: list[int] = []
        trace = slow.__traceback__
        while trace is not None:
            if trace.tb_frame.f_code.co_filename == source:
                lines.append(trace.tb_lineno)
            trace = trace.tb_next
        return f"{self.limit_s:g} s{f', at line {lines[-1]}' if lines else ''}"

    def close(self) -> None:
        """Forget the note."""
        if self._note is not None and self._path is not None:
            os.close(self._note)
            with contextlib.suppress(OSError):
                self._path.unlink()

    def __enter__(self) -> Self:
        """Use as a context manager."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close."""
        self.close()
