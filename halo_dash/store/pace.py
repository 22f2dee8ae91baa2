"""How much upkeep to do in one transaction, so that nobody who waits for it notices."""

from __future__ import annotations

import time
from typing import Final

AIM_S: Final = 0.012
"""How long a transaction of upkeep should hold the lock."""

_FEWEST = 16
_MOST = 1_024
_WAITING = 4.0
"""A step that takes so many times as long as it works was waiting for what less work would not spare."""


class Stopwatch:
    """Measures a step of this thread, from now on."""

    def __init__(self) -> None:
        self.began_s = time.monotonic()
        self._worked_s = time.thread_time()

    @property
    def took_s(self) -> float:
        """How long it took so far."""
        return time.monotonic() - self.began_s

    @property
    def effort_s(self) -> float:
        """What of it depends on how much was done.

        On a busy machine most of a step is waiting for a core, whatever the step does: to do less then would
        only let the store outgrow its limit. Waiting for the disk counts, as it is most of a slow step.
        """
        return max(time.thread_time() - self._worked_s, self.took_s / _WAITING)


class Pace:
    """How much to do in one step, learned from how long the last ones took."""

    def __init__(self, start: int = 128, fewest: int = _FEWEST, most: int = _MOST) -> None:
        self.amount = start
        self._fewest = fewest
        self._most = most

    def learn(self, watch: Stopwatch) -> float:
        """A step of the present amount is over; returns how many seconds it took."""
        took_s, effort_s = watch.took_s, watch.effort_s
        if effort_s > 1.5 * AIM_S:
            self.amount = max(self._fewest, self.amount // 2)
        elif effort_s < AIM_S / 2:
            self.amount = min(self._most, self.amount * 3 // 2)
        return took_s
