"""What an HTTP client is answered, request by request."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Callable

import pytest
import zstandard

from collector.running import JSON, LOGS, PROTOBUF, START, Running, request_of, until
from halo_dash.model.span import Span
from halo_dash.otlp import encode_traces

GOOD = request_of().SerializeToString()
GOOD_JSON = encode_traces([Span("0a" * 16, "0b" * 8, name="json")], "json")


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v1/traces",
        "/v1/traces/",
        "/otel/v1/traces",
        "/v1/otel/v1/traces",
        "/api/public/otel/v1/traces",
        "/v1/logs",
        "/v1/metrics",
    ],
)
def test_paths_that_exporters_send_to(collector: Running, path: str) -> None:
    body = b"" if "traces" not in path and path != "/" else GOOD
    answer = collector.post(body, path=path)
    assert (answer.status, answer.body, answer.headers["content-type"]) == (
        200,
        b"",
        "application/x-protobuf",
    )


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
def test_json_is_answered_in_json(collector: Running, content_type: str) -> None:
    answer = collector.post(GOOD_JSON, {"Content-Type": content_type})
    assert (answer.status, answer.body, answer.headers["content-type"]) == (200, b"{}", "application/json")


def test_every_compression(collector: Running) -> None:
    packers: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.compress,
        "deflate": zlib.compress,
        "zstd": zstandard.ZstdCompressor().compress,
        "identity": bytes,
        "GZIP": gzip.compress,
    }
    for n, (coding, pack) in enumerate(packers.items()):
        body = request_of(3, trace=100 + n).SerializeToString()
        assert collector.post(pack(body), PROTOBUF | {"Content-Encoding": coding}).status == 200
        assert len(collector.store.spans.outline(f"{100 + n:032x}")) == 3


def test_an_answered_span_can_be_read_at_once(collector: Running) -> None:
    assert collector.post(request_of(7, trace=7).SerializeToString()).status == 200
    assert [span.name for span in collector.store.spans.outline(f"{7:032x}")] == [
        f"span {n}" for n in range(1, 8)
    ]


def test_the_same_request_twice_changes_nothing(collector: Running) -> None:
    body = request_of(5, trace=8).SerializeToString()
    assert collector.post(body).status == 200
    before = collector.store.stats()
    answer = collector.post(body)
    assert (answer.status, answer.body) == (200, b"")
    after = collector.store.stats()
    assert (after.spans, after.revision) == (before.spans, before.revision)


def test_a_chunked_body(collector: Running) -> None:
    body = request_of(2, trace=9).SerializeToString()
    with collector.connect() as sock:
        sock.sendall(
            b"POST /v1/traces HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-protobuf\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n"
        )
        for start in range(0, len(body), 10):
            part = body[start : start + 10]
            sock.sendall(b"%x\r\n%s\r\n" % (len(part), part))
        sock.sendall(b"0\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 200 OK")
    assert len(collector.store.spans.outline(f"{9:032x}")) == 2


def test_get_explains(collector: Running) -> None:
    for path in ("/", "/v1/traces"):
        answer = collector.request("GET", path)
        assert answer.status == 200
        assert answer.headers["content-type"] == "text/plain; charset=utf-8"
        assert b"It receives OpenTelemetry data by POST" in answer.body
        assert b"http://127.0.0.1:4280" in answer.body
    assert collector.request("GET", "/nothing").status == 404


def test_health(collector: Running) -> None:
    assert collector.request("GET", "/healthz").body == b"ok\n"
    assert collector.request("GET", "/readyz").body == b"ready\n"
    assert collector.request("HEAD", "/healthz").status == 200


def nested(levels: int) -> bytes:
    value = '{"stringValue":"x"}'
    for _ in range(levels):
        value = f'{{"arrayValue":{{"values":[{value}]}}}}'
    attribute = f'{{"key":"k","value":{value}}}'
    span = f'{{"traceId":"{"0a" * 16}","spanId":"{"0b" * 8}","attributes":[{attribute}]}}'
    return f'{{"resourceSpans":[{{"scopeSpans":[{{"spans":[{span}]}}]}}]}}'.encode()


BAD: list[tuple[str, bytes, dict[str, str], str, int, str]] = [
    (
        "garbage",
        b"\xff\xfe\x00garbage" * 20,
        PROTOBUF,
        "/v1/traces",
        400,
        "resourceSpans: byte 0 is no protobuf field",
    ),
    (
        "json sent as protobuf",
        b"{}",
        PROTOBUF,
        "/v1/traces",
        400,
        "JSON with the header Content-Type: application/json",
    ),
    ("cut off protobuf", GOOD[:-2], PROTOBUF, "/v1/traces", 400, "the protobuf is cut off or damaged"),
    ("empty json", b"", JSON, "/v1/traces", 400, "the body is not JSON"),
    ("bad json", b'{"resourceSpans": [', JSON, "/v1/traces", 400, "the body is not JSON"),
    ("not utf-8", b'{"a":"\xff\xff"}', JSON, "/v1/traces", 400, "the body is not UTF-8: byte 6 is 0xff"),
    (
        "invalid utf-8",
        GOOD.replace(b"span 1", b"sp\xff\xfe 1"),
        PROTOBUF,
        "/v1/traces",
        400,
        "a string is not valid UTF-8",
    ),
    ("deep nesting", nested(300), JSON, "/v1/traces", 400, "nested too deeply"),
    ("deeper nesting", b"[" * 200_000, JSON, "/v1/traces", 400, "nested too deeply"),
    (
        "cut off gzip",
        gzip.compress(GOOD)[:-9],
        PROTOBUF | {"Content-Encoding": "gzip"},
        "/v1/traces",
        400,
        "the gzip body is cut off after",
    ),
    ("not gzip", GOOD, PROTOBUF | {"Content-Encoding": "gzip"}, "/v1/traces", 400, "the body is not gzip"),
    (
        "unknown encoding",
        GOOD,
        PROTOBUF | {"Content-Encoding": "br"},
        "/v1/traces",
        415,
        "Content-Encoding 'br' is not",
    ),
    (
        "wrong type",
        GOOD,
        {"Content-Type": "text/plain"},
        "/v1/traces",
        415,
        "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf",
    ),
    (
        "no type",
        GOOD,
        {"Content-Type": ""},
        "/v1/traces",
        415,
        "expected application/x-protobuf or application/json",
    ),
    ("wrong path", GOOD, PROTOBUF, "/v1/spans", 404, "nothing is received at /v1/spans"),
]


@pytest.mark.parametrize(
    ("body", "headers", "path", "status", "words"), [each[1:] for each in BAD], ids=[each[0] for each in BAD]
)
def test_bad_requests(  # noqa: PLR0917 - one case
    collector: Running, body: bytes, headers: dict[str, str], path: str, status: int, words: str
) -> None:
    answer = collector.post(body, headers, path)
    assert answer.status == status
    assert words in answer.error
    kind = headers["Content-Type"]
    assert answer.headers["content-type"] == (
        kind if kind == "application/x-protobuf" else "application/json"
    )
    assert "retry-after" not in answer.headers, "sending the same again cannot work"


def test_a_request_over_the_limit(collector: Running) -> None:
    for body, headers in (
        (bytes(65 << 20), PROTOBUF),
        (gzip.compress(bytes(80 << 20), 1), PROTOBUF | {"Content-Encoding": "gzip"}),
        (zstandard.ZstdCompressor().compress(bytes(300 << 20)), JSON | {"Content-Encoding": "zstd"}),
    ):
        answer = collector.post(body, headers)
        assert answer.status == 413
        assert answer.error.startswith("the request is larger than the limit of 64 MiB after decompression")
        assert "OTEL_BSP_MAX_EXPORT_BATCH_SIZE" in answer.error


def test_other_methods(collector: Running) -> None:
    answer = collector.request("PUT", "/v1/traces", GOOD, PROTOBUF)
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


def test_bad_spans_cost_only_themselves(collector: Running) -> None:
    request = request_of(2, trace=20)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans.add(name="no ids")
    spans.add(trace_id=bytes(16), span_id=bytes(8))
    answer = collector.post(request.SerializeToString())
    assert answer.status == 200
    rejected, message = answer.partial
    assert rejected == 2
    assert message.startswith("resourceSpans[0].scopeSpans[0].spans[2].traceId: missing")
    assert len(collector.store.spans.outline(f"{20:032x}")) == 2


def test_ids_of_31_digits_are_a_partial_success_in_json(collector: Running) -> None:
    spans = [{"traceId": "a" * 31, "spanId": "b" * 16}, {"traceId": "a" * 32, "spanId": "b" * 16}]
    body = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode()
    answer = collector.post(body, JSON)
    partial = json.loads(answer.body)["partialSuccess"]
    assert (answer.status, partial["rejectedSpans"]) == (200, "1")
    assert "31 characters" in partial["errorMessage"]


def test_odd_spans_are_kept_as_they_are(collector: Running) -> None:
    request = request_of(2, trace=21)
    spans = request.resource_spans[0].scope_spans[0].spans
    spans[0].end_time_unix_nano = 5  # before its start
    spans[0].attributes.add(key="nan").value.double_value = float("nan")
    spans.add().CopyFrom(spans[1])  # the same id twice in one request
    for n in range(100_000):
        spans[1].attributes.add(key=f"k{n}").value.int_value = n
    answer = collector.post(request.SerializeToString())
    assert (answer.status, answer.body) == (200, b"")
    first, second = (stored.span for stored in collector.store.spans.page(f"{21:032x}").items)
    assert (first.start_ns, first.end_ns, repr(first.attributes["nan"])) == (START + 1, 5, "nan")
    assert len(second.attributes) == 100_000, "the more complete of the two versions"


def test_times_beyond_the_store_are_a_warning(collector: Running) -> None:
    request = request_of(trace=22)
    request.resource_spans[0].scope_spans[0].spans[0].end_time_unix_nano = 2**64 - 1
    rejected, message = collector.post(request.SerializeToString()).partial
    assert rejected == 0
    assert message.startswith("warning: ")


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 403),
        ({"Host": "evil.example:4281"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Host": "127.0.0.1.evil.example"}, 403),
        ({"Host": "[::1"}, 403),
        ({"Origin": "http://localhost:3000"}, 200),
        ({"Host": "LOCALHOST:4281"}, 200),
        ({"Host": "[::1]:4281"}, 200),
        ({"Host": "host.docker.internal:4281"}, 200),
    ],
)
def test_only_this_machine_may_send(collector: Running, headers: dict[str, str], status: int) -> None:
    assert collector.post(GOOD, PROTOBUF | headers).status == status


def test_a_name_that_was_allowed(start: Callable[..., Running]) -> None:
    running = start(allowed_hosts=("Agents.example",))
    assert running.post(GOOD, PROTOBUF | {"Host": "agents.example:4281"}).status == 200


def test_a_token_is_asked_for(start: Callable[..., Running]) -> None:
    running = start(token="s3cret")
    answer = running.post(GOOD)
    assert (answer.status, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "OTEL_EXPORTER_OTLP_HEADERS" in answer.error
    assert running.post(GOOD, PROTOBUF | {"Authorization": "Bearer wrong"}).status == 401
    good = PROTOBUF | {"Authorization": "Bearer s3cret", "Host": "192.0.2.1:4281"}
    assert running.post(GOOD, good).status == 200
    assert running.request("GET", "/healthz").status == 200


def test_a_log_record_of_no_agent_is_answered_and_not_kept(collector: Running) -> None:
    record = {"traceId": "0c" * 16, "spanId": "0d" * 8, "body": {"stringValue": "plain"}}
    other = record | {"eventName": "gen_ai.user.message", "body": {"stringValue": "hello"}}
    spans = [{"traceId": "0c" * 16, "spanId": "0d" * 8, "startTimeUnixNano": str(START)}]
    assert (
        collector.post(
            json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}).encode(), JSON
        ).status
        == 200
    )
    body = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": [record, other]}]}]}).encode()
    answer = collector.post(body, JSON, "/v1/logs")
    assert (answer.status, answer.body) == (200, b"{}")
    stored = collector.store.spans.get("0c" * 16, "0d" * 8)
    assert stored is not None
    assert [log.body for log in stored.logs] == ["hello"]


def test_senders_and_rejections_are_on_record(start: Callable[..., Running]) -> None:
    running = start()
    agent = {"User-Agent": "OTel-OTLP-Exporter-Test/1.0"}
    running.post(gzip.compress(GOOD), PROTOBUF | agent | {"Content-Encoding": "gzip"})
    running.post(gzip.compress(GOOD), PROTOBUF | agent | {"Content-Encoding": "gzip"})
    running.post(GOOD, agent | {"Content-Type": "text/plain"})
    running.call(b"", LOGS)
    overview = until(lambda: len((found := running.overview()).exporters) >= 3 and found)
    by_name = {(each.exporter.user_agent, each.exporter.compression): each for each in overview.exporters}
    known = by_name["OTel-OTLP-Exporter-Test/1.0", "gzip"]
    assert (known.requests, known.spans, known.duplicate_spans) == (2, 2, 1)
    assert by_name["OTel-OTLP-Exporter-Test/1.0", ""].rejected_requests == 1
    (rejection,) = overview.rejections
    assert (rejection.code, rejection.mend) == ("HTTP 415", "OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf")
    (scope,) = overview.scopes
    assert (scope.name, scope.dialect, scope.spans) == (
        "openinference.instrumentation.openai",
        "openinference",
        2,
    )
