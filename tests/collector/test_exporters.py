"""Real exporters, and every recorded request in every form it can be sent in."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
import zstandard
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter

from collector.running import JSON, LOGS, PROTOBUF, Running
from halo_dash.model.exporter import Encoding
from halo_dash.otlp import decode_traces, encode_traces

ROOT = Path(__file__).parents[1] / "fixtures" / "otlp"
CLIENTS = [meta.parent for meta in sorted(ROOT.glob("*/meta.json")) if meta.parent.name != "halo-jsonl"]

FORMS: dict[str, Callable[[Running, bytes], bool]] = {
    "grpc": lambda to, body: to.call(body) == b"",
    "grpc+gzip": lambda to, body: to.call(body, compression=grpc.Compression.Gzip) == b"",
    "http/protobuf": lambda to, body: _posted(to, body, PROTOBUF),
    "http/protobuf+gzip": lambda to, body: _posted(to, gzip.compress(body), PROTOBUF | _coded("gzip")),
    "http/protobuf+deflate": lambda to, body: _posted(to, zlib.compress(body), PROTOBUF | _coded("deflate")),
    "http/protobuf+zstd": lambda to, body: _posted(to, zstandard.compress(body), PROTOBUF | _coded("zstd")),
    "http/json": lambda to, body: _posted(to, _as_json(body), JSON),
    "http/json+gzip": lambda to, body: _posted(to, gzip.compress(_as_json(body)), JSON | _coded("gzip")),
}


def _coded(coding: str) -> dict[str, str]:
    return {"Content-Encoding": coding}


def _as_json(body: bytes) -> bytes:
    return encode_traces(decode_traces(body, "protobuf"), "json")


def _posted(to: Running, body: bytes, headers: dict[str, str], path: str = "/v1/traces") -> bool:
    answer = to.post(body, headers, path)
    return answer.status == 200 and answer.body in {b"", b"{}"}


def requests(client: Path, signal: str) -> list[bytes]:
    meta = json.loads((client / "meta.json").read_text())
    return [(client / each["file"]).read_bytes() for each in meta["requests"] if each["signal"] == signal]


def encoding_of(body: bytes) -> Encoding:
    return "json" if body.lstrip().startswith(b"{") else "protobuf"


@pytest.mark.parametrize("client", CLIENTS, ids=[client.name for client in CLIENTS])
def test_every_recorded_client_in_every_form_is_stored_the_same(collector: Running, client: Path) -> None:
    bodies = requests(client, "traces")
    sent: dict[tuple[str, str], Any] = {}
    for body in bodies:
        # Exactly as it was sent.
        assert _posted(collector, body, JSON if encoding_of(body) == "json" else PROTOBUF)
        spans = list(decode_traces(body, encoding_of(body)))
        sent |= {(span.trace_id, span.span_id): span for span in spans}
    before = collector.store.stats()
    for body in bodies:
        protobuf = encode_traces(decode_traces(body, encoding_of(body)), "protobuf")
        for name, send in FORMS.items():
            assert send(collector, protobuf), name
    after = collector.store.stats()
    assert (after.spans, after.revision) == (before.spans, before.revision), "every form says the same"
    for (trace_id, span_id), span in sent.items():
        stored = collector.store.spans.get(trace_id, span_id)
        assert stored is not None
        assert repr(stored.span) == repr(span)
    for body in requests(client, "logs"):
        assert collector.call(body, LOGS) == b""
        assert _posted(collector, body, PROTOBUF, "/v1/logs")


EXPORTERS: dict[str, Callable[[Running], SpanExporter]] = {
    "grpc": lambda to: GrpcExporter(endpoint=f"http://{to.target}", insecure=True),
    "grpc+gzip": lambda to: GrpcExporter(
        endpoint=f"http://{to.target}", insecure=True, compression=grpc.Compression.Gzip
    ),
    "http": lambda to: HttpExporter(endpoint=f"http://{to.target}/v1/traces"),
    "http+gzip": lambda to: HttpExporter(
        endpoint=f"http://{to.target}/v1/traces", compression=Compression.Gzip
    ),
}


@pytest.mark.parametrize("name", EXPORTERS)
def test_the_opentelemetry_sdk(collector: Running, name: str) -> None:
    provider = TracerProvider(resource=Resource.create({"service.name": f"sdk {name}"}))
    provider.add_span_processor(SimpleSpanProcessor(EXPORTERS[name](collector)))
    with provider.get_tracer("tests").start_as_current_span("outer", attributes={"n": 1}) as outer:
        trace_id = f"{outer.get_span_context().trace_id:032x}"
        with provider.get_tracer("tests").start_as_current_span("inner"):
            pass
    provider.shutdown()
    assert sorted(span.name for span in collector.store.spans.outline(trace_id)) == ["inner", "outer"]
    row = collector.store.traces.get(trace_id)
    assert row is not None
    assert row.summary.services == (f"sdk {name}",)
