"""OTLP/gRPC: a private listener of grpcio, reached through the shared port (see `splice`)."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable
from concurrent import futures
from pathlib import Path
from typing import Final, NoReturn

import grpc

from halo_dash.collector.access import Access
from halo_dash.collector.answers import Refusal, busy, success
from halo_dash.collector.limits import Limits
from halo_dash.collector.receive import PATIENCE_S, Incoming, Receiver
from halo_dash.model.exporter import Exporter, Signal
from halo_dash.otlp.compression import is_zlib

SERVICES: Final[dict[str, Signal]] = {
    "opentelemetry.proto.collector.trace.v1.TraceService": "traces",
    "opentelemetry.proto.collector.logs.v1.LogsService": "logs",
    "opentelemetry.proto.collector.metrics.v1.MetricsService": "metrics",
}
FOLDER: Final = re.compile(r"halo-collector-(\d+)-.*")
MAX_DETAILS: Final = 2000
"""Characters of a message: trailers have to fit into 8 KiB together."""


class GrpcDoor:
    """The gRPC half of the port."""

    def __init__(self, receiver: Receiver, access: Access, limits: Limits) -> None:
        self._receiver = receiver
        self._access = access
        self._limits = limits
        self._folder: Path | None = None
        # Calls beyond these threads wait unread: their messages stay with the client.
        self._pool = futures.ThreadPoolExecutor(limits.calls, thread_name_prefix="halo-grpc")
        self._server = grpc.server(
            self._pool,
            options=[
                ("grpc.max_receive_message_length", receiver.limit),
                # Else each call would be unpacked at once: sixteen times 64 MiB out of a few kB.
                ("grpc.per_message_decompression", 0),
                ("grpc.max_concurrent_streams", limits.calls_of_one),
                # Clients that ask "are you there" every second must not be sent away (GOAWAY too_many_pings).
                ("grpc.keepalive_permit_without_calls", 1),
                ("grpc.http2.min_recv_ping_interval_without_data_ms", 100),
                ("grpc.http2.max_ping_strikes", 0),
                ("grpc.so_reuseport", 0),
            ],
        )
        for service, signal in SERVICES.items():
            handler = grpc.unary_unary_rpc_method_handler(self._export(f"/{service}/Export", signal))
            self._server.add_generic_rpc_handlers(
                (grpc.method_handlers_generic_handler(service, {"Export": handler}),)
            )

    def start(self) -> str | int:
        """Start; returns where: the path of a Unix socket, or a port of 127.0.0.1 where there are none."""
        place: str | int
        if hasattr(os, "fork"):
            _remove_leftovers()
            self._folder = Path(tempfile.mkdtemp(prefix=f"halo-collector-{os.getpid()}-"))
            place = str(self._folder / "grpc")
            self._server.add_insecure_port(f"unix:{place}")
        else:
            place = self._server.add_insecure_port("127.0.0.1:0")
        self._server.start()
        return place

    def stop(self, grace_s: float) -> None:
        """Take no more calls, finish those in work, and go."""
        self._server.stop(grace_s).wait()
        self._pool.shutdown(wait=False)
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)

    def _export(self, path: str, signal: Signal) -> Callable[[bytes, grpc.ServicerContext], bytes]:
        def export(body: bytes, context: grpc.ServicerContext) -> bytes:
            return self._answer(body, context, Incoming(signal, _exporter(context, body), path))

        return export

    def _answer(self, body: bytes, context: grpc.ServicerContext, incoming: Incoming) -> bytes:
        receiver = self._receiver
        size = len(body)
        why = self._access.check_token(_metadata(context, "authorization"))
        if why is not None:
            receiver.refused(incoming, why, size)
            _abort(context, why)
        granted = receiver.budget.acquire(size)
        try:
            granted.result(PATIENCE_S)
        except TimeoutError:
            receiver.budget.withdraw(size, granted)
            receiver.refused(incoming, busy(), size)
            _abort(context, busy())
        try:
            receipt = receiver.submit(incoming, body).result()
        except Exception as error:  # noqa: BLE001 - the future brings whatever went wrong; all of it has an answer
            _abort(context, receiver.failed(incoming, error, size))
        finally:
            receiver.budget.release(size)
        receiver.accepted(incoming, receipt, size)
        return success(incoming.signal, "protobuf", receipt)


def _abort(context: grpc.ServicerContext, why: Refusal) -> NoReturn:
    context.set_trailing_metadata((("grpc-status-details-bin", why.details()),))
    context.abort(grpc.StatusCode[why.code.name], why.text[:MAX_DETAILS])
    raise AssertionError("abort does not return")


def _exporter(context: grpc.ServicerContext, body: bytes) -> Exporter:
    return Exporter(
        user_agent=_metadata(context, "user-agent"),
        transport="grpc",
        encoding="protobuf",
        compression=coding_of(body),
    )


def coding_of(body: bytes) -> str:
    """How a message is compressed, by its first bytes: gRPC keeps `grpc-encoding` from the application.

    Requests begin with field 1 of wire type 2. Neither gzip's first byte (RFC 1952 2.3.1) nor zlib's header
    (RFC 1950 2.2) does; read as protobuf they would be an invalid and an unknown field.
    """
    if body.startswith(b"\x1f\x8b"):
        return "gzip"
    return "deflate" if is_zlib(body) else ""


def _metadata(context: grpc.ServicerContext, wanted: str) -> str:
    for name, value in context.invocation_metadata():
        if name == wanted:
            return value if isinstance(value, str) else value.decode("latin-1")
    return ""


def _remove_leftovers() -> None:
    """Remove the sockets of collectors that were killed."""
    for folder in Path(tempfile.gettempdir()).glob("halo-collector-*"):
        found = FOLDER.fullmatch(folder.name)
        if found and not _is_alive(int(found[1])):
            shutil.rmtree(folder, ignore_errors=True)


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True
