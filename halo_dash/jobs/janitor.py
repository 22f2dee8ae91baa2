"""Keeps the store within its limits while it is served: by age, by size, and by sweeping up."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Final

from halo_dash.jobs.upkeep import give_back, look_again_and_again, work_off
from halo_dash.model.upkeep import DAY_NS, RetentionLimits, UpkeepStep
from halo_dash.store import Store

FIRST_AFTER_S: Final = 2.0
EVERY_S: Final = 20.0
_SWEPT = "upkeep.swept_ns"

log = logging.getLogger(__name__)


class Janitor:
    """Looks after one store; in the process that writes it, so that its memory of traces stays true."""

    def __init__(
        self,
        store: Store,
        *,
        days: int,
        size_gb: float,
        first_after_s: float = FIRST_AFTER_S,
        every_s: float = EVERY_S,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`days` and `size_gb` as in `[storage]`; 0 sets no limit."""
        self._store = store
        self._days = days
        self._size_gb = size_gb
        self._first_after_s = first_after_s
        self._every_s = every_s
        self._clock = clock

    def run(self, stop: threading.Event) -> None:
        """Look every now and then, until `stop`."""
        look_again_and_again(
            self.look,
            stop,
            first_after_s=self._first_after_s,
            every_s=self._every_s,
            warn=partial(log.warning, "keeping the store within its limits: %s"),
        )

    def look(self, stop: threading.Event) -> None:
        """Bring the store within its limits once. Raises `StoreError`."""
        removed = 0

        def heard(step: UpkeepStep) -> None:
            nonlocal removed
            removed += step.traces

        now_ns = self._clock()
        limits = RetentionLimits.configured(self._days, self._size_gb, now_ns)
        went_on = work_off(self._store, self._store.retention.prune(limits), stop, heard)
        if went_on and self._is_time_to_sweep(now_ns):
            went_on = work_off(self._store, self._store.retention.sweep(now_ns), stop)
            if went_on:
                with self._store.writing() as tx:
                    tx.remember(_SWEPT, str(now_ns).encode())
        if went_on:
            give_back(self._store, stop, max_bytes=limits.max_bytes)
        if removed:
            log.info("retention removed %d traces", removed)

    def _is_time_to_sweep(self, now_ns: int) -> bool:
        noted = self._store.recall(_SWEPT)
        return noted is None or now_ns - int(noted) >= DAY_NS
