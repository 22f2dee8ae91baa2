"""The index takes what the traces need that are left, and its log stays short, whatever is removed."""

from __future__ import annotations

import random
from contextlib import closing
from pathlib import Path

import pytest

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.model.upkeep import RetentionLimits
from halo_dash.store import Store, index_tidying, indexing
from halo_dash.store.driver import connect
from halo_dash.store.index_files import IndexFiles

NOW = 1_780_000_000_000_000_000


def catch_up(store: Store) -> None:
    """Index what changed, and make the index as small as it gets."""
    index = store.search.indexing()
    while index.step(all_at_once=True).is_behind or not index.tidy().is_all:
        pass
    index.close()


def write(store: Store, texts: dict[int, str]) -> None:
    """Traces of one span each; a larger number starts later."""
    with store.writing() as tx:
        for number, text in texts.items():
            span = Span(
                f"{number:032x}", "5" * 16, name="said", start_ns=NOW + number, attributes={"text": text}
            )
            tx.write([span], source="import", received_ns=NOW)


def remove_before(store: Store, number: int) -> None:
    for _step in store.retention.prune(RetentionLimits(started_before_ns=NOW + number)):
        pass


def found(store: Store, typed: str) -> set[int]:
    """Traces that are found by a word, or by a part of a word."""
    page = store.traces.page(ListQuery(Filter(q=typed), limit=500), NOW, facets=False)
    while page.search and page.search.is_partial:  # on a busy machine; it goes on where it stopped
        page = store.traces.page(ListQuery(Filter(q=typed), limit=500), NOW, facets=False)
    assert page.search is not None
    assert page.search.is_ready
    return {int(row.summary.trace_id, 16) for row in page.items}


def words(path: Path) -> set[str]:
    files = IndexFiles(path)
    with closing(connect(files.path(files.newest()), read_only=True)) as index:
        return {word for (word,) in index.execute("SELECT word FROM words")}


def noise(chance: random.Random, count: int) -> str:
    return " ".join("".join(chance.choices("abcdefghijklmnop", k=9)) for _each in range(count))


@pytest.mark.parametrize("portion", [25, 400])
def test_the_file_shrinks_with_the_store_and_words_that_nobody_says_go(tmp_path: Path, portion: int) -> None:
    path, chance = tmp_path / "halo.db", random.Random(1)  # noqa: S311 - test data
    files = IndexFiles(path)
    with Store.open(path) as store:
        write(store, {number: f"alpha{number}omega {noise(chance, 100)}" for number in range(400)})
        catch_up(store)
        before = files.size()
        assert len(words(path)) > 400 * 100
        for number in range(portion, 381, portion):
            remove_before(store, number)
            catch_up(store)
        remove_before(store, 380)
        catch_up(store)
        # The last pass through the words may be as many removals ago as half of what is left.
        assert len(words(path)) < 1.5 * 20 * 102 + 100
        assert files.size() < before / 5
        assert found(store, "pha390ome") == {390}
        assert found(store, "pha17ome") == set()
        assert store.stats().indexed_spans == 20


def test_a_word_that_went_and_is_said_again_is_found_by_its_parts(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store, Store.open(path) as other:
        mine, others = store.search.indexing(), other.search.indexing()
        for first in range(0, 40, 10):
            write(store, dict.fromkeys(range(first, first + 10), "marmalade"))
            while mine.step(all_at_once=True).is_behind or others.step(all_at_once=True).is_behind:
                pass
            assert found(store, "rmala") == set(range(first, first + 10))
            # Both remember that the word is there; one takes it out.
            remove_before(store, first + 10)
            swept = (mine, others)[first // 10 % 2]
            while swept.step(all_at_once=True).is_behind or not swept.tidy().is_done:
                pass
            assert words(path) == set()
            mine, others = others, mine
        mine.close()
        others.close()


def test_the_words_are_those_of_the_documents_whatever_comes_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index_tidying, "KEPT_GONE", 7)
    path, chance = tmp_path / "halo.db", random.Random(5)  # noqa: S311 - test data
    here: dict[int, set[str]] = {}
    with Store.open(path) as store:
        last = 0
        for _round in range(25):
            texts = {}
            first, last = last + 1, last + chance.randint(1, 8)
            for number in range(first, last + 1):
                texts[number] = " ".join(chance.sample([f"part{each}of" for each in range(60)], 3))
                here[number] = set(texts[number].split())
            write(store, texts)
            if chance.random() < 0.7:
                first = chance.randint(min(here), last + 1)
                remove_before(store, first)
                here = {each: said for each, said in here.items() if each >= first}
            catch_up(store)
            said = set().union(*here.values())
            assert said <= words(path)
            for each in chance.sample(range(60), 6):
                having = {trace for trace, all_said in here.items() if f"part{each}of" in all_said}
                # Both are kept from round to round, beyond what the index lists of traces that went.
                assert found(store, f"part{each}of") == having
                assert found(store, f"-part{each}of") == set(here) - having
        remove_before(store, last + 1)
        catch_up(store)
        assert words(path) == set()


def test_traces_that_went_long_ago_leave_no_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index_tidying, "KEPT_GONE", 10)
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        for first in range(0, 200, 20):
            write(store, dict.fromkeys(range(first, first + 20), "word"))
            catch_up(store)
            assert len(found(store, "word")) == 20
            remove_before(store, first + 20)
            catch_up(store)
            assert found(store, "word") == set()
    with closing(connect(IndexFiles(path).path(1), read_only=True)) as index:
        (rows,) = index.execute("SELECT count(*) FROM indexed").fetchone()
    assert rows <= 20 + 10


def longest_log(path: Path, count: int) -> int:
    """Bytes of the longest log of an index of traces that came, and nearly all went again."""
    chance, log = random.Random(2), path.with_name("halo.db.index1-wal")  # noqa: S311 - test data
    longest = 0
    with Store.open(path) as store:
        texts = (" ".join(str(chance.randrange(10**9)) for _each in range(1_000)) for _trace in range(count))
        write(store, dict(enumerate(texts)))
        index = store.search.indexing()
        for first in (0, count - 5):
            remove_before(store, first)
            is_behind = True
            while is_behind:
                is_behind = index.step(all_at_once=True).is_behind
                longest = max(longest, log.stat().st_size)
                index._index.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        index.close()
    return longest


def test_the_log_is_bounded_however_much_comes_and_goes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(indexing, "_LIVE_S", 1e9)
    (tmp_path / "all").mkdir()
    (tmp_path / "some").mkdir()
    at_once = longest_log(tmp_path / "all" / "halo.db", 400)
    monkeypatch.setattr(indexing, "_WRITTEN", 1 << 18)
    assert 1.5 * longest_log(tmp_path / "some" / "halo.db", 400) < at_once


def test_another_store_in_its_place_leaves_nothing_of_the_first(tmp_path: Path) -> None:
    path, chance = tmp_path / "halo.db", random.Random(3)  # noqa: S311 - test data
    with Store.open(path) as store:
        write(store, {1: "common"})
        store.backup_to(tmp_path / "copy.db")
        write(store, {number: noise(chance, 300) for number in range(2, 100)})
        catch_up(store)
        before = IndexFiles(path).size()
    (tmp_path / "copy.db").replace(path)
    with Store.open(path) as store:
        catch_up(store)
        assert found(store, "ommo") == {1}
        assert len(words(path)) < 10
        assert IndexFiles(path).size() < before / 5
