"""OTLP/JSON as senders really write it, and what is refused."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import Event, Span
from halo_dash.otlp import decode_logs, decode_traces
from halo_dash.otlp.jsonwire import WHOLE

TRACE, SPAN = "0a" * 16, "0b" * 8
PLACE = "resourceSpans[0].scopeSpans[0].spans[0]"


def body(*spans: dict[str, Any]) -> bytes:
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": list(spans)}]}]}).encode()


def span(**fields: Any) -> dict[str, Any]:
    return {"traceId": TRACE, "spanId": SPAN} | fields


def read(*spans: dict[str, Any]) -> list[Span]:
    return list(decode_traces(body(*spans), "json"))


def attribute(value: Any) -> Any:
    (only,) = read(span(attributes=[{"key": "k", "value": value}]))
    return only.attributes["k"]


@pytest.mark.parametrize(
    ("trace_id", "span_id"),
    [
        (TRACE.upper(), SPAN.upper()),
        ("CgoKCgoKCgoKCgoKCgoKCg==", "CwsLCwsLCws="),
    ],
    ids=["upper-case hex", "base64"],
)
def test_ids_in_every_spelling(trace_id: str, span_id: str) -> None:
    (only,) = read({"traceId": trace_id, "spanId": span_id, "parentSpanId": span_id})
    assert (only.trace_id, only.span_id, only.parent_span_id) == (TRACE, SPAN, SPAN)


@pytest.mark.parametrize("parent", ["", None, "0000000000000000", "AAAAAAAAAAA="])
def test_a_parent_of_zeros_is_no_parent(parent: str | None) -> None:
    assert read(span(parentSpanId=parent))[0].parent_span_id == ""


def test_enums_as_names_and_numbers() -> None:
    for kind, code in ((3, 2), ("SPAN_KIND_CLIENT", "STATUS_CODE_ERROR"), ("3", "2")):
        (only,) = read(span(kind=kind, status={"code": code}))
        assert (only.kind, only.status_code) == (3, 2)


def test_an_unknown_enum_number_is_kept_and_an_unknown_name_is_a_warning() -> None:
    decoded = decode_traces(body(span(kind=17), span(kind="SPAN_KIND_DREAM")), "json")
    assert [each.kind for each in decoded] == [17, 0]
    assert "unknown enum name 'SPAN_KIND_DREAM'" in decoded.issues.message()


def test_64_bit_integers_as_text_and_as_numbers() -> None:
    for start in (1764000000123456789, "1764000000123456789"):
        assert read(span(startTimeUnixNano=start))[0].start_ns == 1764000000123456789
    assert attribute({"intValue": "-9223372036854775808"}) == -(2**63)
    assert attribute({"intValue": 42}) == 42
    assert attribute({"intValue": 42.0}) == 42


def test_snake_case_nulls_and_names_from_before_1_0() -> None:
    old = {
        "resource_spans": [
            {
                "resource": None,
                "instrumentationLibrarySpans": [
                    {
                        "instrumentationLibrary": {"name": "old", "version": None},
                        "spans": [
                            {
                                "trace_id": TRACE,
                                "span_id": SPAN,
                                "parent_span_id": None,
                                "start_time_unix_nano": "7",
                                "status": None,
                                "events": None,
                                "attributes": [{"key": "k", "value": {"string_value": "v"}}, {"key": "none"}],
                                "unheard_of": {"x": 1},
                            }
                        ],
                    }
                ],
            }
        ]
    }
    (only,) = decode_traces(json.dumps(old).encode(), "json")
    assert (only.scope.name, only.start_ns, only.attributes) == ("old", 7, {"k": "v", "none": None})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"stringValue": ""}, ""),
        ({"boolValue": False}, False),
        ({"boolValue": "true"}, True),
        ({"doubleValue": 1}, 1.0),
        ({"doubleValue": "Infinity"}, math.inf),
        ({"doubleValue": None}, None),
        ({"bytesValue": "_-8"}, b"\xff\xef"),
        ({"arrayValue": {}}, []),
        ({"arrayValue": {"values": [{"intValue": "1"}, {}]}}, [1, None]),
        ({"kvlistValue": {"values": [{"key": "a", "value": {"intValue": 1}}]}}, {"a": 1}),
        ({}, None),
        (None, None),
        ({"futureValue": 1}, None),
    ],
)
def test_attribute_values(value: Any, expected: Any) -> None:
    found = attribute(value)
    assert (type(found), found) == (type(expected), expected)


def test_bare_nan_lone_surrogates_and_a_byte_order_mark_do_not_cost_the_request() -> None:
    raw = body(span(name="half \ud83d", attributes=[{"key": "n", "value": {"doubleValue": math.nan}}]))
    assert b"NaN" in raw
    (only,) = decode_traces(b"\xef\xbb\xbf" + raw, "json")
    assert only.name == "half \ufffd"
    assert math.isnan(only.attributes["n"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        (
            {"traceId": "a" * 31},
            f"{PLACE}.traceId: 31 characters '{'a' * 31}'; expected 32 hexadecimal digits",
        ),
        ({"traceId": "0" * 32}, f"{PLACE}.traceId: all zero; the id must be 16 bytes that are not all zero"),
        ({"spanId": ""}, f"{PLACE}.spanId: missing; the id must be 8 bytes that are not all zero"),
        ({"spanId": None}, f"{PLACE}.spanId: missing;"),
        ({"spanId": 7}, f"{PLACE}.spanId: int instead of a string"),
        ({"traceId": "0a 0" * 8}, f"{PLACE}.traceId: 32 characters"),
        ({"startTimeUnixNano": "noon"}, f"{PLACE}.startTimeUnixNano: 'noon' where an integer is expected"),
        ({"startTimeUnixNano": -1}, f"{PLACE}.startTimeUnixNano: -1 is before 1970"),
        ({"name": 5}, f"{PLACE}.name: 5 where a string is expected"),
        ({"attributes": "x"}, f"{PLACE}.attributes: 'x' where a list is expected"),
        (
            {"attributes": [{"key": "n", "value": {"intValue": 2**63}}]},
            f"{PLACE}.attributes['n'].intValue: {2**63} does",
        ),
        (
            {"attributes": [{"key": "n", "value": {"bytesValue": "?"}}]},
            f"{PLACE}.attributes['n'].bytesValue: not base64",
        ),
        ({"flags": 2**32}, f"{PLACE}.flags: {2**32} is no unsigned 32-bit integer"),
        ({"events": [3]}, f"{PLACE}: int where an object is expected"),
    ],
)
def test_a_bad_span_is_refused_alone_with_its_place(fields: dict[str, Any], reason: str) -> None:
    decoded = decode_traces(body(span(**fields), span(name="good")), "json")
    assert [each.name for each in decoded] == ["good"]
    assert decoded.issues.rejected == 1
    assert decoded.issues.message().startswith(reason)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", "the body is not JSON: "),
        (b"{", "the body is not JSON: "),
        (b"[]", "the body is a JSON array, expected an object with 'resourceSpans'"),
        (b"null", "the body is a JSON null"),
        (b'{"resourceSpans": 3}', "resourceSpans: 3 where a list is expected"),
        (b'{"resourceSpans": ["x"]}', "resourceSpans[0]: a JSON string where an object is expected"),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"spans": {}}]}]}',
            "resourceSpans[0].scopeSpans[0].spans: {} where a list",
        ),
        (
            b'{"resourceSpans": [{"scopeSpans": [{"scope": 1}]}]}',
            "resourceSpans[0].scopeSpans[0]: a JSON number",
        ),
        (b'{"a": "\xff"}', "the body is not UTF-8: byte 7 is 0xff"),
        (b"[" * 100_000, "the JSON is nested too deeply to be an OTLP request"),
        (b'{"a":' * 500 + b"1" + b"}" * 500, ""),
    ],
)
def test_what_is_no_request_is_refused_whole(raw: bytes, reason: str) -> None:
    if not reason:  # an unknown field, however deep, is ignored
        assert list(decode_traces(raw, "json")) == []
        return
    with pytest.raises(InvalidInputError) as caught:
        list(decode_traces(raw, "json"))
    assert str(caught.value).startswith(reason)


def test_deep_nesting_is_refused_with_its_place() -> None:
    value: Any = {"stringValue": "x"}
    for _ in range(60):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(InvalidInputError, match=r"attributes\['k'\].*nested too deeply"):
        read(span(attributes=[{"key": "k", "value": value}]))


def test_times_after_2262_are_kept_at_the_limit_with_a_warning() -> None:
    decoded = decode_traces(
        body(span(startTimeUnixNano=str(2**64 - 1), events=[{"timeUnixNano": str(2**63)}])), "json"
    )
    (only,) = decoded
    assert (only.start_ns, only.events) == (2**63 - 1, (Event(2**63 - 1, ""),))
    assert decoded.issues.rejected == 0
    assert "after the year 2262" in decoded.issues.message()


def test_many_reasons_are_counted_and_a_few_spelled_out() -> None:
    decoded = decode_traces(body(*[span(spanId="x")] * 100), "json")
    assert list(decoded) == []
    assert decoded.issues.rejected == 100
    assert decoded.issues.message().endswith("; and 95 more")


def test_a_big_request_is_read_record_by_record_with_the_same_result() -> None:
    spans = [span(spanId=f"{n:016x}", name="x" * 3_000, kind="SPAN_KIND_CLIENT") for n in range(1, 2_000)]
    small = [each for part in range(0, len(spans), 500) for each in read(*spans[part : part + 500])]
    raw = body(*spans)
    assert len(raw) > WHOLE
    assert list(decode_traces(raw, "json")) == small
    for broken in (raw[:-1], b"[" + raw + b"]", raw.replace(b'"spanId"', b'"spanId', 1)):
        with pytest.raises(InvalidInputError):
            list(decode_traces(broken, "json"))


@pytest.mark.parametrize("deep", [b'"x": ', b'"resourceSpans": ', b'"resourceSpans": [{"resource": '])
def test_deep_nesting_in_a_big_request_is_refused(deep: bytes) -> None:
    with pytest.raises(InvalidInputError, match="nested too deeply to be an OTLP request"):
        list(decode_traces(b"{" + deep + b"[" * (WHOLE + 1), "json"))


def test_log_records_without_span_context_are_skipped_and_malformed_ones_refused() -> None:
    records: list[dict[str, Any]] = [
        span(
            body={"stringValue": "kept"},
            severityNumber="SEVERITY_NUMBER_INFO",
            eventName="e",
            timeUnixNano="0",
        ),
        {"body": {"stringValue": "no context"}},
        span(spanId="0" * 16),
        span(timeUnixNano="noon"),
    ]
    raw = json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": records}]}]}).encode()
    decoded = decode_logs(raw, "json")
    (only,) = decoded
    assert (only.body, only.severity_number, only.event_name) == ("kept", 9, "e")
    assert (decoded.issues.skipped, decoded.issues.rejected) == (2, 1)
