"""Brings stored readings up to the rules and prices of today, while the store is served."""

from __future__ import annotations

import logging
import threading
from functools import partial
from typing import Final

from halo_dash.jobs.upkeep import look_again_and_again, work_off
from halo_dash.store import Store

FIRST_AFTER_S: Final = 3.0
EVERY_S: Final = 20.0

log = logging.getLogger(__name__)


class Rereader:
    """Looks after one store; in the process that writes it, so that its memory of traces stays true."""

    def __init__(
        self, store: Store, *, first_after_s: float = FIRST_AFTER_S, every_s: float = EVERY_S
    ) -> None:
        self._store = store
        self._first_after_s = first_after_s
        self._every_s = every_s

    def run(self, stop: threading.Event) -> None:
        """Look every now and then, until `stop`: another program may write with other prices meanwhile."""
        look_again_and_again(
            self.look,
            stop,
            first_after_s=self._first_after_s,
            every_s=self._every_s,
            warn=partial(log.warning, "reading stored spans again: %s"),
        )

    def look(self, stop: threading.Event) -> None:
        """Read again what was read by other rules or prices. Raises `StoreError`."""
        waiting = self._store.rereading.progress().waiting_traces
        if waiting:
            log.info("reading %d traces again: the rules or the prices changed", waiting)
        if work_off(self._store, self._store.rereading.steps(), stop) and waiting:
            log.info("all traces are read by the rules and prices of today")
