"""A real collector with a real store, on a free port, and the clients to talk to it."""

from __future__ import annotations

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import grpc
from google.rpc import error_details_pb2, status_pb2
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)

from halo_dash.collector.limits import Limits
from halo_dash.collector.server import receive
from halo_dash.config import Settings
from halo_dash.ingest import Ingest
from halo_dash.model.stats import CollectorOverview
from halo_dash.store import Store

PROTOBUF = {"Content-Type": "application/x-protobuf"}
JSON = {"Content-Type": "application/json"}
TRACES = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
LOGS = "/opentelemetry.proto.collector.logs.v1.LogsService/Export"
METRICS = "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export"
START = 1_760_000_000_000_000_000


def listen() -> socket.socket:
    sock = socket.socket()
    sock.bind(("127.0.0.1", 0))
    sock.listen(128)
    return sock


def until(condition: Callable[[], Any], seconds: float = 60.0) -> Any:
    """Poll until `condition` holds; returns what it gave."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


class Answer:
    def __init__(self, response: http.client.HTTPResponse) -> None:
        self.status = response.status
        self.headers = response.headers
        self.body = response.read()

    @property
    def error(self) -> str:
        """The message of the google.rpc.Status in the body."""
        if self.headers["content-type"] == "application/json":
            return str(json.loads(self.body)["message"])
        return status_pb2.Status.FromString(self.body).message

    @property
    def partial(self) -> tuple[int, str]:
        found = ExportTraceServiceResponse.FromString(self.body).partial_success
        return found.rejected_spans, found.error_message


class Running:
    """A collector in a thread."""

    def __init__(
        self, folder: Path, limits: Limits | None = None, size_limit: int = 64 << 20, **settings: Any
    ) -> None:
        self.store = Store.open(folder / "halo.db")
        self.ingest = Ingest(self.store, limit=size_limit)
        sock = listen()
        self.port = int(sock.getsockname()[1])
        self.target = f"127.0.0.1:{self.port}"
        self.settings = Settings(store_path=folder / "halo.db", collector_port=self.port, **settings)
        self._stop = threading.Event()
        ready = threading.Event()
        self.thread = threading.Thread(
            target=receive,
            args=(self.ingest, self.settings, [sock], ready.set, self._stop),
            kwargs={"limits": limits},
        )
        self.thread.start()
        assert ready.wait(60)

    def stop(self) -> None:
        self._stop.set()
        self.thread.join(60)
        assert not self.thread.is_alive()
        self.ingest.close()
        self.store.close()

    def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] = {}
    ) -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body, dict(headers))
            return Answer(connection.getresponse())
        finally:
            connection.close()

    def post(self, body: bytes, headers: Mapping[str, str] = PROTOBUF, path: str = "/v1/traces") -> Answer:
        return self.request("POST", path, body, headers)

    def connect(self) -> socket.socket:
        sock = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return sock

    def call(self, body: bytes, method: str = TRACES, **how: Any) -> bytes:
        options = [("grpc.max_send_message_length", -1)]
        with grpc.insecure_channel(self.target, options=options) as channel:
            answer: bytes = channel.unary_unary(method)(body, timeout=30, **how)
            return answer

    def overview(self) -> CollectorOverview:
        return self.store.collector.overview(time.time_ns())

    def spans(self) -> int:
        return self.store.stats().spans


def call_error(call: Callable[[], object]) -> tuple[grpc.StatusCode, str, status_pb2.Status | None]:
    """Code, words and details of a call that must fail."""
    try:
        call()
    except grpc.RpcError as error:
        trailers = dict(error.trailing_metadata() or ())  # type: ignore[attr-defined] # what grpcio raises is a Call
        raw = trailers.get("grpc-status-details-bin")
        details = status_pb2.Status.FromString(raw) if isinstance(raw, bytes) else None
        return error.code(), error.details(), details  # type: ignore[attr-defined]
    raise AssertionError("the call was accepted")


def retry_delay_s(details: status_pb2.Status | None) -> int | None:
    """Seconds of the RetryInfo; None when there is none."""
    for detail in details.details if details else ():
        info = error_details_pb2.RetryInfo()
        if detail.Unpack(info):
            return info.retry_delay.seconds
    return None


def request_of(
    count: int = 1, *, trace: int = 1, first: int = 1, text: str = ""
) -> ExportTraceServiceRequest:
    """A request of `count` spans of one trace with ids of their own."""
    out = ExportTraceServiceRequest()
    group = out.resource_spans.add()
    scope = group.scope_spans.add()
    scope.scope.name = "openinference.instrumentation.openai"
    for n in range(first, first + count):
        span = scope.spans.add(
            trace_id=trace.to_bytes(16, "big"),
            span_id=n.to_bytes(8, "big"),
            name=f"span {n}",
            start_time_unix_nano=START + n,
            end_time_unix_nano=START + n + 1_000,
        )
        if text:
            span.attributes.add(key="text").value.string_value = text
    return out


def rejected_logs(answer: bytes) -> tuple[int, str]:
    found = ExportLogsServiceResponse.FromString(answer).partial_success
    return found.rejected_log_records, found.error_message
