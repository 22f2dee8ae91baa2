"""`halo serve` keeps its parts alive, keeps its ports, and stops when and how it is told to."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

HERE = Path(__file__).parent


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, folder: Path, collector: str, dashboard: str, form: str, *flags: str) -> None:
        self.errors = folder / "errors.txt"
        command = [
            sys.executable,
            str(HERE / "run_small.py"),
            str(folder),
            collector,
            dashboard,
            form,
            *flags,
        ]
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=errors,
                env={**os.environ, "PYTHONPATH": str(HERE)},
                text=True,
                start_new_session=True,
            )
        self.children: list[psutil.Process] = []

    def events(self) -> Iterator[dict[str, Any]]:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            yield json.loads(line)

    def ready(self) -> dict[str, Any]:
        for event in self.events():
            if event["event"] == "ready":
                self.children = psutil.Process(self.process.pid).children(recursive=True)
                return event
        raise AssertionError(self.errors.read_text())

    def said(self, words: str) -> None:
        wait_until(lambda: words in self.errors.read_text(), f"{words!r} on standard error")

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(timeout=60)


def wait_until(holds: Callable[[], bool], what: str, seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    pause = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain for {what}"
        pause.wait(0.02)


def ask(url: str, words: bytes = b"pid") -> str:
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(words)
        return connection.makefile("rb").read().decode()


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    with ExitStack() as stack:

        def begin(
            collector: str = "echo", dashboard: str = "echo", form: str = "json", *flags: str
        ) -> Running:
            return stack.enter_context(ended(Running(tmp_path, collector, dashboard, form, *flags)))

        yield begin


@contextmanager
def ended(running: Running) -> Iterator[Running]:
    try:
        yield running
    finally:
        running.process.kill()
        running.process.wait()
        for child in running.children:
            if child.is_running():
                child.kill()
        assert running.process.stdout is not None
        running.process.stdout.close()


def test_both_parts_serve_on_the_ports_of_the_ready_line_and_stop_on_sigterm(
    start: Callable[..., Running],
) -> None:
    running = start()
    ready = running.ready()
    pids = {ask(ready["collector"]), ask(ready["dashboard"])}
    assert pids == {str(child.pid) for child in running.children}
    assert ready["storage"].startswith("sqlite:////")
    assert running.end() == 0
    assert not any(child.is_running() for child in running.children)
    assert running.errors.read_text() == ""


def test_a_child_that_dies_is_started_again_on_the_same_port(start: Callable[..., Running]) -> None:
    running = start()
    ready = running.ready()
    first = ask(ready["collector"])
    assert ask(ready["collector"], b"die") == ""
    second = ask(ready["collector"])  # waits in the queue of the socket until the new child answers
    assert second not in {"", first}
    running.said("serves again")
    assert "these are my last words" in running.errors.read_text()
    assert "ended with code 7; starting it again" in running.errors.read_text()
    assert running.end() == 0


def test_a_child_that_keeps_dying_stops_everything_with_its_last_words(start: Callable[..., Running]) -> None:
    running = start("echo", "broken", "text")
    assert running.process.wait(timeout=30) == 1
    errors = running.errors.read_text()
    assert "5 times in a row" in errors
    assert "RuntimeError: nothing works here" in errors.partition("Its last words:")[2]


def test_a_part_the_others_can_do_without_ends_nothing_however_often_it_dies(
    start: Callable[..., Running],
) -> None:
    running = start("echo", "echo", "json", "beside=broken")
    ready = running.ready()
    wait_until(lambda: running.errors.read_text().count("starting it again") > 5, "six deaths")
    assert ask(ready["collector"])
    assert running.end() == 0


def test_a_store_that_cannot_be_opened_is_said_once_and_not_retried(start: Callable[..., Running]) -> None:
    running = start("without_store", "echo", "text")
    assert running.process.wait(timeout=60) == 4
    assert running.errors.read_text().count("is damaged.\nMove it away.") == 1
    assert "starting it again" not in running.errors.read_text()


def test_a_failure_while_serving_is_said_and_followed_by_a_restart(start: Callable[..., Running]) -> None:
    running = start()
    ready = running.ready()
    first = ask(ready["collector"])
    assert ask(ready["collector"], b"fail") == ""
    assert ask(ready["collector"]) not in {"", first}
    assert "The disk is full." in running.errors.read_text()
    assert running.end() == 0


def test_ctrl_c_finishes_what_is_in_work(start: Callable[..., Running]) -> None:
    running = start()
    url = running.ready()["collector"]
    host, _, port = url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=60) as connection:
        connection.sendall(b"slow")
        assert connection.recv(7) == b"working"
        os.killpg(running.process.pid, signal.SIGINT)  # as a terminal does: to the whole group
        assert connection.makefile("rb").read() == b" and done"
    assert running.process.wait(timeout=60) == 0


def test_a_second_ctrl_c_stops_at_once(start: Callable[..., Running]) -> None:
    running = start()
    hanging = running.ready()["collector"]
    with socket.create_connection(("127.0.0.1", int(hanging.rpartition(":")[2])), timeout=60) as connection:
        connection.sendall(b"hang")
        assert connection.recv(7) == b"hanging"
        running.process.send_signal(signal.SIGINT)
        wait_until(lambda: sum(child.is_running() for child in running.children) == 1, "the idle part to end")
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(timeout=60) == 130


def test_a_part_that_hangs_does_not_keep_the_server_from_stopping(start: Callable[..., Running]) -> None:
    running = start()
    ready = running.ready()
    with socket.create_connection(
        ("127.0.0.1", int(ready["collector"].rpartition(":")[2])), timeout=60
    ) as connection:
        connection.sendall(b"hang")
        assert connection.recv(7) == b"hanging"
        assert running.end() == 0
    assert "did not finish within 4 s" in running.errors.read_text()
    assert not any(child.is_running() for child in running.children)


def test_children_leave_when_the_supervisor_is_killed(start: Callable[..., Running]) -> None:
    running = start()
    running.ready()
    running.process.kill()
    wait_until(lambda: not any(child.is_running() for child in running.children), "the children to leave")


def test_what_a_library_prints_is_no_event(start: Callable[..., Running]) -> None:
    running = start("noisy")
    running.ready()
    running.said("some library prints")
    assert running.end() == 0


def test_the_text_form_names_every_part_and_how_to_send(start: Callable[..., Running]) -> None:
    running = start("echo", "echo", "text")
    assert running.process.stdout is not None
    lines = []
    for line in running.process.stdout:
        lines.append(line.rstrip())
        if line.startswith("HALO is ready"):
            break
    assert [line.split()[0] for line in lines[:4]] == ["collector", "engine", "dashboard", "storage"]
    url = lines[0].split()[1]
    assert [line.split()[0] for line in lines if f"OTEL_EXPORTER_OTLP_ENDPOINT={url}" in line] == [
        "gRPC",
        "HTTP",
        "Node",
    ]
    assert lines[-1] == "HALO is ready. Waiting for traces..."
    assert running.end() == 0


def test_a_network_address_brings_a_token_and_says_so(start: Callable[..., Running]) -> None:
    running = start("echo", "echo", "json", "host=0.0.0.0")
    token = next(event for event in running.events() if event["event"] == "token")["token"]
    assert len(token) >= 32
    assert "127.0.0.1" in running.ready()["collector"]
    assert running.end() == 0


def test_taken_ports_are_all_named_with_who_holds_them(start: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        ports = one.getsockname()[1], two.getsockname()[1]
        running = start("echo", "echo", "json", f"port={ports[0]}", f"collector_port={ports[1]}")
        assert running.process.wait(timeout=60) == 2
        errors = running.errors.read_text()
    assert f"Port {ports[0]} for the dashboard is taken on 127.0.0.1" in errors
    assert f"Port {ports[1]} for the collector is taken on 127.0.0.1" in errors
    assert "--port 0 takes a free one" in errors
    if sys.platform == "linux":
        assert f"(pid {os.getpid()}:" in errors


def test_an_address_of_another_machine_is_refused(start: Callable[..., Running]) -> None:
    running = start("echo", "echo", "json", "host=192.0.2.1")
    assert running.process.wait(timeout=60) == 2
    assert "192.0.2.1 is no address of this machine" in running.errors.read_text()
