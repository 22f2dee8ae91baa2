"""A collector in a process of its own, to be killed: process.py STORE. Prints its port when ready."""

from __future__ import annotations

import signal
import sys
import threading
from pathlib import Path

from collector.running import listen
from halo_dash.collector.server import receive
from halo_dash.config import Settings
from halo_dash.ingest import Ingest
from halo_dash.store import Store

if __name__ == "__main__":
    sock = listen()
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    path = Path(sys.argv[1])
    with Store.open(path) as store, Ingest(store) as ingest:
        receive(
            ingest,
            Settings(store_path=path),
            [sock],
            lambda: print(sock.getsockname()[1], flush=True),  # noqa: T201 - the parent reads it
            stop,
        )
