"""Keeping what pages are made of in memory, so that nobody who asks for one has to wait for it."""

from __future__ import annotations

import logging
import threading

from halo_dash.errors import HaloError
from halo_dash.store import Store

_EVERY_S = 1.0
"""How often to look. A page takes over what is still missing by itself."""

_log = logging.getLogger(__name__)


def follow(store: Store, stop: threading.Event) -> None:
    """Load the list of traces and the figures, and take over what changes, until `stop` is set."""
    seen = -1
    while not stop.is_set():
        try:
            version = store.data_version()
            if version != seen:
                store.traces.load()
                store.figures.load()
                seen = version
        except HaloError as error:
            _log.warning("The list is not read ahead: %s", error.message)
        stop.wait(_EVERY_S)
