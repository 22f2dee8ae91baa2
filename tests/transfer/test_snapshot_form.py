"""A snapshot keeps every field of every span, and nothing damaged gets past its reader."""

from __future__ import annotations

import io
import json
import random
from dataclasses import fields

import pytest
from any_spans import stored_traces
from hypothesis import HealthCheck, given, settings

from halo_dash.errors import HaloError, InvalidInputError
from halo_dash.model.observation import Observation
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import Event, Link, LogRecord, Resource, Scope, Span
from halo_dash.transfer.batch import Batch
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.snapshot import SnapshotSource, write_snapshot
from halo_dash.transfer.snapshot.reader import _content_hash
from halo_dash.transfer.snapshot.records import LOG_RECORDS, SPANS

TRACE = "0af7651916cd43dd8448eb211c80319c"


def written(*traces: tuple[str, list[StoredSpan]]) -> bytes:
    out = io.BytesIO()
    write_snapshot(traces, out)
    return out.getvalue()


def read(data: bytes) -> list[Batch]:
    return list(SnapshotSource().batches(InputFile.of(data, "a.json")))


def a_trace() -> tuple[str, list[StoredSpan]]:
    """Two spans with one resource, all kinds of values, and a log record."""
    resource, scope = Resource({"service.name": "shop"}), Scope("lib", "1.0")
    root = Span(
        TRACE, "b7ad6b7169203331", name="run", start_ns=2**63 - 1, end_ns=1, resource=resource, scope=scope
    )
    child = Span(
        TRACE,
        "00f067aa0ba902b7",
        "b7ad6b7169203331",
        "chat ✓",
        3,
        1_700_000_000_123_456_789,
        attributes={
            "bytes": b"\x00\xff",
            "nan": float("nan"),
            "inf": [float("inf"), float("-inf"), -0.0, 1.0, 1],
            "big": 2**63 - 1,
            "nothing": None,
            "map": {"$bytes": "not bytes", "plain": True},
            "empty": [[], {}, "", b""],
        },
        events=(Event(5, "exception", {"a": "b"}),),
        links=(Link(TRACE, "b7ad6b7169203331", flags=1),),
        resource=resource,
        scope=scope,
    )
    log = LogRecord(TRACE, child.span_id, observed_ns=7, body={"content": "hi"}, resource=resource)
    return TRACE, [StoredSpan(root, Observation(), (), 0), StoredSpan(child, Observation(), (log,), 1)]


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
@given(stored_traces())
def test_every_span_and_log_record_comes_back_as_it_was(trace: tuple[str, list[StoredSpan]]) -> None:
    (batch,) = read(written(trace))
    # repr tells 1 from 1.0 from True, -0.0 from 0.0, and finds NaN equal to itself, where == does not.
    assert list(map(repr, batch.spans)) == [repr(stored.span) for stored in trace[1]]
    assert list(map(repr, batch.log_records)) == [repr(log) for stored in trace[1] for log in stored.logs]


def test_equal_resources_and_scopes_are_written_once() -> None:
    document = json.loads(written(a_trace()))
    (trace,) = document["traces"]
    assert len(trace["resources"]) == 1
    assert [span["resource"] for span in trace["spans"]] == [0, 0]


def test_resources_that_differ_only_in_type_stay_apart() -> None:
    odd = [
        StoredSpan(Span(TRACE, f"{number:016x}", resource=Resource({"n": value})), Observation(), (), number)
        for number, value in enumerate((1, 1.0, True, None, float("nan")), 1)
    ]
    (batch,) = read(written((TRACE, odd)))
    assert list(map(repr, batch.spans)) == [repr(stored.span) for stored in odd]


def test_writing_twice_gives_the_same_bytes() -> None:
    assert written(a_trace()) == written(a_trace())


def test_another_layout_of_the_same_json_is_still_the_snapshot() -> None:
    pretty = json.dumps(json.loads(written(a_trace())), indent=2).encode()
    assert list(map(repr, read(pretty)[0].spans)) == [repr(stored.span) for stored in a_trace()[1]]


def test_members_that_a_later_program_adds_are_ignored_outside_the_hashed_content() -> None:
    document = json.loads(written(a_trace()))
    document["exported_by"] = "somebody"
    assert len(read(json.dumps(document).encode())[0].spans) == 2


def test_a_file_cut_off_anywhere_is_refused() -> None:
    data = written(a_trace())
    whole = data.rstrip()
    for end in range(len(whole)):
        with pytest.raises(InvalidInputError):
            read(whole[:end])


def test_a_changed_byte_is_refused_or_changes_nothing() -> None:
    data = written(a_trace())
    truth = repr(read(data))
    rng = random.Random(20261120)  # noqa: S311  # the same bytes every time
    refused = 0
    for at in range(len(data)):
        changed = bytearray(data)
        changed[at] ^= 1 << rng.randrange(8)
        try:
            found = repr(read(bytes(changed)))
        except HaloError as error:
            refused += "a.json" in error.message
            continue
        assert found == truth, f"byte {at} changed silently"
    assert refused > 0.9 * len(data)


def test_a_newer_version_is_refused_with_the_way_out() -> None:
    data = written(a_trace()).replace(b'"version":1', b'"version":99', 1)
    with pytest.raises(InvalidInputError, match="format version 99") as caught:
        read(data)
    assert "pip install --upgrade halo-dash" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda trace: trace["spans"][0].update(resource=7), "resource 7 is none of the trace's 1"),
        (lambda trace: trace["spans"][0].update(start_ns="soon"), "start_ns: expected nanoseconds"),
        (lambda trace: trace["spans"][0].update(start_ns=5), "start_ns: expected nanoseconds"),
        (lambda trace: trace["spans"][0].pop("span_id"), "span_id is missing"),
        (lambda trace: trace["spans"][0].update(span_id="<script>"), "is no id"),
        (lambda trace: trace["spans"][1]["attributes"].update(x={"$pickle": "x"}), r"\$pickle is no value"),
        (lambda trace: trace["spans"][1]["attributes"].update(x={"$bytes": "%"}), "cannot be read"),
        (lambda trace: trace["spans"][1].update(events=[3]), "must be an object"),
        (lambda trace: trace.update(scopes=None), "scopes is missing"),
    ],
)
def test_a_crafted_file_with_a_right_hash_is_still_checked(change: object, reason: str) -> None:
    document = json.loads(written(a_trace()))
    change(document["traces"][0])  # type: ignore[operator]
    try:
        document["content_hash"] = _content_hash(document["traces"])
    except InvalidInputError:
        document["content_hash"] = ""
    with pytest.raises(InvalidInputError, match=reason):
        read(json.dumps(document).encode())


def test_deep_nesting_is_refused_not_a_crash() -> None:
    bomb = b'{"format":"halo-snapshot","version":1,"traces":' + b"[" * 900 + b"]" * 900 + b"}"
    with pytest.raises(InvalidInputError):
        read(bomb)


def test_a_snapshot_has_every_field_of_the_model() -> None:
    # Fields that equal their default are left out, so give every one another value.
    document = json.loads(written(a_trace()))
    assert {"span_id", "start_ns", "resource", "scope"} <= document["traces"][0]["spans"][0].keys()
    apart = {"trace_id", "resource", "scope"}
    assert {name for name, _, _ in SPANS._fields} == {field.name for field in fields(Span)} - apart
    assert {name for name, _, _ in LOG_RECORDS._fields} == {
        field.name for field in fields(LogRecord)
    } - apart - {"span_id"}
