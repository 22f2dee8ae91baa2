"""Rules of others may run for ever. The guard ends the process then, and names the rule to the next one.

A rule is ordinary Python: nothing inside the interpreter can interrupt a loop in C, such as a regular
expression that explodes. So a thread in C (`faulthandler`) ends the judge's own process, which holds
nothing but repeatable work; the supervisor starts it again, and the note in the file beside the findings
says which rule to leave out.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

LIMIT_S = 10.0
"""How long the rules of others may take on one trace, all together."""


class RuleGuard:
    """Watches over rules while they run. One per process."""

    def __init__(self, note: Path, limit_s: float = LIMIT_S) -> None:
        self._path = note
        self._limit_s = limit_s
        self._note = os.open(note, os.O_RDWR | os.O_CREAT, 0o600)

    def left_over(self) -> tuple[str, str] | None:
        """(rule, trace) at which the process before this one was ended; asked once."""
        found = os.pread(self._note, 4096, 0).decode(errors="replace").split("\n")
        self._write("")
        return (found[0], found[1]) if len(found) > 1 and found[0] else None

    @contextlib.contextmanager
    def watching(self) -> Iterator[None]:
        """End the process if the block takes too long."""
        faulthandler.dump_traceback_later(self._limit_s, exit=True)
        try:
            yield
        finally:
            faulthandler.cancel_dump_traceback_later()
            self._write("")

    def running(self, rule: str, trace_id: str) -> None:
        """Note which rule runs now."""
        self._write(f"{rule}\n{trace_id}\n")

    def _write(self, text: str) -> None:
        os.ftruncate(self._note, 0)
        os.pwrite(self._note, text.encode(), 0)

    def close(self) -> None:
        """Forget the note."""
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
