"""Processes that send prepared requests as fast as they are acknowledged."""

from __future__ import annotations

import http.client
import multiprocessing
import pickle
import time
from collections.abc import Callable
from pathlib import Path

import grpc

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
TYPES = {"http/protobuf": "application/x-protobuf", "http/json": "application/json"}


def send_all(protocol: str, port: int, files: list[Path]) -> tuple[float, float]:
    """Let one process a file send. Returns (seconds, share of a CPU the senders took)."""
    context = multiprocessing.get_context("spawn")
    barrier = context.Barrier(len(files) + 1)
    results = context.Queue()
    senders = [context.Process(target=_send, args=(protocol, port, file, barrier, results)) for file in files]
    for sender in senders:
        sender.start()
    barrier.wait(120)
    times = [results.get(timeout=900) for _ in senders]
    for sender in senders:
        sender.join()
    seconds = max(end for _, end, _ in times) - min(begin for begin, _, _ in times)
    return seconds, sum(cpu for _, _, cpu in times) / seconds


def _send(protocol: str, port: int, file: Path, barrier, results) -> None:  # type: ignore[no-untyped-def]
    bodies: list[bytes] = pickle.loads(file.read_bytes())
    post = _grpc(port) if protocol == "grpc" else _http(port, TYPES[protocol])
    barrier.wait(120)
    begin, cpu = time.monotonic(), time.process_time()
    for body in bodies:
        while not post(body):
            time.sleep(0.2)  # refused for now: what an exporter does, too
    results.put((begin, time.monotonic(), time.process_time() - cpu))


def _grpc(port: int) -> Callable[[bytes], bool]:
    options = [("grpc.max_send_message_length", -1)]
    call = grpc.insecure_channel(f"127.0.0.1:{port}", options=options).unary_unary(METHOD)

    def post(body: bytes) -> bool:
        try:
            return bool(call(body, timeout=60) == b"")
        except grpc.RpcError as error:
            if error.code() is grpc.StatusCode.UNAVAILABLE:  # type: ignore[attr-defined] # what is raised is a Call
                return False
            raise

    return post


def _http(port: int, content_type: str) -> Callable[[bytes], bool]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)

    def post(body: bytes) -> bool:
        connection.request("POST", "/v1/traces", body, {"Content-Type": content_type})
        response = connection.getresponse()
        answer = response.read()
        if response.status not in {200, 503}:
            raise RuntimeError(answer)
        return response.status == 200

    return post
