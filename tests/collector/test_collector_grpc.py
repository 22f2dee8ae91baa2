"""What a gRPC client is answered."""

from __future__ import annotations

import threading
from collections.abc import Callable

import grpc
import pytest
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from collector.running import (
    LOGS,
    METRICS,
    TRACES,
    Running,
    call_error,
    rejected_logs,
    request_of,
    retry_delay_s,
    until,
)

GOOD = request_of().SerializeToString()


@pytest.mark.parametrize("method", [TRACES, LOGS, METRICS])
def test_success_leaves_partial_success_unset(collector: Running, method: str) -> None:
    assert collector.call(GOOD if method == TRACES else b"", method) == b""


@pytest.mark.parametrize("compression", [grpc.Compression.Gzip, grpc.Compression.Deflate])
def test_compressed_calls(collector: Running, compression: grpc.Compression) -> None:
    trace = 50 + compression.value
    collector.call(request_of(4, trace=trace).SerializeToString(), compression=compression)
    assert len(collector.store.spans.outline(f"{trace:032x}")) == 4


@pytest.mark.parametrize(("compression", "coding"), [("Gzip", "gzip"), ("Deflate", "deflate")])
def test_a_compressed_call_is_unpacked_by_us_and_noted(
    collector: Running, compression: str, coding: str
) -> None:
    """gRPC itself would unpack sixteen calls at once, each to the limit."""

    def noted() -> bool:
        exporters = [each.exporter for each in collector.overview().exporters]
        return any(each.transport == "grpc" and each.compression == coding for each in exporters)

    how = getattr(grpc.Compression, compression)
    collector.call(GOOD * 20, compression=how)
    until(noted)
    code, words, _ = call_error(lambda: collector.call(b"\xff\xfe" + bytes(1_000), compression=how))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert words.startswith("resourceSpans: byte 0 is no protobuf field")


def test_a_message_of_20_mib(collector: Running) -> None:
    assert collector.call(request_of(trace=60, text="x" * (20 << 20)).SerializeToString()) == b""
    stored = collector.store.spans.get(f"{60:032x}", f"{1:016x}")
    assert stored is not None
    assert len(str(stored.span.attributes["text"])) == 20 << 20


def test_garbage_is_an_invalid_argument(collector: Running) -> None:
    code, words, details = call_error(lambda: collector.call(b"\xff\xfegarbage"))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert words.startswith("resourceSpans: byte 0 is no protobuf field")
    assert details is not None
    assert (details.code, details.message) == (3, words)
    assert retry_delay_s(details) is None


def test_bad_spans_are_counted(collector: Running) -> None:
    request = request_of(2, trace=61)
    request.resource_spans[0].scope_spans[0].spans.add(name="no ids")
    partial = ExportTraceServiceResponse.FromString(
        collector.call(request.SerializeToString())
    ).partial_success
    assert partial.rejected_spans == 1
    assert "spans[2].traceId: missing" in partial.error_message


def test_too_large_is_not_to_be_retried(collector: Running) -> None:
    for how in ({}, {"compression": grpc.Compression.Gzip}):
        code, _, details = call_error(lambda how=how: collector.call(bytes(65 << 20), **how))  # type: ignore[misc]
        assert code is grpc.StatusCode.RESOURCE_EXHAUSTED
        assert retry_delay_s(details) is None


def test_log_records_without_context_are_no_fault(collector: Running) -> None:
    request = ExportLogsServiceRequest()
    records = request.resource_logs.add().scope_logs.add().log_records
    records.add().body.string_value = "no span"
    assert rejected_logs(collector.call(request.SerializeToString(), LOGS)) == (0, "")


def test_an_unknown_method(collector: Running) -> None:
    code, _, _ = call_error(lambda: collector.call(b"", "/opentelemetry.proto.collector.profiles.v1/Export"))
    assert code is grpc.StatusCode.UNIMPLEMENTED


def test_a_token_is_asked_for(start: Callable[..., Running]) -> None:
    running = start(token="s3cret")
    code, words, _ = call_error(lambda: running.call(GOOD))
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "asks for its token" in words
    assert running.call(GOOD, metadata=(("authorization", "Bearer s3cret"),)) == b""


def test_a_client_that_pings_every_second_is_not_sent_away(collector: Running) -> None:
    options = [
        ("grpc.keepalive_time_ms", 1000),
        ("grpc.keepalive_timeout_ms", 2000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.http2.min_time_between_pings_ms", 200),
    ]
    lost = threading.Event()
    states: list[grpc.ChannelConnectivity] = []

    def seen(state: grpc.ChannelConnectivity) -> None:
        states.append(state)
        if states[-2:] != states[-1:] and grpc.ChannelConnectivity.READY in states[:-1]:
            lost.set()

    with grpc.insecure_channel(collector.target, options=options) as channel:
        channel.subscribe(seen, try_to_connect=True)
        channel.unary_unary(TRACES)(GOOD, timeout=60)
        assert not lost.wait(3.5), f"the connection was lost: {states}"
        assert channel.unary_unary(TRACES)(GOOD, timeout=60) == b""


def test_many_calls_at_once_over_many_connections(collector: Running) -> None:
    failures: list[Exception] = []

    def send(worker: int) -> None:
        try:
            for n in range(5):
                collector.call(request_of(3, trace=1000 + worker, first=1 + 3 * n).SerializeToString())
        except Exception as error:  # noqa: BLE001 - reported below
            failures.append(error)

    threads = [threading.Thread(target=send, args=(worker,)) for worker in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not failures
    for worker in range(12):
        assert len(collector.store.spans.outline(f"{1000 + worker:032x}")) == 15


def test_the_sender_is_on_record(collector: Running) -> None:
    def grpc_sender() -> bool:
        return any(
            each.exporter.transport == "grpc" and "grpc-python" in each.exporter.user_agent and each.spans
            for each in collector.overview().exporters
        )

    collector.call(GOOD)
    until(grpc_sender)
