"""Live updates: the stream itself, and what a server restart does to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import MappingProxyType
from typing import Any

import pytest

from halo_dash.model.run import RunRequest
from halo_dash.store import Store
from halo_dash.web import live

from .conftest import Dashboard, put, run


class Listener:
    """A client of `/live` that reads in the background."""

    def __init__(self, dashboard: Dashboard, path: str, headers: Mapping[str, str]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", dashboard.settings.port, timeout=60)
        self.connection.request("GET", path, headers=dict(headers))
        self.socket = self.connection.sock
        self.response = self.connection.getresponse()
        self.events: list[tuple[str, Any, int]] = []
        self.comments = 0
        self.ended = threading.Event()
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        fields: dict[str, str] = {}
        for raw in self._lines():
            line = raw.decode().rstrip("\n")
            if line.startswith(":"):
                self.comments += 1
            elif line:
                name, _, value = line.partition(": ")
                fields[name] = value
            elif "event" in fields:
                self.events.append((fields["event"], json.loads(fields["data"]), int(fields["id"])))
                fields = {}
        self.ended.set()

    def _lines(self) -> Iterator[bytes]:
        with contextlib.suppress(OSError, http.client.HTTPException):  # we hung up, or the server did
            yield from self.response

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.reader.join(60)
        self.response.close()
        self.connection.close()

    def until(self, condition: Any, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while not condition():
            assert time.monotonic() < deadline, self.events
            time.sleep(0.01)

    def traces(self) -> set[str]:
        return {id_ for topic, ids, _ in self.events if topic == "traces" for id_ in ids}


@contextmanager
def listening(
    dashboard: Dashboard, path: str = "/live", headers: Mapping[str, str] = MappingProxyType({})
) -> Iterator[Listener]:
    listener = Listener(dashboard, path, headers)
    try:
        yield listener
    finally:
        listener.close()


def test_an_event_names_the_traces_that_changed(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    revision = revision_of(dashboard)
    with listening(dashboard, f"/live?since={revision}") as listener:
        put(dashboard.db, run(2), run(3))
        listener.until(lambda: listener.traces() == {f"{2:032x}", f"{3:032x}"})
        put(dashboard.db, run(2))
        put(dashboard.db, run(4))
        listener.until(lambda: f"{4:032x}" in listener.traces())
        assert f"{1:032x}" not in listener.traces()
        listener.until(lambda: any(topic == "collector" for topic, _, _ in listener.events))


def test_what_changed_between_the_page_and_the_stream_is_not_lost(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    revision = revision_of(dashboard)
    put(dashboard.db, run(2))
    with listening(dashboard, f"/live?since={revision}") as listener:
        listener.until(lambda: listener.traces() == {f"{2:032x}"})
        _, _, reached = listener.events[-1]
    with listening(dashboard, f"/live?since={reached}") as listener:
        put(dashboard.db, run(3))
        listener.until(lambda: listener.traces() == {f"{3:032x}"})


def test_everybody_hears_and_a_late_one_hears_only_what_is_new_to_him(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    revision = revision_of(dashboard)
    with listening(dashboard, f"/live?since={revision}") as first:
        put(dashboard.db, run(2))
        first.until(lambda: first.traces() == {f"{2:032x}"})
        with listening(dashboard, f"/live?since={revision_of(dashboard)}") as second:
            put(dashboard.db, run(3))
            second.until(lambda: second.traces() == {f"{3:032x}"})
            first.until(lambda: f"{3:032x}" in first.traces())


@pytest.mark.parametrize("asked", [{"since": f"{10**30}"}, {"last": f"{10**19}"}, {"last": "9" * 5000}])
def test_a_revision_that_nobody_gave_silences_nobody(dashboard: Dashboard, asked: dict[str, str]) -> None:
    headers = {"last-event-id": asked["last"]} if "last" in asked else {}
    query = f"?since={asked['since']}" if "since" in asked else ""
    with listening(dashboard, f"/live{query}", headers) as odd, listening(dashboard) as other:
        assert odd.response.status == 200
        deadline = time.monotonic() + 60
        number = 1
        while not (odd.traces() and other.traces()):
            assert time.monotonic() < deadline, "the changes are not told any more"
            put(dashboard.db, run(number))
            number += 1
            time.sleep(0.02)


def test_the_number_of_listeners_is_bounded(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "MAX_LISTENERS", 2)
    with listening(dashboard) as one, listening(dashboard) as two:
        assert (one.response.status, two.response.status) == (200, 200)
        refused = dashboard.ask("/live")
        assert refused.status == 503
        assert refused.headers["retry-after"]
    deadline = time.monotonic() + 60
    while True:
        with listening(dashboard) as again:
            if again.response.status == 200:
                break
        assert time.monotonic() < deadline, "a listener that went away still holds its place"


def test_stopping_the_server_ends_the_streams(dashboard: Dashboard) -> None:
    with listening(dashboard) as listener:
        dashboard.stop.set()
        assert listener.ended.wait(60)


def test_a_quiet_stream_beats(dashboard: Dashboard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "HEARTBEAT_S", 0.05)
    with listening(dashboard) as listener:
        listener.until(lambda: listener.comments >= 2)


def revision_of(dashboard: Dashboard) -> int:
    page = dashboard.ask("/traces").text
    return int(page.split('part="list" revision="')[1].split('"')[0])


def test_runs_of_the_engine_are_named_and_one_that_is_deleted_is_told(dashboard: Dashboard) -> None:
    with Store.open(dashboard.db) as store:
        with store.writing() as tx:
            before = tx.runs.create_conversation(RunRequest(prompt="Why?"), time.time_ns())
        known = store.runs.changes(2**62).changed
        with listening(dashboard, f"/live?runs={known}") as listener:
            with store.writing() as tx:
                made = tx.runs.create_conversation(RunRequest(prompt="Why not?"), time.time_ns())
            listener.until(
                lambda: [ids for topic, ids, _ in listener.events if topic == "runs"] == [[made.run_id]]
            )
            with store.writing() as tx:
                tx.runs.delete(before.conversation_id)
            listener.until(lambda: [ids for topic, ids, _ in listener.events if topic == "runs"][1:] == [[]])
