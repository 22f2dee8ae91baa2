"""How often and how long a call is tried again."""

from __future__ import annotations

import random
import threading
import time
from dataclasses import dataclass, field

from halo_dash.analysis.provider.wire import Stopped
from halo_dash.errors import ProviderError, ProviderErrorKind

_PAID: frozenset[ProviderErrorKind] = frozenset({"garbage"})
"""Failures after a whole answer was paid for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Bounds of retrying."""

    attempts: int = 6
    """Times that a call is made, with the first; refusals and options that are left out do not count."""
    paid_attempts: int = 3
    """The same where each attempt costs: answers with nothing in them."""
    waiting_s: float = 300.0
    """All waits of one call together."""
    first_wait_s: float = 0.5
    longest_wait_s: float = 30.0
    """Of our own waits; a server's Retry-After is kept to as it is, within `waiting_s`."""


@dataclass(slots=True)
class Tries:
    """What one call has used up of its patience."""

    patience: Patience
    failed: int = 0
    paid: int = 0
    waited_s: float = 0.0
    _random: random.Random = field(default_factory=random.Random)

    def next_wait(self, error: ProviderError) -> float | None:
        """Seconds to wait before the next attempt; None: there is none."""
        self.failed += 1
        self.paid += error.kind in _PAID
        if not error.is_transient or self.failed >= self.patience.attempts:
            return None
        if self.paid >= self.patience.paid_attempts:
            return None
        wait = error.retry_after_s
        if wait is None:
            wait = min(self.patience.longest_wait_s, self.patience.first_wait_s * 2 ** (self.failed - 1))
            # Many agents that were turned away at once do not come back at once.
            wait *= self._random.uniform(0.5, 1.0)
        if self.waited_s + wait > self.patience.waiting_s:
            return None
        self.waited_s += wait
        return wait


def wait(seconds: float, stop: threading.Event | None) -> None:
    """Wait. Raises Stopped as soon as `stop` is set."""
    if stop is None:
        time.sleep(seconds)
    elif stop.wait(seconds):
        raise Stopped
