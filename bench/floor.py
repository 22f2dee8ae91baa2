"""The two floors to compare with: a server that parses and forgets, and SQLite fed with ready-made rows."""

from __future__ import annotations

import sys
import time
from concurrent import futures
from pathlib import Path

import grpc
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from pysqlite3 import dbapi2

from halo_dash.model.span import Span

SCHEMA = """
PRAGMA page_size=8192; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;
CREATE TABLE spans(id INTEGER PRIMARY KEY, trace_id TEXT NOT NULL, span_id TEXT NOT NULL, parent TEXT,
  name TEXT, start_ns INTEGER, end_ns INTEGER, status INTEGER, service TEXT, session TEXT, user TEXT,
  body BLOB);
CREATE UNIQUE INDEX spans_key ON spans(trace_id, span_id);
CREATE INDEX spans_start ON spans(start_ns);
"""
INSERT = "INSERT INTO spans VALUES(NULL,?,?,?,?,?,?,?,?,?,?,?)"


def raw_inserts(path: Path, requests: list[tuple[list[Span], bytes]]) -> float:
    """Spans a second that SQLite takes, durably, a transaction a request, everything prepared beforehand."""
    prepared = []
    for spans, body in requests:
        share = len(body) // len(spans)
        prepared.append(
            [
                (
                    span.trace_id, span.span_id, span.parent_span_id, span.name, span.start_ns, span.end_ns,
                    span.status_code, span.resource.attributes["service.name"], span.attributes["session.id"],
                    span.attributes["user.id"], body[n * share : (n + 1) * share],
                )
                for n, span in enumerate(spans)
            ]
        )  # fmt: skip
    connection = dbapi2.connect(str(path), isolation_level=None)
    connection.executescript(SCHEMA)
    begin = time.monotonic()
    for rows in prepared:
        connection.execute("BEGIN IMMEDIATE")
        connection.executemany(INSERT, rows)
        connection.execute("COMMIT")
    seconds = time.monotonic() - begin
    connection.close()
    return sum(map(len, prepared)) / seconds


def forgetful_server() -> None:
    """A gRPC server that parses every request and throws it away. Prints its port."""
    server = grpc.server(
        futures.ThreadPoolExecutor(4), options=[("grpc.max_receive_message_length", 64 << 20)]
    )

    def export(body: bytes, _: grpc.ServicerContext) -> bytes:
        ExportTraceServiceRequest.FromString(body)
        return b""

    handler = grpc.unary_unary_rpc_method_handler(export)
    service = "opentelemetry.proto.collector.trace.v1.TraceService"
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, {"Export": handler}),))
    print(server.add_insecure_port("127.0.0.1:0"), flush=True)
    server.start()
    sys.stdin.read()
    server.stop(None)


if __name__ == "__main__":
    forgetful_server()
