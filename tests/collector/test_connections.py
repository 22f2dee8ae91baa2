"""Connections that are slow, cut in pieces, silent or too many; and the end of the collector."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import grpc
import pytest

from collector.running import TRACES, Running, call_error, request_of, until
from halo_dash.collector.frames import PREFACE
from halo_dash.collector.limits import Limits

HASTY = Limits(preface_s=0.3, head_s=0.3, body_s=0.3, idle_s=1, head_bytes=8 << 10)
SETTINGS = bytes([0, 0, 0, 4, 0, 0, 0, 0, 0])
GOOD = request_of(trace=90).SerializeToString()
HEAD = (
    b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
    b"Content-Length: %d\r\n\r\n" % len(GOOD)
)


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    running = Running(tmp_path_factory.mktemp("hasty"), limits=HASTY)
    yield running
    running.stop()


def rest(sock: socket.socket) -> bytes:
    """Everything until the other side hangs up."""
    out = b""
    with contextlib.suppress(ConnectionResetError):
        while part := sock.recv(4096):
            out += part
    return out


@pytest.mark.parametrize("cut", [1, 3, 4, 14, 23, 24, 30])
def test_a_preface_cut_in_two_is_still_http2(collector: Running, cut: int) -> None:
    opening = PREFACE + SETTINGS
    with collector.connect() as sock:
        sock.sendall(opening[:cut])
        # The first part has to be read on its own: nothing may come back before the preface is whole.
        if cut < len(PREFACE):
            sock.settimeout(0.05)
            with pytest.raises(TimeoutError):
                sock.recv(1)
            sock.settimeout(60)
        sock.sendall(opening[cut:])
        assert sock.recv(9)[3] == 4, "a SETTINGS frame"


@pytest.mark.parametrize("head", [b"P", b"PR", b"PRI * HTTP/2.0\r\n\r\nXX"])
def test_what_only_begins_like_the_preface_is_http1(collector: Running, head: bytes) -> None:
    with collector.connect() as sock:
        sock.sendall(head)
        if head == b"P":
            sock.sendall(HEAD[1:] + GOOD)
            assert sock.recv(100).startswith(b"HTTP/1.1 200")
        elif head == b"PR":
            sock.sendall(b"OPFIND /v1/traces HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert sock.recv(100).startswith(b"HTTP/1.1 405")
        else:
            assert sock.recv(100).startswith(b"HTTP/1.1 400")


def test_headers_that_grow_for_ever_are_hung_up_on(tmp_path: Path) -> None:
    running = Running(tmp_path, limits=Limits(head_s=600, head_bytes=8 << 10))
    try:
        with running.connect() as sock:
            # This one is too long, not too slow.
            sock.sendall(b"POST /v1/traces HTTP/1.1\r\n")
            with contextlib.suppress(ConnectionError):
                for _ in range(100):
                    sock.sendall(b"X-More: " + b"x" * 1000 + b"\r\n")
            assert rest(sock) == b""
    finally:
        running.stop()


def test_a_request_byte_by_byte(collector: Running) -> None:
    with collector.connect() as sock:
        for byte in HEAD + GOOD:
            sock.sendall(bytes([byte]))
        assert sock.recv(100).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize("said", [b"", b"PRI * HTTP/2.0\r\n", b"POST /v1/traces HTTP/1.1\r\nHost:"])
def test_a_client_that_says_nothing_more_is_hung_up_on(hasty: Running, said: bytes) -> None:
    with hasty.connect() as sock:
        sock.sendall(said)
        assert rest(sock) == b""


def test_a_body_that_does_not_come_is_answered(hasty: Running) -> None:
    with hasty.connect() as sock:
        sock.sendall(HEAD + GOOD[:5])
        assert sock.recv(100).startswith(b"HTTP/1.1 408")
    assert hasty.ingest.trouble is None


def test_a_call_that_stays_unfinished_is_hung_up_on(hasty: Running) -> None:
    over = threading.Event()

    def nothing() -> Iterator[bytes]:
        over.wait(120)
        yield from ()

    with grpc.insecure_channel(hasty.target) as channel:
        code, _, _ = call_error(lambda: channel.stream_unary(TRACES)(nothing(), timeout=60))
        over.set()
    assert code is grpc.StatusCode.UNAVAILABLE
    assert hasty.request("GET", "/healthz").status == 200


def test_an_idle_connection_is_closed(hasty: Running) -> None:
    with hasty.connect() as sock:
        sock.sendall(HEAD + GOOD)
        assert rest(sock).startswith(b"HTTP/1.1 200")


def test_too_many_connections_are_told_to_come_back(start: Callable[..., Running]) -> None:
    # None of them is closed for being slow while one more tries.
    limits = Limits(preface_s=60, head_s=60, connections=3)
    full = start(limits=limits)
    with contextlib.ExitStack() as stack:
        for _ in range(limits.connections):
            stack.enter_context(full.connect()).sendall(b"G")

        def refused() -> bool:
            with full.connect() as sock:
                sock.sendall(HEAD + GOOD)
                return rest(sock).startswith(b"HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n")

        until(refused)
    until(lambda: full.request("GET", "/healthz").status == 200)


def test_a_client_that_leaves_in_the_middle_costs_nothing(collector: Running) -> None:
    used = collector.ingest
    for _ in range(20):
        with collector.connect() as sock:
            sock.sendall(HEAD + GOOD[:10])
    with collector.connect() as sock:
        sock.sendall(PREFACE + SETTINGS)
    assert collector.request("GET", "/healthz").status == 200
    assert used.trouble is None


def test_what_was_accepted_is_answered_when_the_collector_stops(tmp_path: Path) -> None:
    running = Running(tmp_path, limits=Limits(grace_s=60))
    answers: list[object] = []
    sent = threading.Barrier(9)

    # The collector may be gone before it has seen one of them: then nothing of it is stored.
    def post(n: int) -> None:
        with running.connect() as sock, contextlib.suppress(ConnectionError):
            body = request_of(200, trace=n).SerializeToString()
            sock.sendall(HEAD.replace(str(len(GOOD)).encode(), str(len(body)).encode()) + body[:-1])
            sent.wait()
            sock.sendall(body[-1:])
            answers.append(sock.recv(100)[:12])

    def call(n: int) -> None:
        with grpc.insecure_channel(running.target) as channel:
            future = channel.unary_unary(TRACES).future(request_of(200, trace=n).SerializeToString())
            sent.wait()
            with contextlib.suppress(grpc.RpcError):
                answers.append(future.result(60))

    threads = [threading.Thread(target=post if n % 2 else call, args=(n,)) for n in range(1, 9)]
    for thread in threads:
        thread.start()
    sent.wait()
    # All have begun; let the server see the calls that were only just started.
    until(lambda: running.spans() >= 200)
    running.stop()
    for thread in threads:
        thread.join(60)
    whole = [answer for answer in answers if answer in {b"", b"HTTP/1.1 200"}]
    with running.store.open(tmp_path / "halo.db", "ro") as store:
        assert store.stats().spans == 200 * len(whole) > 0


def test_stopping_does_not_wait_for_idle_clients(tmp_path: Path) -> None:
    running = Running(tmp_path)
    with running.connect(), running.connect() as half, grpc.insecure_channel(running.target) as channel:
        half.sendall(b"POST /v1")
        channel.unary_unary(TRACES)(GOOD, timeout=60)
        stopped = threading.Thread(target=running.stop)
        stopped.start()
        stopped.join(30)
        assert not stopped.is_alive(), "it waited for clients that have 75 s"


def test_a_client_that_closes_its_sending_side_gets_its_answer(collector: Running) -> None:
    with collector.connect() as sock:
        sock.sendall(HEAD + GOOD)
        sock.shutdown(socket.SHUT_WR)
        assert rest(sock).startswith(b"HTTP/1.1 200")


def test_a_client_that_closes_its_sending_side_too_early_is_hung_up_on(collector: Running) -> None:
    with collector.connect() as sock:
        sock.sendall(HEAD + GOOD[:-1])
        sock.shutdown(socket.SHUT_WR)
        assert not rest(sock).startswith(b"HTTP/1.1 200")
