"""Every connection that leaves this machine's programs for a model: recorded where the socket is opened."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Purpose: TypeAlias = Literal["model", "diagnosis", "proxy"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """All connections to one place for one purpose."""

    host: str
    port: int
    purpose: Purpose
    first_ns: int
    last_ns: int
    count: int
    """Connections tried; one serves many requests."""


class ConnectionLog:
    """Thread-safe. `on_open` hears each connection's row after it was counted, to keep it somewhere."""

    def __init__(
        self,
        on_open: Callable[[Connection], None] | None = None,
        *,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._rows: dict[tuple[str, int, Purpose], Connection] = {}
        self._on_open = on_open
        self._clock = clock
        self._lock = threading.Lock()

    def opened(self, host: str, port: int, purpose: Purpose) -> None:
        """Count one, before the socket is made: one that fails was tried as well."""
        now = self._clock()
        with self._lock:
            row = self._rows.get((host, port, purpose))
            row = (
                Connection(host=host, port=port, purpose=purpose, first_ns=now, last_ns=now, count=1)
                if row is None
                else replace(row, last_ns=now, count=row.count + 1)
            )
            self._rows[(host, port, purpose)] = row
        if self._on_open is not None:
            self._on_open(row)

    def rows(self) -> tuple[Connection, ...]:
        """What was opened since this log was made, the latest first. Empty: nothing ever was."""
        with self._lock:
            return tuple(sorted(self._rows.values(), key=lambda row: -row.last_ns))
