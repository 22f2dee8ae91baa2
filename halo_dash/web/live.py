"""What changed, told to every open page as it happens (server-sent events).

One thread looks at the store a few times a second while anybody listens, and wakes the listeners. An
event names what changed and nothing more; the page asks for its own address again, so that there is
one way a page is made and its filter always holds.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from typing import Annotated

import orjson
from litestar import get
from litestar.params import HeaderParameter, QueryParameter
from litestar.response import Stream

from halo_dash.errors import HaloError, UnavailableError
from halo_dash.store import Store
from halo_dash.web.render import HaloRequest

MAX_LISTENERS = 64
LOOK_EVERY_S = 0.25
HEARTBEAT_S = 15.0
VERDICTS_EVERY_S = 1.0
"""Rules that changed judge every trace anew: open pages are told of verdicts no more often than this."""
MAX_IDS = 500
"""An event names at most so many traces: a page shows no more of them, and refetches anyway."""
FROM_NOW = 2**62
"""Later than any revision: the present one takes its place at the next look."""
_MOST_DIGITS = 20
"""Of a revision, which is a 64-bit number; anything longer was not ours."""

_log = logging.getLogger(__name__)


@dataclass(eq=False)
class _Listener:
    loop: asyncio.AbstractEventLoop
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    trace_ids: dict[str, None] = field(default_factory=dict)
    revision: int = 0
    judged: int = FROM_NOW
    """Count of the verdicts it knows of."""
    runs: int = FROM_NOW
    """Count of the changes of analysis runs it knows of."""
    run_ids: dict[str, None] | None = None
    """None: nothing changed; empty: one was deleted."""
    collector: bool = False

    def tell(self, trace_ids: tuple[str, ...], revision: int) -> None:
        self.revision = revision
        self.collector = True
        self.name(trace_ids)

    def name(self, trace_ids: Iterable[str]) -> None:
        for trace_id in trace_ids:
            self.trace_ids.pop(trace_id, None)
            self.trace_ids[trace_id] = None
        while len(self.trace_ids) > MAX_IDS:
            del self.trace_ids[next(iter(self.trace_ids))]
        self.awake.set()

    def name_runs(self, run_ids: Iterable[str]) -> None:
        self.run_ids = (self.run_ids or {}) | dict.fromkeys(run_ids)
        self.awake.set()

    def take(self) -> list[str]:
        """What to send now, as lines of the event stream."""
        self.awake.clear()
        lines = []
        if self.trace_ids:
            lines.append(_event("traces", list(self.trace_ids), self.revision))
        if self.collector:
            lines.append(_event("collector", [], self.revision))
        if self.run_ids is not None:
            lines.append(_event("runs", list(self.run_ids), self.revision))
        self.trace_ids.clear()
        self.run_ids = None
        self.collector = False
        return lines


class LiveHub:
    """Everybody who listens, and the one thread that looks. Thread-safe."""

    def __init__(self, store: Store, look_every_s: float = LOOK_EVERY_S) -> None:
        self._store = store
        self._look_every_s = look_every_s
        self._verdicts_after = 0.0
        self._listeners: set[_Listener] = set()
        self._lock = threading.Lock()
        self._wanted = threading.Event()
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="halo-live", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        self._thread.start()

    def close(self) -> None:
        """End every stream. May be called more than once, from any thread."""
        self._closed.set()
        self._wanted.set()
        with self._lock:
            for listener in self._listeners:
                with contextlib.suppress(RuntimeError):
                    listener.loop.call_soon_threadsafe(listener.awake.set)

    def join(self) -> None:
        """After `close`: wait until nobody looks at the store any more."""
        if self._thread.is_alive():
            self._thread.join()

    def listen(
        self, since: int | None, judged: int | None = None, runs: int | None = None
    ) -> AsyncIterator[str]:
        """Events after revision `since`, verdict `judged` and change of runs `runs`, or from now on.

        Raises UnavailableError when too many listen.
        """
        listener = _Listener(
            asyncio.get_running_loop(),
            revision=FROM_NOW if since is None else since,
            judged=FROM_NOW if judged is None else judged,
            runs=FROM_NOW if runs is None else runs,
        )
        with self._lock:
            if len(self._listeners) >= MAX_LISTENERS or self._closed.is_set():
                raise UnavailableError(
                    f"{MAX_LISTENERS} pages are listening for changes already.",
                    hint="Close some of their tabs.",
                )
        return self._stream(listener)

    async def _stream(self, listener: _Listener) -> AsyncIterator[str]:
        with self._lock:
            self._listeners.add(listener)
        self._wanted.set()
        try:
            yield "retry: 1000\n\n"
            while not self._closed.is_set():
                try:
                    await asyncio.wait_for(listener.awake.wait(), HEARTBEAT_S)
                except TimeoutError:
                    yield ": still here\n\n"
                for line in listener.take():
                    yield line
        finally:
            with self._lock:
                self._listeners.discard(listener)

    def _watch(self) -> None:
        version: int | None = None
        while not self._closed.is_set():
            with self._lock:
                listeners = list(self._listeners)
            if not listeners:
                self._wanted.clear()
                if not self._listeners and not self._closed.is_set():
                    self._wanted.wait()
                continue
            try:
                version = self._look(listeners, version)
                self._look_at_verdicts(listeners)
                self._look_at_runs(listeners)
            except HaloError as error:
                _log.warning("live updates: %s", error.message)
            except Exception:  # noqa: BLE001 - not foreseen; the one thread that looks has to live on
                _log.exception("live updates: the store could not be looked at")
            self._closed.wait(self._look_every_s)

    def _look(self, listeners: list[_Listener], version: int | None) -> int | None:
        now = self._store.data_version()
        behind = min(listener.revision for listener in listeners)
        if now == version and all(listener.revision == behind != FROM_NOW for listener in listeners):
            return now
        changes = self._store.traces.changed_since(behind)
        for listener in listeners:
            if listener.revision == FROM_NOW:
                listener.revision = changes.revision
            elif changes.revision > listener.revision or now != version:
                with contextlib.suppress(RuntimeError):  # its loop has ended: the server is going down
                    listener.loop.call_soon_threadsafe(listener.tell, changes.trace_ids, changes.revision)
        return None if changes.has_more else now

    def _look_at_verdicts(self, listeners: list[_Listener]) -> None:
        """Verdicts change no trace, so no revision tells of them: they lie in a file of their own."""
        if time.monotonic() < self._verdicts_after:
            return
        self._verdicts_after = time.monotonic() + VERDICTS_EVERY_S
        current = self._store.findings.sequence()
        for known in {each.judged for each in listeners} - {current, FROM_NOW}:
            # Findings that were made anew are counted anew.
            judged = self._store.findings.judged_since(known if known < current else 0, MAX_IDS)
            for listener in listeners:
                if listener.judged == known:
                    with contextlib.suppress(RuntimeError):  # its loop has ended: the server is going down
                        listener.loop.call_soon_threadsafe(listener.name, judged[::-1])
        for listener in listeners:
            listener.judged = current

    def _look_at_runs(self, listeners: list[_Listener]) -> None:
        """A run changes no trace until it writes its own."""
        for listener in listeners:
            if listener.runs == FROM_NOW:
                listener.runs = self._store.runs.changes(FROM_NOW).changed
        changes = self._store.runs.changes(min(listener.runs for listener in listeners))
        for listener in listeners:
            if listener.runs < changes.changed:
                listener.runs = changes.changed
                with contextlib.suppress(RuntimeError):  # its loop has ended: the server is going down
                    listener.loop.call_soon_threadsafe(listener.name_runs, changes.run_ids)


@get("/live", sync_to_thread=False)
def live(
    request: HaloRequest,
    since: Annotated[int | None, QueryParameter(ge=0)] = None,
    judged: Annotated[int | None, QueryParameter(ge=0)] = None,
    runs: Annotated[int | None, QueryParameter(ge=0)] = None,
    last_event_id: Annotated[str, HeaderParameter(name="last-event-id")] = "",
) -> Stream:
    """`event: traces|runs|collector`; data is a JSON list of ids that changed; the event id is the revision.

    A trace has also changed when rules judged it, after the verdict that `judged` counts.
    """
    hub: LiveHub = request.app.state.hub
    if last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < _MOST_DIGITS:
        since = int(last_event_id)
    return Stream(
        hub.listen(
            None if since is None else min(since, FROM_NOW),
            None if judged is None else min(judged, FROM_NOW - 1),
            None if runs is None else min(runs, FROM_NOW - 1),
        ),
        media_type="text/event-stream",
        headers={"cache-control": "no-store", "x-accel-buffering": "no"},
    )


def _event(name: str, ids: list[str], revision: int) -> str:
    return f"id: {revision}\nevent: {name}\ndata: {orjson.dumps(ids).decode()}\n\n"
