"""Keeping the full-text index up to date while the store is written to."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from halo_dash.errors import StoreError
from halo_dash.store import Store
from halo_dash.store.indexing import Indexing

_PAUSE_S = 0.4
"""From one transaction to the next while there is little to do: few large ones cost less than many small."""

_POLL_S = 0.1
_RETRY_S = 5.0

_TIDIED = 20
"""Steps of making the index smaller that somebody who wants to read it may have to wait for."""

_log = logging.getLogger(__name__)


def catch_up(store: Store, report: Callable[[int], None] = lambda _traces: None) -> None:
    """Index what is not indexed yet, now. Raises `StoreError`.

    `report` is called with the number of traces done so far.
    """
    indexing = store.search.indexing()
    try:
        _steps(indexing, report)
    finally:
        indexing.close()


def rebuild(store: Store, report: Callable[[int], None] = lambda _traces: None) -> None:
    """Make the index anew beside the present one, then put it in its place. Raises `StoreError`.

    Searches and indexing go on meanwhile. What was done when it is interrupted is kept for the next time.
    """
    indexing = store.search.indexing(is_rebuilding=True)
    try:
        _steps(indexing, report)
        indexing.publish()
    finally:
        indexing.close()


def _steps(indexing: Indexing, report: Callable[[int], None]) -> None:
    done = 0
    is_behind = True
    while is_behind:
        step = indexing.step(all_at_once=True)
        is_behind = step.is_behind
        done += step.traces
        report(done)
    for _step in range(_TIDIED):
        if indexing.tidy().is_done:
            break


class Indexer:
    """Follows the store until it is told to stop."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def run(self, stop: threading.Event) -> None:
        """Index until `stop` is set. A failure (a full disk, a damaged file) is logged and tried again."""
        while not stop.is_set():
            try:
                indexing = self._store.search.indexing()
                try:
                    self._follow(indexing, stop)
                finally:
                    indexing.close()
            except StoreError as error:
                _log.warning("The full-text index stands still: %s Trying again.", error.message)
                stop.wait(_RETRY_S)
            except Exception:  # noqa: BLE001 - see below
                # Collecting goes on whatever happens here; giving up would take the server down with it.
                _log.exception("The full-text index stands still. Trying again.")
                stop.wait(_RETRY_S)

    def _follow(self, indexing: Indexing, stop: threading.Event) -> None:
        seen = -1
        is_waiting = is_untidy = False
        while not stop.is_set():
            version = self._store.data_version()
            if version == seen and indexing.is_current and not (is_waiting or is_untidy):
                stop.wait(_POLL_S)
                continue
            began = time.monotonic()
            step = indexing.step(stop.is_set)
            seen, is_waiting = (-1 if step.is_behind else version), step.is_waiting
            if not step.is_behind:
                is_untidy = not indexing.tidy().is_all
                stop.wait(max(0.0, began + _PAUSE_S - time.monotonic()))
