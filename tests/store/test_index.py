"""The index can be killed, deleted, rebuilt and outgrown: it always comes back to what the store holds."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from halo_dash.errors import StoreError
from halo_dash.jobs.indexer import catch_up, rebuild
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Event, Span
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.search.query import read_query
from halo_dash.store import Store, index_database, matching
from halo_dash.store.documents import HELD_BYTES
from halo_dash.store.driver import connect
from halo_dash.store.index_files import IndexFiles
from halo_dash.store.index_reader import IndexReader
from halo_dash.store.matching import Matching

NOW = 1_780_000_000_000_000_000

INDEXER = """
import sys
from pathlib import Path
from threading import Event
from halo_dash.jobs.indexer import Indexer
from halo_dash.store import Store
with Store.open(Path(sys.argv[1]), mode="ro") as store:
    print("begun", flush=True)
    Indexer(store).run(Event())
"""


def span(trace: str, number: int, text: str) -> Span:
    return Span(
        f"{trace:0>32}",
        f"{number:016x}",
        name="said",
        start_ns=NOW,
        end_ns=NOW + 1,
        attributes={"text": text},
    )


def write(store: Store, *spans: Span) -> None:
    with store.writing() as tx:
        tx.write(spans, source="import", received_ns=NOW)


def found(store: Store, typed: str) -> set[str]:
    page = store.traces.page(ListQuery(Filter(q=typed), limit=500), NOW, facets=False)
    while page.search and page.search.is_partial:  # on a busy machine; it goes on where it stopped
        page = store.traces.page(ListQuery(Filter(q=typed), limit=500), NOW, facets=False)
    assert page.search is not None
    assert page.search.is_ready
    if page.search.parts_of_words:
        return set()
    return {row.summary.trace_id.lstrip("0") for row in page.items}


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "halo.db")


def test_a_changed_trace_is_found_by_what_it_says_now_and_counted_once(store: Store) -> None:
    write(store, span("a1", 1, "first"), span("b2", 1, "other"))
    catch_up(store)
    write(store, span("a1", 2, "second"))
    assert found(store, "second") == set()
    catch_up(store)
    assert found(store, "first second") == {"a1"}
    assert found(store, "said") == {"a1", "b2"}
    assert store.stats().indexed_spans == 3
    catch_up(store)
    assert store.stats().indexed_spans == 3


def test_the_type_of_an_exception_is_an_attribute_to_ask_for(store: Store) -> None:
    for number, kind in enumerate(["TimeoutError", "Timeout"], 1):
        event = Event(NOW, "exception", {"exception.type": kind, "exception.message": "too late"})
        write(store, replace(span(f"a{number}", 1, "text"), events=(event,)))
    catch_up(store)
    chosen = Filter.parse([("attr.exception.type", "Timeout")])
    page = store.traces.page(ListQuery(chosen), NOW)
    assert [row.summary.trace_id.lstrip("0") for row in page.items] == ["a2"]


def test_words_of_a_large_trace_may_stand_in_different_documents(store: Store) -> None:
    spans = [span("a1", number, f"word{number} {'filler ' * 50}") for number in range(40)]
    write(store, *spans, span("b2", 1, "word1"), span("c3", 1, "word39"))
    indexing = store.search.indexing(document_bytes=1_000)
    while indexing.step(all_at_once=True).is_behind:
        pass
    indexing.close()
    assert found(store, "word1 word39") == {"a1"}
    assert found(store, "word1 OR word39") == {"a1", "b2", "c3"}
    assert found(store, "word1 -word39") == {"b2"}
    assert found(store, "-word1") == {"c3"}
    assert found(store, '"word1 filler"') == {"a1"}
    write(store, span("a1", 50, "late"))
    catch_up(store)
    assert found(store, "word1 word39 late") == {"a1"}
    assert store.stats().indexed_spans == 43


def test_a_text_longer_than_a_document_is_found_whole(store: Store) -> None:
    words = [f"w{number}x" for number in range(3_000)]
    write(store, span("a1", 1, " ".join(words)))
    indexing = store.search.indexing(document_bytes=2_000)
    while indexing.step(all_at_once=True).is_behind:
        pass
    indexing.close()
    for number in random.Random(1).sample(range(2_999), 60):  # noqa: S311 - test data
        assert found(store, f'"{words[number]} {words[number + 1]}"') == {"a1"}
    assert found(store, "w0x w2999x") == {"a1"}


def test_a_trace_too_large_for_memory_is_indexed_piece_by_piece(store: Store) -> None:
    filler = " ".join(f"filler{number}" for number in range(40_000))
    write(store, span("b1", 1, "small"))
    for number in range(HELD_BYTES // len(filler) + 3):
        write(store, span("a1", number, f"word{number} {filler}"))
    catch_up(store)
    assert found(store, "word0 word30 filler7") == {"a1"}
    assert found(store, "small") == {"b1"}
    assert store.stats().indexed_spans == store.stats().spans
    write(store, span("a1", 999, "late"))
    catch_up(store)
    assert found(store, "word0 late") == {"a1"}
    assert store.stats().indexed_spans == store.stats().spans


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_killed_at_any_moment_it_catches_up_and_counts_nothing_twice(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    chance = random.Random(7)  # noqa: S311 - test data
    with Store.open(path) as store:
        for number in range(6):
            process = subprocess.Popen(
                [sys.executable, "-c", INDEXER, str(path)], stdout=subprocess.PIPE, text=True
            )
            assert process.stdout is not None
            assert process.stdout.readline() == "begun\n"
            until = time.monotonic() + chance.random() * 0.5
            trace = 0
            while time.monotonic() < until:
                trace += 1
                texts = " ".join(f"r{number}t{trace}w{word}" for word in range(200))
                write(store, span(f"{number}f{trace % 5}", trace, texts))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        catch_up(store)
        stats = store.stats()
        assert stats.indexed_spans == stats.spans
        for row in store.traces.page(ListQuery(limit=500), NOW).items:
            readings = store.spans.outline(row.summary.trace_id)
            # How many there are depends on the machine; the oldest and newest stand for all.
            for reading in {*readings[:4], *readings[-4:]}:
                stored = store.spans.get(row.summary.trace_id, reading.span_id)
                assert stored is not None
                word = str(stored.span.attributes["text"]).split()[-1]
                assert found(store, word) == {row.summary.trace_id.lstrip("0")}


def test_it_is_rebuilt_while_the_store_is_written_to_and_replaces_the_old_one(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store, Store.open(tmp_path / "halo.db", mode="ro") as reader:
        write(store, *(span(f"a{number}", 1, "old") for number in range(30)))
        catch_up(store)
        follower = store.search.indexing()
        assert len(found(reader, "old")) == 30
        indexing = store.search.indexing(is_rebuilding=True)
        indexing.step()
        indexing.close()  # interrupted
        assert files.building.exists()
        write(store, span("b1", 1, "new"))
        rebuild(store)
        assert not files.building.exists()
        assert not files.path(1).exists()
        assert len(found(reader, "old")) == 30
        assert found(reader, "new") == {"b1"}
        write(store, span("c1", 1, "newer"))
        follower.step()
        follower.close()
        assert found(reader, "newer") == {"c1"}
        assert store.stats().indexed_spans == 32


def test_only_one_rebuilds_at_a_time(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, *(span(f"a{number}", 1, "word") for number in range(3)))
        first = store.search.indexing(is_rebuilding=True)
        first.step()
        with pytest.raises(StoreError, match="Another `halo storage reindex`"):
            rebuild(store)
        while first.step(all_at_once=True).is_behind:
            pass
        first.publish()
        assert len(found(store, "word")) == 3
        rebuild(store)
        assert len(found(store, "word")) == 3


def test_deleted_underneath_it_is_made_again(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store:
        write(store, span("a1", 1, "word"))
        follower = store.search.indexing()
        follower.step()
        assert found(store, "word") == {"a1"}
        files.remove(files.path(1))
        page = store.traces.page(ListQuery(Filter(q="word")), NOW)
        assert page.search is not None
        assert not page.search.is_ready
        assert store.stats().indexed_spans is None
        while follower.step().is_behind:
            pass
        assert found(store, "word") == {"a1"}
        follower.close()


def test_one_of_another_version_is_left_alone_and_made_anew(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store:
        write(store, span("a1", 1, "word"))
        catch_up(store)
        other = connect(files.path(1), read_only=False)
        other.execute("PRAGMA user_version=1")
        other.close()
        with Store.open(tmp_path / "halo.db", mode="ro") as reader:
            page = reader.traces.page(ListQuery(Filter(q="word")), NOW)
            assert page.search is not None
            assert not page.search.is_ready
            catch_up(store)
            assert found(reader, "word") == {"a1"}


def test_a_file_that_is_no_index_does_not_hinder_anybody(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store:
        write(store, span("a1", 1, "word"))
        files.path(1).write_bytes(b"not a database" * 1_000)
        page = store.traces.page(ListQuery(Filter(q="word")), NOW)
        assert page.search is not None
        assert not page.search.is_ready
        catch_up(store)
        assert found(store, "word") == {"a1"}


def test_of_one_made_again_under_its_name_nothing_is_remembered(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store, Store.open(tmp_path / "halo.db", mode="ro") as reader:
        write(store, span("a1", 1, "early"), span("b1", 1, "other"))
        catch_up(store)
        assert found(reader, "early") == {"a1"}
        assert found(reader, "-early") == {"b1"}
        prune = store.retention.prune(RetentionLimits(started_before_ns=NOW + 1))
        assert sum(step.traces for step in prune) == 2
        write(store, span("c1", 1, "late"), span("d1", 1, "other"))
        # As many transactions, traces and spans as the first; nobody looks in between.
        files.remove(files.path(1))
        catch_up(store)
        assert found(reader, "early") == set()
        assert found(reader, "-early") == {"c1", "d1"}


def test_one_that_breaks_while_it_is_open_is_made_again(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo.db")
    with Store.open(tmp_path / "halo.db") as store:
        write(store, span("a1", 1, "word"))
        catch_up(store)
        with files.path(1).open("r+b") as stream:
            stream.seek(8192)
            stream.write(b"x" * 60_000)
        write(store, span("b1", 1, "word"))
        catch_up(store)
        assert found(store, "word") == {"a1", "b1"}


def test_a_trace_that_cannot_be_read_does_not_keep_the_others_from_being_found(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        for trace in ("a1", "b1", "c1"):
            write(store, span(trace, 1, "word"))
        other = connect(tmp_path / "halo.db", read_only=False)
        other.execute("UPDATE bodies SET body = x'00' WHERE id = (SELECT min(id) + 1 FROM bodies)")
        other.close()
        catch_up(store)
        stats = store.stats()
        assert stats.indexed_spans == stats.spans == 3
        indexing = store.search.indexing()
        assert not indexing.step().is_behind
        indexing.close()
        assert found(store, "word") == {"a1", "c1"}
    assert "cannot be indexed" in caplog.text


def test_an_older_store_in_its_place_makes_the_index_begin_anew(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        write(store, span("a1", 1, "early"))
    shutil.copy(path, tmp_path / "old.db")
    with Store.open(path) as store:
        for number in range(5):
            write(store, span("a1", number + 2, "late"))
        catch_up(store)
    (tmp_path / "old.db").replace(path)
    with Store.open(path) as store:
        catch_up(store)
        assert found(store, "late") == set()
        assert found(store, "early") == {"a1"}
        assert store.stats().indexed_spans == 1


@pytest.mark.parametrize("further", [0, 1, 3])
def test_another_store_in_its_place_makes_the_index_begin_anew(tmp_path: Path, further: int) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        write(store, span("a1", 1, "common"))
        store.backup_to(tmp_path / "copy.db")
        write(store, span("a1", 2, "gone"), span("b1", 1, "gone"))
        catch_up(store)
    with Store.open(tmp_path / "copy.db") as store:
        for number in range(1 + further):
            write(store, span(f"c{number}", 1, "came"))
    (tmp_path / "copy.db").replace(path)
    with Store.open(path) as store:
        catch_up(store)
        assert found(store, "gone") == set()
        assert found(store, "common") == {"a1"}
        assert found(store, "came") == {f"c{number}" for number in range(1 + further)}
        assert store.stats().indexed_spans == 2 + further
        indexing = store.search.indexing()
        assert indexing.step().traces == 0
        indexing.close()


def test_a_question_that_takes_too_long_goes_on_when_it_is_asked_again(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, *(span(f"a{number:x}", 1, "word") for number in range(50)))
        catch_up(store)
        node = read_query("word").node
        assert node is not None
        matching, reader = Matching(), IndexReader(IndexFiles(tmp_path / "halo.db"))
        with reader.reading() as snapshot:
            assert snapshot is not None
            stopped = matching.find(snapshot, node, time.monotonic() - 1)
            whole = matching.find(snapshot, node, time.monotonic() + 60)
        assert not whole.is_partial
        assert whole.traces.size == 50
        assert stopped.is_partial or stopped.traces.size == 50
        reader.close()


@pytest.mark.parametrize("block_bits", [2, 12])
def test_an_answer_that_was_kept_follows_what_changes(
    tmp_path: Path, block_bits: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_database, "BLOCK_BITS", block_bits)
    monkeypatch.setattr(matching, "_FIRST_STEP", 1 << block_bits)
    with Store.open(tmp_path / "halo.db") as store:
        chance = random.Random(3)  # noqa: S311 - test data
        said: dict[str, set[str]] = {}
        for _round in range(15):
            for _ in range(chance.randint(1, 6)):
                trace = f"{chance.randint(1, 400):x}f"
                word = chance.choice(["red", "green", "blue"])
                number = len(said.setdefault(trace, set())) + 1
                if word not in said[trace]:
                    said[trace].add(word)
                    write(store, span(trace, number, word))
            catch_up(store)
            for typed, answer in {
                "red": lambda words: "red" in words,
                "red green": lambda words: {"red", "green"} <= words,
                "-blue": lambda words: "blue" not in words,
                "red OR blue": lambda words: bool({"red", "blue"} & words),
                "red -blue": lambda words: "red" in words and "blue" not in words,
            }.items():
                assert found(store, typed) == {trace for trace, words in said.items() if answer(words)}


def test_the_name_of_a_store_may_hold_anything(tmp_path: Path) -> None:
    files = IndexFiles(tmp_path / "halo[1]*.db")
    files.path(3).write_bytes(b"x" * 10)
    (tmp_path / "halo1x.db.index9").write_bytes(b"y")
    assert (files.newest(), files.size()) == (3, 10)
