"""Working off a long job on the store in small steps, with rests in which everybody else gets their turn.

And looking again and again whether there is one.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from typing import Final

from halo_dash.errors import HaloError
from halo_dash.model.upkeep import UpkeepStep
from halo_dash.store import Store

REST: Final = 1.5
"""Rest so many times as long as a step took: others have the store for most of the time."""

LEAST_REST_S: Final = 0.005
CHECKPOINT_EVERY_S: Final = 0.5
"""How often what was written is moved out of the log, so that nobody else has to move it all at once."""

_FREE_PART: Final = 0.05
_WORTH_PART: Final = 0.1
_WORTH_BYTES: Final = 8 << 20


def look_again_and_again(
    look: Callable[[threading.Event], None],
    stop: threading.Event,
    *,
    first_after_s: float,
    every_s: float,
    warn: Callable[[str], None],
) -> None:
    """Look every now and then, until `stop`. The same trouble is told once, until it is over."""
    trouble: str | None = None
    wait_s = first_after_s
    while not stop.wait(wait_s):
        wait_s = every_s
        try:
            look(stop)
        except HaloError as error:
            # A full disk or a lock: it is the same a moment later, and then perhaps better.
            if trouble != error.message:
                warn(error.message)
            trouble = error.message
        else:
            trouble = None


def work_off(
    store: Store,
    steps: Iterable[UpkeepStep],
    stop: threading.Event,
    heard: Callable[[UpkeepStep], None] = lambda _step: None,
) -> bool:
    """Take every step; False where `stop` was set before the end. Raises `StoreError`."""
    next_checkpoint = time.monotonic() + CHECKPOINT_EVERY_S
    for step in steps:
        heard(step)
        if time.monotonic() >= next_checkpoint:
            store.space.checkpoint()
            next_checkpoint = time.monotonic() + CHECKPOINT_EVERY_S
        if stop.wait(max(LEAST_REST_S, REST * step.took_s)):
            return False
    return True


def give_back(
    store: Store,
    stop: threading.Event,
    *,
    max_bytes: int | None = None,
    everything: bool = False,
    heard: Callable[[UpkeepStep], None] = lambda _step: None,
) -> bool:
    """Return free space to the disk where there is enough of it, or the files are over `max_bytes`.

    A little stays, because what arrives next needs it, unless `everything` is to go. False where `stop` was
    set before the end. Raises `StoreError`.
    """
    store.space.give_back_findings()
    space = store.space.measure()
    is_over = max_bytes is not None and space.total_bytes > max_bytes
    is_worth_it = space.free_bytes > max(_WORTH_BYTES, int(_WORTH_PART * space.database_bytes))
    if not (everything or is_over or is_worth_it):
        return True
    keep_bytes = 0 if everything else int(_FREE_PART * space.used_bytes)
    if not work_off(store, store.space.give_back(keep_bytes), stop, heard):
        return False
    # Only now does the file itself become shorter.
    store.space.checkpoint()
    store.space.empty_log()
    return True
