"""Protobuf requests that are not as they should be."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import Span
from halo_dash.otlp import decode_logs, decode_traces, encode_traces

TRACE, SPAN = bytes([10]) * 16, bytes([11]) * 8
GOOD = encode_traces([Span("0a" * 16, "0b" * 8, name="good", attributes={"k": ["v", 1]})], "protobuf")


def request(**fields: object) -> ExportTraceServiceRequest:
    out = ExportTraceServiceRequest()
    spans = out.resource_spans.add().scope_spans.add().spans
    spans.add(**({"trace_id": TRACE, "span_id": SPAN} | fields))  # type: ignore[arg-type]
    spans.add(trace_id=TRACE, span_id=SPAN, name="good")
    return out


def test_an_empty_body_is_an_empty_request() -> None:
    assert list(decode_traces(b"", "protobuf")) == []


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"trace_id": b""}, ".traceId: missing; the id must be 16 bytes that are not all zero"),
        ({"span_id": b""}, ".spanId: missing; the id must be 8 bytes that are not all zero"),
        ({"trace_id": bytes(16)}, ".traceId: all zero; the id must be 16 bytes that are not all zero"),
        ({"span_id": bytes(8)}, ".spanId: all zero;"),
        ({"trace_id": b"0a" * 16}, ".traceId: 32 bytes; the id must be 16 bytes"),
        ({"span_id": b"1234567"}, ".spanId: 7 bytes;"),
    ],
)
def test_a_span_without_ids_is_refused_alone(fields: dict[str, object], reason: str) -> None:
    decoded = decode_traces(request(**fields).SerializeToString(), "protobuf")
    assert [span.name for span in decoded] == ["good"]
    assert decoded.issues.rejected == 1
    assert decoded.issues.message().startswith("resourceSpans[0].scopeSpans[0].spans[0]" + reason)


def test_a_time_no_store_can_hold_is_a_warning() -> None:
    decoded = decode_traces(request(end_time_unix_nano=2**64 - 1).SerializeToString(), "protobuf")
    assert next(iter(decoded)).end_ns == 2**63 - 1
    assert decoded.issues.rejected == 0
    assert decoded.issues.message().startswith(
        "warning: resourceSpans[0].scopeSpans[0].spans[0]: the time 1844674"
    )


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"\xff\xfe\x00garbage" * 20, "resourceSpans: .*protobuf"),
        (b'{"resourceSpans": []}', "resourceSpans: byte 0 is no protobuf field"),
        (GOOD[:-3], "cut off or damaged"),
        (GOOD.replace(b"good", b"g\xff\xfed"), r"spans\[0\]: a string is not valid UTF-8"),
        (b"\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "a number that never ends"),
        (b"\x02\x01x", "byte 0 is no protobuf field"),
    ],
)
def test_what_is_no_request_says_where(body: bytes, words: str) -> None:
    with pytest.raises(InvalidInputError, match=words):
        list(decode_traces(body, "protobuf"))


def test_fields_of_later_versions_are_skipped() -> None:
    newer = b"\x7a\x03abc" + b"\x78\x96\x01" + b"\x79" + bytes(8) + b"\x7d" + bytes(4)
    assert [span.name for span in decode_traces(newer + GOOD + newer, "protobuf")] == ["good"]


def test_a_scope_that_stands_after_its_spans_is_still_theirs() -> None:
    out = ExportTraceServiceRequest()
    out.resource_spans.add().scope_spans.add().spans.add(trace_id=TRACE, span_id=SPAN)
    tail = ExportTraceServiceRequest()
    tail.resource_spans.add().scope_spans.add().scope.name = "late"
    spans, scope = (part.resource_spans[0].scope_spans[0].SerializeToString() for part in (out, tail))
    inner = spans + scope
    middle = b"\x12" + bytes([len(inner)]) + inner
    (only,) = decode_traces(b"\x0a" + bytes([len(middle)]) + middle, "protobuf")
    assert only.scope.name == "late"


def test_deep_nesting_is_refused() -> None:
    inner = b"\x0a\x01x"
    for _ in range(200):
        middle = b"\x0a" + _length(inner) + inner
        inner = b"\x2a" + _length(middle) + middle
    pair = b"\x0a\x01k\x12" + _length(inner) + inner
    span = b"\x0a\x10" + TRACE + b"\x12\x08" + SPAN + b"\x4a" + _length(pair) + pair
    for _ in range(2):
        span = b"\x12" + _length(span) + span
    with pytest.raises(InvalidInputError, match=r"spans\[0\]: nested too deeply"):
        list(decode_traces(b"\x0a" + _length(span) + span, "protobuf"))


def _length(raw: bytes) -> bytes:
    low, high = len(raw) & 0x7F, len(raw) >> 7
    return bytes([low]) if not high else bytes([low | 0x80, high])


@given(st.binary(max_size=200), st.integers(0, len(GOOD)))
def test_no_bytes_do_anything_but_decode_or_raise_our_error(noise: bytes, at: int) -> None:
    for body in (noise, GOOD[:at] + noise + GOOD[at:], GOOD[:at] + noise):
        for decode in (decode_traces, decode_logs):
            for encoding in ("protobuf", "json"):
                with contextlib.suppress(InvalidInputError):
                    list(decode(body, encoding))
