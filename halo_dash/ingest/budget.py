"""How many bytes of requests may be in memory at once, whatever the number of senders."""

from __future__ import annotations

import threading
from collections import deque
from concurrent.futures import Future


class Budget:
    """A counting gate over bytes, first come first served.

    A request larger than the whole budget is let in when nothing else is: huge ones go one at a time.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._used = 0
        self._lock = threading.Lock()
        self._waiting: deque[tuple[int, Future[None]]] = deque()

    @property
    def used(self) -> int:
        """Bytes given out now."""
        return self._used

    def acquire(self, size: int) -> Future[None]:
        """A future that is done once `size` bytes are granted. Cancel it to stop waiting (see `withdraw`)."""
        granted: Future[None] = Future()
        with self._lock:
            self._waiting.append((size, granted))
            self._grant()
        return granted

    def release(self, size: int) -> None:
        """Give back what was granted."""
        with self._lock:
            self._used -= size
            self._grant()

    def withdraw(self, size: int, granted: Future[None]) -> None:
        """Stop waiting for `granted`, or give it back if it came meanwhile."""
        with self._lock:
            if granted.cancel():
                self._grant()
                return
        self.release(size)

    def _grant(self) -> None:
        while self._waiting:
            size, granted = self._waiting[0]
            if not granted.cancelled():
                if self._used and self._used + size > self.limit:
                    return
                # From here on it can no longer be cancelled; a waiter cancelled just now is skipped.
                if granted.set_running_or_notify_cancel():
                    self._used += size
                    granted.set_result(None)
            self._waiting.popleft()
