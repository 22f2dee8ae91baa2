"""Executing the runs that wait, and those that a process before this one left."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from halo_dash.analysis.engine.owners import is_gone
from halo_dash.errors import HaloError
from halo_dash.store import Store

if TYPE_CHECKING:
    from halo_dash.analysis.engine.engine import Claimed, Engine

AT_ONCE: Final = 2
"""Runs; each asks up to `max_parallel` models."""
_POLL_S = 0.3
_LOOK_S = 5.0
"""How often to look whether another process has left a run, which changes nothing in the store."""

_log = logging.getLogger(__name__)


class Runner:
    """Looks after the runs of one store."""

    def __init__(
        self,
        store: Store,
        make_engine: Callable[[], Engine],
        *,
        at_once: int = AT_ONCE,
    ) -> None:
        """`make_engine` is called when there is a run to execute: it loads much that few processes need."""
        self._store, self._make_engine = store, make_engine
        self._at_once = at_once
        self._engine: Engine | None = None
        self._threads: list[threading.Thread] = []

    def run(self, stop: threading.Event) -> None:
        """Until `stop` is set; then the runs on their way are left for the next process."""
        seen, look_at = -1, 0.0
        while not stop.is_set():
            self._threads = [each for each in self._threads if each.is_alive()]
            try:
                version = self._store.data_version()
                if len(self._threads) < self._at_once and (version != seen or time.monotonic() >= look_at):
                    if self._begin(stop):
                        continue
                    seen, look_at = version, time.monotonic() + _LOOK_S
            except HaloError as error:
                _log.warning("Runs stand still: %s Trying again.", error.message)
            stop.wait(_POLL_S)
        for thread in self._threads:
            thread.join()

    def _begin(self, stop: threading.Event) -> bool:
        """Take the next run, where there is one."""
        if not self._is_any_waiting():
            return False
        if self._engine is None:
            self._engine = self._make_engine()
        claimed = self._engine.claim(is_gone=is_gone)
        if claimed is None:
            return False
        name = f"halo-run-{claimed.run.run_id}"
        thread = threading.Thread(target=self._execute, args=(self._engine, claimed, stop), name=name)
        self._threads.append(thread)
        thread.start()
        return True

    def _is_any_waiting(self) -> bool:
        own = {each.name.rpartition("-")[2] for each in self._threads}
        waiting = self._store.runs.list(states=("queued", "running"))
        return any(each.run_id not in own for each in waiting)

    def _execute(self, engine: Engine, claimed: Claimed, stop: threading.Event) -> None:
        run = claimed.run
        _log.info("Run %s %s.", run.run_id, "goes on" if run.resumed else "begins")
        try:
            done = engine.go_on(claimed, stop)
        except HaloError as error:
            # The store itself: what was found is in it, and the run is taken up again once it works.
            _log.warning("Run %s stands still: %s", run.run_id, error.message)
        except Exception:  # noqa: BLE001 - not foreseen; the other runs go on
            _log.exception("Run %s stands still.", run.run_id)
        else:
            _log.info("Run %s: %s.", run.run_id, done.state)
