"""What was acknowledged is in the store: after SIGKILL in mid-load, and when the disk is full."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import grpc
import pytest

from collector.running import (
    JSON,
    PROTOBUF,
    TRACES,
    Running,
    call_error,
    request_of,
    retry_delay_s,
    until,
)
from halo_dash.otlp import decode_traces, encode_traces
from halo_dash.store import Store

ROUNDS = int(os.environ.get("HALO_KILL_ROUNDS", "2"))
SPANS = 20
PROCESS = Path(__file__).with_name("process.py")


class Sender(threading.Thread):
    """Sends requests one after the other until the collector is gone; every third twice."""

    def __init__(self, port: int, trace: int, transport: str) -> None:
        super().__init__()
        self._port = port
        self._trace = trace
        self._transport = transport
        self.sent = 0
        self.acknowledged = 0

    def run(self) -> None:
        send = self._grpc() if self._transport == "grpc" else self._http()
        try:
            while True:
                request = request_of(SPANS, trace=self._trace, first=1 + SPANS * self.sent, text="t" * 500)
                self.sent += 1
                for _ in range(1 + (self.sent % 3 == 0)):
                    send(request.SerializeToString())
                self.acknowledged = self.sent
        except (OSError, http.client.HTTPException, grpc.RpcError):
            return

    def _http(self) -> Callable[[bytes], object]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=60)

        def send(body: bytes) -> None:
            if self._transport == "json":
                body = encode_traces(decode_traces(body, "protobuf"), "json")
            connection.request("POST", "/v1/traces", body, JSON if self._transport == "json" else PROTOBUF)
            response = connection.getresponse()
            response.read()
            assert response.status == 200

        return send

    def _grpc(self) -> Callable[[bytes], object]:
        channel = grpc.insecure_channel(f"127.0.0.1:{self._port}")
        call = channel.unary_unary(TRACES)
        return lambda body: call(body, timeout=60)


def test_sigkill_under_load_loses_nothing_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    luck = random.Random(4281)  # noqa: S311 - the same every time
    environment = os.environ | {"PYTHONPATH": str(PROCESS.parents[1])}
    acknowledged: dict[int, int] = {}
    sent: dict[int, int] = {}
    for round_ in range(ROUNDS):
        process = subprocess.Popen(
            [sys.executable, str(PROCESS), str(path)], stdout=subprocess.PIPE, text=True, env=environment
        )
        assert process.stdout is not None
        port = int(process.stdout.readline())
        transports = ["grpc", "protobuf", "json"]
        senders = [Sender(port, 10 * round_ + n, kind) for n, kind in enumerate(transports, start=1)]
        for sender in senders:
            sender.start()
        wanted = luck.randint(10, 60)
        until(lambda senders=senders, wanted=wanted: sum(each.acknowledged for each in senders) >= wanted)  # type: ignore[misc]
        process.send_signal(signal.SIGKILL)
        process.wait(20)
        process.stdout.close()
        for n, sender in enumerate(senders, start=1):
            sender.join(30)
            assert not sender.is_alive()
            acknowledged[10 * round_ + n] = sender.acknowledged
            sent[10 * round_ + n] = sender.sent
        with Store.open(path) as store:
            assert store.check() == ()
            for trace, requests in acknowledged.items():
                ids = [span.span_id for span in store.spans.outline(f"{trace:032x}")]
                assert len(ids) == len(set(ids)), "no span twice"
                assert {f"{n:016x}" for n in range(1, requests * SPANS + 1)} <= set(ids)
                assert len(ids) % SPANS == 0, "requests are stored whole"
                assert len(ids) <= sent[trace] * SPANS


def expect_full_disk_then_recovery(
    running: Running, fill: Callable[[], object], free: Callable[[], object]
) -> None:
    """Send until refused; then nothing acknowledged is missing, and after `free` it goes on."""
    acknowledged = []
    fill()
    for trace in range(1, 200):
        body = request_of(
            50,
            trace=trace,
            text=random.Random(trace).randbytes(2_000).hex(),  # noqa: S311 - what does not compress
        ).SerializeToString()
        answer = running.post(body)
        if answer.status != 200:
            break
        acknowledged.append(trace)
    assert answer.status == 503
    assert answer.headers["retry-after"] == "1"
    assert "no space is left" in answer.error
    code, words, details = call_error(lambda: running.call(body))
    assert (code, retry_delay_s(details)) == (grpc.StatusCode.UNAVAILABLE, 1)
    assert "no space is left" in words
    assert running.request("GET", "/readyz").status == 503
    for trace in acknowledged:
        assert len(running.store.spans.outline(f"{trace:032x}")) == 50
    free()
    until(lambda: running.post(body).status == 200)
    until(lambda: running.request("GET", "/readyz").status == 200)
    acknowledged.append(trace)
    assert running.store.check() == ()
    assert running.spans() == 50 * len(acknowledged)


def test_a_full_store_refuses_and_recovers(start: Callable[..., Running]) -> None:
    running = start()

    def pages(limit: int) -> None:
        with running.store._database.exclusive() as connection:
            connection.execute(f"PRAGMA max_page_count={limit}")

    def room() -> None:
        with running.store._database.exclusive() as connection:
            (count,) = connection.execute("PRAGMA page_count").fetchone()
        pages(count + 100)

    expect_full_disk_then_recovery(running, room, lambda: pages(1 << 30))


def test_a_full_disk_refuses_and_recovers(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = shutil.which("mount")
    if mount is None or os.geteuid() != 0:
        pytest.skip("needs to be root to mount a small disk")
    done = subprocess.run(
        [mount, "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(disk)], capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip("may not mount a small disk here")
    try:
        ballast = disk / "ballast"
        ballast.write_bytes(bytes(3 << 20))
        running = Running(disk)
        try:
            expect_full_disk_then_recovery(running, lambda: None, ballast.unlink)
        finally:
            running.stop()
    finally:
        subprocess.run(["umount", str(disk)], check=True)
