"""What 28 real libraries sent: every request is read, and written and read again it is the same."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from halo_dash.model.exporter import Encoding
from halo_dash.otlp import decode_logs, decode_traces, decompress, encode_traces

ROOT = Path(__file__).parents[1] / "fixtures" / "otlp"
REQUESTS = [
    (folder.parent.name, request)
    for folder in sorted(ROOT.glob("*/meta.json"))
    if folder.parent.name != "halo-jsonl"  # spans of another form, no requests
    for request in json.loads(folder.read_text())["requests"]
]


def named(client: str, request: dict[str, object]) -> str:
    return f"{client}/{request['file']}"


@pytest.mark.parametrize(("client", "request_"), REQUESTS, ids=[named(*each) for each in REQUESTS])
def test_recorded_request(client: str, request_: dict[str, object]) -> None:
    body = (ROOT / client / str(request_["file"])).read_bytes()
    if request_.get("signal") == "logs":
        logs = decode_logs(body, "protobuf")
        records = list(logs)
        assert records or logs.issues.skipped
        assert all(record.order_ns for record in records)
        return
    encoding: Encoding = "json" if str(request_["file"]).endswith(".json") else "protobuf"
    decoded = decode_traces(body, encoding)
    spans = list(decoded)
    assert len(spans) == request_["spans"]
    assert len({span.trace_id for span in spans}) == request_["trace_ids"]
    assert decoded.issues.message() == ""
    for other in ("protobuf", "json"):
        written = encode_traces(spans, other)
        assert list(decode_traces(written, other)) == spans or "nan" in repr(spans)
    if encoding == "protobuf":
        again = ExportTraceServiceRequest.FromString(encode_traces(spans, "protobuf"))
        sent = ExportTraceServiceRequest.FromString(body)
        assert sum(len(s.spans) for r in again.resource_spans for s in r.scope_spans) == sum(
            len(s.spans) for r in sent.resource_spans for s in r.scope_spans
        )


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("*/*.gz")), ids=lambda path: f"{path.parent.name}/{path.name}"
)
def test_recorded_gzip_is_the_recorded_body(path: Path) -> None:
    plain = path.with_suffix("")
    assert decompress(path.read_bytes(), "gzip", 64 << 20) == plain.read_bytes()
