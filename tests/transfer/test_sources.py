"""Every kind of file is recognised by what it holds and read to the last span; what is bad is named."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from halo_dash.errors import InvalidInputError, NotFoundError, TooLargeError
from halo_dash.otlp import decode_traces
from halo_dash.transfer import input_file
from halo_dash.transfer.batch import Batch
from halo_dash.transfer.input_file import InputFile
from halo_dash.transfer.jsondoc import top_level_keys
from halo_dash.transfer.sources import detect, read_line

RECORDED = Path(__file__).parents[1] / "fixtures" / "otlp"
JSON_BODY = (RECORDED / "vercel-ai-sdk-v6" / "1.json").read_bytes()
PRETTY_BODY = (RECORDED / "inference-catalyst" / "1.json").read_bytes()
PROTO_BODY = (RECORDED / "plain-otel" / "1.binpb").read_bytes()
LOGS_BODY = (RECORDED / "otel-genai-openai" / "1.logs.binpb").read_bytes()
JSONL = (RECORDED / "halo-jsonl" / "chat.jsonl").read_bytes()


def read(data: bytes, name: str = "file") -> list[Batch]:
    file = InputFile.of(data, name)
    return list(detect(file).batches(file))


def spans_of(data: bytes) -> list[object]:
    batches = read(data)
    assert not [part for batch in batches for part in batch.bad]
    return [span for batch in batches for span in batch.spans]


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (JSON_BODY, "otlp-json"),
        (PRETTY_BODY, "otlp-json"),
        (b"[" + JSON_BODY + b"]", "otlp-json"),
        (b'\xef\xbb\xbf{"resource_spans": []}', "otlp-json"),
        (JSONL, "halo-jsonl"),
        (PROTO_BODY, "otlp-protobuf"),
        (len(PROTO_BODY).to_bytes(4, "big") + PROTO_BODY, "otlp-protobuf"),
        (LOGS_BODY, "otlp-protobuf"),
        (b'{"format":"halo-snapshot"', "snapshot"),
        (b'{"traces":[],"format":"halo-snapshot"}', "snapshot"),
    ],
)
def test_files_are_recognised_plain_and_gzipped(data: bytes, name: str) -> None:
    assert detect(data).name == name
    assert detect(gzip.compress(data)).name == name


@pytest.mark.parametrize(
    ("data", "seen"),
    [
        (b"", "is empty"),
        (b" \n\n", "is empty"),
        (b'{"data": [], "meta": {}}', "the keys data, meta"),
        (b"trace_id,span_id\n1,2\n", "b'trace_id,span_id'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", "PNG"),
    ],
)
def test_foreign_files_are_refused_with_what_was_seen(data: bytes, seen: str) -> None:
    with pytest.raises(InvalidInputError, match=seen):
        detect(data)


def test_a_name_means_nothing(tmp_path: Path) -> None:
    path = tmp_path / "holiday.png"
    path.write_bytes(gzip.compress(JSONL))
    assert detect(path).name == "halo-jsonl"


def test_missing_files_and_folders_are_named(tmp_path: Path) -> None:
    with pytest.raises(NotFoundError, match=r"absent\.jsonl does not exist"):
        InputFile.at(tmp_path / "absent.jsonl")
    with pytest.raises(InvalidInputError, match="is a folder"):
        InputFile.at(tmp_path)


def test_every_layout_of_requests_gives_the_same_spans() -> None:
    truth = [*decode_traces(JSON_BODY, "json")] * 2
    one_line = json.dumps(json.loads(JSON_BODY)).encode()
    pretty = json.dumps(json.loads(JSON_BODY), indent=2).encode()
    layouts = (
        one_line + b"\n" + one_line + b"\n",
        one_line + b"\r\n\r\n" + one_line,
        b"[" + one_line + b"," + one_line + b"]",
        pretty + b"\n" + pretty,
        pretty + pretty,
    )
    for layout in layouts:
        assert spans_of(layout) == truth
        assert spans_of(gzip.compress(layout)) == truth


def test_protobuf_requests_may_follow_each_other_with_their_sizes() -> None:
    framed = b"".join(len(body).to_bytes(4, "big") + body for body in (PROTO_BODY, LOGS_BODY, PROTO_BODY))
    batches = read(framed)
    assert [bool(batch.spans) for batch in batches] == [True, False, True]
    assert batches[1].log_records
    with pytest.raises(InvalidInputError, match="request 3 is cut off"):
        read(framed[:-1])


def test_a_bad_line_is_named_and_spoils_no_other() -> None:
    lines = JSONL.splitlines()
    lines[4] = lines[4][:100]
    lines[9] = b'{"trace_id": "xyz"}'
    batches = read(b"\n".join(lines))
    bad = [str(part) for batch in batches for part in batch.bad]
    assert len(bad) == 2
    assert bad[0].startswith("line 5: ")
    assert bad[1].startswith("line 10: trace_id 'xyz' is no id")
    assert sum(len(batch.spans) for batch in batches) == len(lines) - 2


def test_spans_that_otlp_refuses_are_named_with_their_place() -> None:
    request = {
        "resourceSpans": [
            {"scopeSpans": [{"spans": [{"traceId": "12", "spanId": "00f067aa0ba902b7", "name": "x"}]}]}
        ]
    }
    (batch,) = read(json.dumps(request).encode())
    assert str(batch.bad[0]).startswith("line 1: resourceSpans[0].scopeSpans[0].spans[0]")


def test_damaged_gzip_is_said_to_be_damaged() -> None:
    packed = gzip.compress(JSONL)
    with pytest.raises(InvalidInputError, match="ends in the middle of its gzip data"):
        read(packed[: len(packed) // 2])
    flipped = bytearray(packed)
    flipped[len(packed) // 2] ^= 0xFF
    with pytest.raises(InvalidInputError, match="damaged gzip data"):
        read(bytes(flipped))


@pytest.mark.parametrize("content", [b"[" + b" " * 30_000_000, b"{}\n" * 10_000_000])
def test_a_gzip_bomb_costs_no_more_than_the_limit(content: bytes) -> None:
    file = InputFile.of(gzip.compress(content), "bomb.json.gz", limit=1_000_000)
    with pytest.raises(TooLargeError, match=r"bomb\.json\.gz is over 0 MiB"):
        file.whole()
    with pytest.raises(TooLargeError, match=r"bomb\.json\.gz is over 0 MiB"):
        list(file.lines())


def test_a_file_that_only_works_whole_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_file, "WHOLE_LIMIT", 1_000_000)
    with pytest.raises(TooLargeError, match="cannot be read in pieces"):
        InputFile.of(b"[" + b" " * 2_000_000, "large.json").whole()


def test_a_line_without_end_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(input_file, "LINE_LIMIT", 1000)
    with pytest.raises(TooLargeError, match="line 2: longer than"):
        list(InputFile.of(b"{}\n" + b" " * 1001 + b"{}", "x").lines())


def test_one_line_of_a_growing_file_may_be_either_kind() -> None:
    assert len(read_line(JSONL.splitlines()[0]).spans) == 1
    assert read_line(json.dumps(json.loads(JSON_BODY)).encode()).spans == tuple(
        decode_traces(JSON_BODY, "json")
    )
    for line in (b"{}", b"[1]", b"garbage", b'{"a": 1}'):
        with pytest.raises(InvalidInputError):
            read_line(line)


@pytest.mark.parametrize(
    ("head", "keys"),
    [
        (b'{"a": {"x": 1}, "b": [{"y": 2}], "c', ("a", "b")),
        (b'[ {"a": "}\\"{", "b": 1}, {"z": 1}]', ("a", "b")),
        (b'{"a:b": 1} {"c": 2}', ("a:b",)),
        (b'{"a": "\\"trace_id\\": 1', ("a",)),
        (b'{"a": "' + b'\\"' * 30_000, ("a",)),
        (b"[1, 2]", ()),
        (b"", ()),
    ],
)
def test_the_keys_of_the_first_object_are_found_in_a_cut_head(head: bytes, keys: tuple[str, ...]) -> None:
    assert top_level_keys(head) == keys
