"""Whole journeys through a real store: every recorded client out and in again, twice, damaged, in pieces."""

from __future__ import annotations

import gzip
import io
import json
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from any_spans import TRACE_IDS, log_records, spans
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from halo_dash.errors import HaloError, InvalidInputError, NotFoundError, TooLargeError
from halo_dash.ingest import Ingest
from halo_dash.model.span import LogRecord, Span
from halo_dash.otlp import decode_logs, decode_traces
from halo_dash.semconv.logs import is_genai_log
from halo_dash.store import Store
from halo_dash.transfer import importing
from halo_dash.transfer.exporting import export_snapshot, export_snapshot_file, stored_spans
from halo_dash.transfer.importing import import_bytes, import_file

RECORDED = Path(__file__).parents[1] / "fixtures" / "otlp"
CLIENTS = sorted(path.name for path in RECORDED.iterdir() if path.is_dir())
JSONL = RECORDED / "halo-jsonl" / "chat.jsonl"


class Place:
    """A store with its ingest."""

    def __init__(self, path: Path) -> None:
        self.store = Store.open(path)
        self.ingest = Ingest(self.store)

    def close(self) -> None:
        self.ingest.close()
        self.store.close()

    def exported(self, *trace_ids: str) -> bytes:
        out = io.BytesIO()
        export_snapshot(self.store, trace_ids, out)
        return out.getvalue()

    def content(self, trace_id: str) -> list[str]:
        # repr tells values apart that are equal in Python (1, 1.0, True) and finds NaN equal to itself.
        return [repr((stored.span, stored.logs)) for stored in stored_spans(self.store, trace_id)]


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "here.db")
    yield place
    place.close()


@pytest.fixture
def there(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path / "there.db")
    yield place
    place.close()


def requests_of(client: str) -> list[Path]:
    return sorted(
        path
        for path in (RECORDED / client).iterdir()
        if path.suffix in {".binpb", ".json", ".jsonl"} and path.stem != "meta"
    )


def truth_of(client: str) -> tuple[list[Span], list[LogRecord]]:
    """What the decoders say of a client's requests."""
    found: list[Span] = []
    records: list[LogRecord] = []
    for path in requests_of(client):
        encoding = "json" if path.suffix == ".json" else "protobuf"
        if ".logs." in path.name:
            records.extend(
                record for record in decode_logs(path.read_bytes(), encoding) if is_genai_log(record)
            )
        elif path.suffix != ".jsonl":
            found.extend(decode_traces(path.read_bytes(), encoding))
    return found, records


@pytest.mark.parametrize("client", CLIENTS)
def test_a_recorded_client_goes_out_and_in_again_byte_for_byte(
    client: str, here: Place, there: Place
) -> None:
    traces: set[str] = set()
    for path in requests_of(client):
        traces.update(import_file(here.ingest, path).traces)
    first = here.exported(*traces)
    import_bytes(there.ingest, first, "run.json")
    assert there.exported(*traces) == first
    for trace_id in traces:
        assert there.content(trace_id) == here.content(trace_id)
    found, records = truth_of(client)
    if found:
        kept = {
            span.span_id: span
            for trace_id in traces
            for span in (s.span for s in stored_spans(there.store, trace_id))
        }
        assert {repr(span) for span in found} >= {repr(span) for span in kept.values()}
        assert kept.keys() == {span.span_id for span in found}
        logs = [
            log
            for trace_id in traces
            for stored in stored_spans(there.store, trace_id)
            for log in stored.logs
        ]
        assert sorted(map(repr, logs)) == sorted({repr(record) for record in records})


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.function_scoped_fixture,
        HealthCheck.data_too_large,
    ],
)
@given(data=st.data())
def test_any_trace_goes_out_and_in_again_byte_for_byte(
    data: st.DataObject, here: Place, there: Place
) -> None:
    trace_id = data.draw(TRACE_IDS)
    found = data.draw(st.lists(spans(trace_id), min_size=1, max_size=3, unique_by=lambda span: span.span_id))
    records = data.draw(st.lists(log_records(trace_id, found[0].span_id), max_size=2))
    here.ingest.write_spans(found, records, source="live")
    first = here.exported(trace_id)
    import_bytes(there.ingest, first, "run.json")
    assert there.exported(trace_id) == first
    assert sorted(there.content(trace_id)) == sorted(here.content(trace_id))


def test_importing_twice_changes_nothing(here: Place, there: Place) -> None:
    traces = import_file(here.ingest, JSONL).traces
    snapshot = here.exported(*traces)
    first = import_bytes(there.ingest, snapshot, "run.json")
    assert (first.inserted, first.duplicates) == (77, 0)
    revision = there.store.stats().revision
    again = import_bytes(there.ingest, snapshot, "run.json")
    assert (again.inserted, again.updated, again.duplicates) == (0, 0, 77)
    assert there.store.stats().revision == revision


def test_an_imported_trace_says_so(here: Place) -> None:
    (trace_id, *_) = import_file(here.ingest, JSONL).traces
    row = here.store.traces.get(trace_id)
    assert row is not None
    assert row.source == "import"


def test_a_report_says_what_was_there(here: Place, tmp_path: Path) -> None:
    packed = tmp_path / "spans.jsonl.gz"
    packed.write_bytes(gzip.compress(JSONL.read_bytes()))
    report = import_file(here.ingest, packed)
    assert (report.source, report.title, report.spans, report.inserted) == (
        "halo-jsonl",
        "HALO JSONL",
        77,
        77,
    )
    assert len(report.traces) == 8
    assert report.name == str(packed)


@pytest.mark.parametrize("damage", ["cut", "flip", "version", "foreign", "hash"])
def test_a_damaged_snapshot_leaves_the_store_as_it_was(damage: str, here: Place, there: Place) -> None:
    data = here.exported(*import_file(here.ingest, JSONL).traces)
    import_file(there.ingest, RECORDED / "plain-otel" / "1.binpb")
    before = (there.store.stats().revision, there.store.stats().spans)
    rng = random.Random(7)  # noqa: S311  # the same places every time
    for _ in range(25):
        at = rng.randrange(200, len(data) - 100)
        changed = {
            "cut": data[:at],
            "flip": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
            "version": data.replace(b'"version":1', b'"version":%d' % (at + 2), 1),
            "foreign": b'{"spans":' + data + b"}",
            "hash": data.replace(b"sha256:", b"sha256:0", 1),
        }[damage]
        with pytest.raises(HaloError) as caught:
            import_bytes(there.ingest, changed, "run.json")
        assert "run.json" in caught.value.message
        assert (there.store.stats().revision, there.store.stats().spans) == before


def test_bad_lines_are_all_named_and_nothing_is_written(here: Place) -> None:
    lines = JSONL.read_bytes().splitlines()
    lines[2], lines[70] = b"{", b'{"span_id": 3}'
    data = b"\n".join(lines)
    with pytest.raises(InvalidInputError) as caught:
        import_bytes(here.ingest, data, "spans.jsonl")
    assert "2 parts" in caught.value.message
    assert "line 3: " in caught.value.message
    assert "line 71: " in caught.value.message
    assert here.store.stats().spans == 0
    report = import_bytes(here.ingest, data, "spans.jsonl", skip_bad=True)
    assert (report.inserted, [part.where for part in report.skipped]) == (75, ["line 3", "line 71"])


def test_a_large_file_is_written_in_pieces_and_checked_first(
    here: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "_HELD_SPANS", 10)
    monkeypatch.setattr(importing, "_SPANS_A_WRITE", 13)
    with pytest.raises(InvalidInputError, match=r"line 79: no JSON \(character 1: expecting value\)"):
        import_bytes(here.ingest, JSONL.read_bytes() + b"\nnonsense\n", "spans.jsonl")
    assert here.store.stats().spans == 0
    assert import_bytes(here.ingest, JSONL.read_bytes(), "spans.jsonl").inserted == 77
    assert here.store.stats().spans == 77


def test_a_file_without_spans_is_refused(here: Place) -> None:
    with pytest.raises(InvalidInputError, match="holds no span"):
        import_bytes(here.ingest, b'{"resourceMetrics": []}', "metrics.json")


def test_an_upload_over_the_limit_is_refused(here: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importing, "UPLOAD_LIMIT", 1_000_000)
    bomb = gzip.compress(b'{"format":"halo-snapshot",' + b" " * 5_000_000)
    with pytest.raises(TooLargeError):
        import_bytes(here.ingest, bomb, "bomb.json.gz")
    spans = JSONL.read_bytes()
    lines = gzip.compress(spans * (2_000_000 // len(spans)))
    with pytest.raises(TooLargeError):
        import_bytes(here.ingest, lines, "spans.jsonl.gz")
    assert here.store.stats().spans == 0


def test_a_file_of_nonsense_is_not_read_to_its_end(here: Place) -> None:
    with pytest.raises(InvalidInputError, match="1,000 parts or more") as refused:
        import_bytes(here.ingest, JSONL.read_bytes() + b"nonsense\n" * 200_000, "spans.jsonl")
    assert "and 980 more" in str(refused.value)


def test_several_traces_are_one_file_whatever_the_order_of_the_ids(here: Place) -> None:
    traces = import_file(here.ingest, JSONL).traces
    assert here.exported(*traces) == here.exported(*reversed(traces), traces[0], traces[0].upper())
    assert len(json.loads(here.exported(*traces))["traces"]) == 8


def test_unknown_traces_are_named_and_no_file_is_left(here: Place, tmp_path: Path) -> None:
    (known, *_) = import_file(here.ingest, JSONL).traces
    with pytest.raises(NotFoundError, match="no such trace in the store: " + "ab" * 16):
        export_snapshot_file(here.store, [known, "ab" * 16], tmp_path / "out.json")
    assert not list(tmp_path.glob("*out.json*"))


def test_a_snapshot_file_replaces_an_older_one_whole(here: Place, tmp_path: Path) -> None:
    traces = import_file(here.ingest, JSONL).traces
    path = tmp_path / "out.json"
    path.write_text("old", encoding="utf-8")
    summary = export_snapshot_file(here.store, traces, path)
    assert path.read_bytes() == here.exported(*traces)
    assert (summary.traces, summary.spans) == (8, 77)
    assert [found.name for found in tmp_path.glob("*out.json*")] == ["out.json"]


def test_a_folder_that_is_not_there_is_named(here: Place, tmp_path: Path) -> None:
    traces = import_file(here.ingest, JSONL).traces
    with pytest.raises(InvalidInputError, match=r"absent/out\.json cannot be written"):
        export_snapshot_file(here.store, traces, tmp_path / "absent" / "out.json")
