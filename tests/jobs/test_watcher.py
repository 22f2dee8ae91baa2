"""A watched file's spans are in the store soon after they are written, whatever happens to the file."""

from __future__ import annotations

import gzip
import json
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from halo_dash.ingest import Ingest
from halo_dash.jobs import watcher
from halo_dash.jobs.tail import START, Piece, Position, read_on
from halo_dash.jobs.watcher import Watcher
from halo_dash.model.filter import ListQuery
from halo_dash.model.page import StoredSpan
from halo_dash.model.stats import CollectorOverview
from halo_dash.model.trace import TraceRow
from halo_dash.store import Store
from halo_dash.transfer.exporting import stored_spans

RECORDED = Path(__file__).parents[1] / "fixtures" / "otlp"
LINES = (RECORDED / "halo-jsonl" / "chat.jsonl").read_bytes().splitlines(keepends=True)
OTLP_LINE = json.dumps(json.loads((RECORDED / "vercel-ai-sdk-v6" / "1.json").read_bytes())).encode() + b"\n"
OTHER_LINES = (RECORDED / "halo-jsonl" / "responses.jsonl").read_bytes().splitlines(keepends=True)
DEADLINE_S = 20.0


class Place:
    """A store with its ingest, and watchers that run on it."""

    def __init__(self, path: Path) -> None:
        self.store = Store.open(path)
        self.ingest = Ingest(self.store)

    @contextmanager
    def watching(self, *paths: Path) -> Iterator[None]:
        """A watcher in a thread, as the collector has it."""
        stop = threading.Event()
        raised: list[BaseException] = []

        def run() -> None:
            try:
                Watcher(paths, self.ingest, self.store).run(stop)
            except BaseException as error:  # noqa: BLE001  # shown by the test's own thread
                raised.append(error)

        thread = threading.Thread(target=run)
        thread.start()
        try:
            yield
        finally:
            stop.set()
            thread.join(DEADLINE_S)
            assert not thread.is_alive()
            assert not raised

    def spans(self) -> int:
        return self.store.stats().spans

    def close(self) -> None:
        self.ingest.close()
        self.store.close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    found = Place(tmp_path / "halo.db")
    yield found
    found.close()


def until(holds: Callable[[], bool]) -> None:
    """Wait for something another thread does."""
    deadline = time.monotonic() + DEADLINE_S
    tick = threading.Event()
    while not holds():
        assert time.monotonic() < deadline, "it did not happen"
        tick.wait(0.02)


def rows(place: Place) -> tuple[TraceRow, ...]:
    return place.store.traces.page(ListQuery(), time.time_ns()).items


def overview(place: Place) -> CollectorOverview:
    return place.store.collector.overview(time.time_ns())


def append(path: Path, data: bytes) -> None:
    with path.open("ab") as stream:
        stream.write(data)


def test_a_file_is_read_as_it_grows(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.log"
    path.write_bytes(b"".join(LINES[:10]))
    with place.watching(path):
        until(lambda: place.spans() == 10)
        append(path, LINES[10])
        until(lambda: place.spans() == 11)
        append(path, b"\n\n" + LINES[11] + OTLP_LINE)
        until(lambda: place.spans() > 12)
    (row, *_) = rows(place)
    assert row.source == "watch"


def test_a_half_written_line_waits_for_its_rest(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(LINES[0] + LINES[1][:200])
    with place.watching(path):
        until(lambda: place.spans() == 1)
        append(path, LINES[1][200:400])
        append(path, LINES[1][400:])
        until(lambda: place.spans() == 2)
    assert not overview(place).rejections


def test_a_last_line_without_end_is_read_when_it_is_whole(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(LINES[0].rstrip())
    with place.watching(path):
        until(lambda: place.spans() == 1)
        append(path, b"\n" + LINES[1].rstrip())
        until(lambda: place.spans() == 2)


def test_files_that_appear_later_are_found_also_in_new_folders(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    with place.watching(folder):
        folder.mkdir()
        (folder / "a.jsonl").write_bytes(b"".join(LINES[:3]))
        until(lambda: place.spans() == 3)
        (folder / "run 2").mkdir()
        (folder / "run 2" / "b.ndjson").write_bytes(b"".join(LINES[3:5]))
        (folder / "notes.txt").write_bytes(b"".join(LINES[5:9]))
        until(lambda: place.spans() == 5)
        append(folder / "a.jsonl", LINES[9])
        until(lambda: place.spans() == 6)


def test_a_truncated_file_is_read_from_its_start(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(b"".join(LINES[:40]))
    with place.watching(path):
        until(lambda: place.spans() == 40)
        path.write_bytes(b"".join(LINES[40:43]))
        until(lambda: place.spans() == 43)


def test_a_rotated_file_is_read_from_its_start_even_when_it_is_longer(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(b"".join(LINES[:5]))
    with place.watching(path):
        until(lambda: place.spans() == 5)
        path.rename(tmp_path / "agent.jsonl.1")
        beside = tmp_path / "beside"
        beside.write_bytes(b"".join(OTHER_LINES))
        beside.rename(path)
        until(lambda: place.spans() == 5 + len(OTHER_LINES))


def test_gzip_files_are_read_whole(place: Place, tmp_path: Path) -> None:
    folder = tmp_path / "traces"
    folder.mkdir()
    path = folder / "old.jsonl.gz"
    path.write_bytes(gzip.compress(b"".join(LINES)))
    os.utime(path, (1_700_000_000, 1_700_000_000))
    with place.watching(folder):
        until(lambda: place.spans() == len(LINES))


def test_a_bad_line_is_shown_with_its_place_and_stops_nothing(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(LINES[0] + b'{"trace_id": "nonsense"}\n' + LINES[1])
    with place.watching(path):
        until(lambda: place.spans() == 2)
        until(lambda: len(overview(place).rejections) == 1)
    (rejection,) = overview(place).rejections
    assert (rejection.path, rejection.code, rejection.rejected_spans) == (str(path), "line 2", 1)
    assert "trace_id 'nonsense' is no id" in rejection.reason
    (activity,) = overview(place).exporters
    assert (activity.exporter.transport, activity.spans, activity.rejected_spans) == ("file", 2, 1)


def test_after_a_restart_only_what_is_new_is_read(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(b"".join(LINES[:20]))
    with place.watching(path):
        until(lambda: place.spans() == 20)
        until(lambda: place.store.recall(f"watch:{path}") is not None)
    append(path, LINES[20])
    with place.watching(path):
        until(lambda: place.spans() == 21)
    until(lambda: _sent(place) == 21)


def _sent(place: Place) -> int:
    return sum(activity.spans for activity in overview(place).exporters)


def test_positions_survive_only_while_the_file_is_the_same(tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(b"".join(LINES[:30]))
    *_, last = read_on(path, START)
    assert (last.after.offset, last.after.line) == (path.stat().st_size, 30)
    assert not list(read_on(path, last.after))
    append(path, LINES[30])
    (piece,) = read_on(path, last.after)
    assert len(piece.batch.spans) == 1
    path.write_bytes(b"".join(LINES[1:40]))
    assert sum(len(piece.batch.spans) for piece in read_on(path, last.after)) == 39


def test_bad_lines_keep_their_number_over_several_readings(tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(b"".join(LINES[:30]))
    *_, last = read_on(path, START)
    append(path, b"\nnonsense\n")
    (piece,) = read_on(path, last.after)
    assert [part.where for part in piece.batch.bad] == ["line 32"]


def test_spans_are_stored_as_the_file_says(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "agent.jsonl"
    path.write_bytes(b"".join(LINES))
    with place.watching(path):
        until(lambda: place.spans() == len(LINES))
    names: dict[str, str] = {}
    for line in LINES:
        raw = json.loads(line)
        names[raw["span_id"]] = raw["name"]
    stored: list[StoredSpan] = []
    for row in rows(place):
        stored.extend(stored_spans(place.store, row.summary.trace_id))
    assert {item.span.span_id: item.span.name for item in stored} == names


def test_a_fault_of_ours_on_one_file_does_not_end_the_watch(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd, good = tmp_path / "a.jsonl", tmp_path / "b.jsonl"

    def faulty(path: Path, position: Position) -> Iterator[Piece]:
        if path == odd:
            raise ZeroDivisionError
        return read_on(path, position)

    monkeypatch.setattr(watcher, "read_on", faulty)
    odd.write_bytes(LINES[0])
    good.write_bytes(LINES[1])
    with place.watching(odd, good):
        until(lambda: place.spans() == 1)
        monkeypatch.undo()
        odd.write_bytes(LINES[0] + LINES[2])
        until(lambda: place.spans() == 3)
