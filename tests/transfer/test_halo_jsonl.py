"""HALO JSONL lines become spans exactly: times to the nanosecond, ids as they are, nulls as absent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.errors import InvalidInputError
from halo_dash.model.span import SpanKind, StatusCode
from halo_dash.transfer.halo_jsonl import read_line, span_from_json
from halo_dash.transfer.iso_time import format_ns, parse_ns

RECORDED = Path(__file__).parents[1] / "fixtures" / "otlp" / "halo-jsonl"
LINE: dict[str, Any] = {
    "trace_id": "3A2DB5CF9B8A40D7936C8F0F84E50533",
    "span_id": "0ec24280b0314bf496e3a441",
    "parent_span_id": None,
    "trace_state": "",
    "name": "generation.gpt-4o-mini",
    "kind": "SPAN_KIND_CLIENT",
    "start_time": "2026-11-20T06:07:14.334776001Z",
    "end_time": "2026-11-20T06:07:14.334792009Z",
    "status": {"code": "STATUS_CODE_ERROR", "message": "boom"},
    "resource": {"attributes": {"service.name": "research-agent", "gone": None}},
    "scope": {"name": "openai-agents-sdk", "version": "0.24.0"},
    "attributes": {"n": 1, "f": 1.0, "s": "", "null": None, "inner": {"kept": None}},
}


def test_a_line_is_read_field_by_field() -> None:
    span = span_from_json(LINE)
    assert (span.trace_id, span.span_id, span.parent_span_id) == (
        LINE["trace_id"].lower(),
        LINE["span_id"],
        "",
    )
    assert (span.kind, span.status_code, span.status_message) == (SpanKind.CLIENT, StatusCode.ERROR, "boom")
    assert span.end_ns - span.start_ns == 16_008
    assert span.attributes == {"n": 1, "f": 1.0, "s": "", "inner": {"kept": None}}
    assert span.resource.attributes == {"service.name": "research-agent"}
    assert (span.scope.name, span.scope.version) == ("openai-agents-sdk", "0.24.0")


def test_events_and_links_are_read() -> None:
    line = LINE | {
        "events": [
            {"name": "exception", "time": "1970-01-01T00:00:00.000000001Z", "attributes": {"a": 1, "b": None}}
        ],
        "links": [{"trace_id": LINE["trace_id"], "span_id": "ab"}],
    }
    span = span_from_json(line)
    assert [(event.time_ns, event.name, event.attributes) for event in span.events] == [
        (1, "exception", {"a": 1})
    ]
    assert [(link.trace_id, link.span_id) for link in span.links] == [(LINE["trace_id"].lower(), "ab")]


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"trace_id": ""}, "trace_id '' is no id"),
        ({"trace_id": "0" * 32}, "trace_id .* is no id"),
        ({"span_id": "<b>"}, "span_id '<b>' is no id"),
        ({"span_id": 7}, "span_id is int, expected str"),
        ({"start_time": "yesterday"}, "start_time: 'yesterday' is not an ISO 8601 time"),
        ({"start_time": "2026-02-30T00:00:00Z"}, "start_time: .* not a day of the calendar"),
        ({"end_time": 12.5}, "end_time is float, expected str"),
        ({"kind": "CLIENT?"}, "kind 'CLIENT\\?' is none of SPAN_KIND_UNSPECIFIED"),
        ({"attributes": []}, "attributes is list, expected dict"),
        ({"events": [1]}, "events holds something that is no object"),
    ],
)
def test_what_cannot_be_read_is_named(changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(InvalidInputError, match=reason):
        span_from_json(LINE | changed)


def test_a_span_that_still_runs_has_no_end() -> None:
    assert span_from_json(LINE | {"end_time": None}).end_ns == 0


def test_lines_that_python_wrote_carelessly_are_read() -> None:
    data = json.dumps(LINE | {"name": "\ud83d", "attributes": {"x": float("nan"), "big": 2**70}}).encode()
    (span,) = read_line(data).spans
    assert span.name == "\ufffd"
    assert repr(span.attributes) == "{'x': nan, 'big': 1.1805916207174113e+21}"


def test_deep_lines_are_refused_not_a_crash() -> None:
    deep = json.dumps(LINE)[:-1] + ', "x": ' + "[" * 500 + "]" * 500 + "}"
    with pytest.raises(InvalidInputError, match="nested"):
        read_line(deep.encode())


@given(st.integers(0, 253_402_300_799_999_999_999))
def test_times_are_exact_to_the_nanosecond(time_ns: int) -> None:
    assert parse_ns(format_ns(time_ns)) == time_ns


FIRST, LAST = datetime(1970, 1, 2), datetime(2200, 1, 1)  # noqa: DTZ001  # hypothesis wants bounds without zone


@given(st.datetimes(FIRST, LAST, timezones=st.timezones()))
def test_times_with_a_zone_agree_with_datetime(moment: datetime) -> None:
    text = moment.isoformat()
    offset = moment.utcoffset()
    if offset is None or offset.total_seconds() % 60:
        return
    whole = moment.astimezone(UTC).replace(microsecond=0)
    assert parse_ns(text) == int(whole.timestamp()) * 10**9 + moment.microsecond * 1000


@pytest.mark.parametrize("name", ["chat.jsonl", "responses.jsonl"])
def test_recorded_files_are_read_whole(name: str) -> None:
    lines = (RECORDED / name).read_bytes().splitlines()
    spans = [span for line in lines for span in read_line(line).spans]
    assert len(spans) == 77
    assert {len(span.span_id) for span in spans} == {24}
    for line, span in zip(lines, spans, strict=True):
        raw = json.loads(line)
        assert format_ns(span.start_ns) == raw["start_time"]
        assert format_ns(span.end_ns) == raw["end_time"]
        assert span.attributes == {
            key: value for key, value in raw["attributes"].items() if value is not None
        }
