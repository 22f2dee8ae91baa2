"""Backups while the store is in use, putting one in place, and what a check finds."""

from __future__ import annotations

import gzip
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from halo_dash.errors import NotFoundError, StoreError, UsageError
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.store import Store
from halo_dash.store.copies import BEFORE, restore
from halo_dash.store.driver import connect
from tests.store.conformance.runs import NOW, random_trace

V1 = Path(__file__).parents[1] / "fixtures" / "stores" / "v1.sqlite.gz"


def write(store: Store, *spans: Span) -> None:
    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=NOW)


def make(path: Path, traces: int) -> Path:
    with Store.open(path) as store:
        for seed in range(traces):
            write(store, *random_trace(seed))
    return path


def count(path: Path) -> int:
    with Store.open(path, "ro") as store:
        return store.stats().traces


def test_a_backup_under_writing_is_of_one_moment_and_whole(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, *(Span("t0", f"s{each}", start_ns=NOW) for each in range(10)))
        done = threading.Event()

        def go_on() -> None:
            number = 1
            while not done.is_set():
                write(store, *(Span(f"t{number}", f"s{each}", start_ns=NOW) for each in range(10)))
                number += 1

        writer = threading.Thread(target=go_on)
        writer.start()
        try:
            for number in range(5):
                store.backup_to(tmp_path / f"copy{number}.db")
        finally:
            done.set()
            writer.join()
    assert not list(tmp_path.glob("*.partial*"))
    assert not list(tmp_path.glob("copy*-wal"))
    for number in range(5):
        with Store.open(tmp_path / f"copy{number}.db") as copy:
            stats = copy.stats()
            assert stats.spans == 10 * stats.traces
            assert copy.check(is_full=True, sample=10) == ()


def test_a_backup_is_put_in_place_and_what_was_there_is_kept(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 5)
    with Store.open(path) as store:
        store.backup_to(tmp_path / "copy.db")
        write(store, Span("later", "a", start_ns=NOW))
    kept = restore(tmp_path / "copy.db", path)
    assert kept == tmp_path / f"halo.db{BEFORE}"
    assert (count(path), count(kept)) == (5, 6)
    assert restore(tmp_path / "copy.db", tmp_path / "new.db") is None
    assert count(tmp_path / "new.db") == 5


def test_an_index_of_the_other_store_goes(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 2)
    (tmp_path / "halo.db.index1").write_bytes(b"of the other")
    with Store.open(path) as store:
        store.backup_to(tmp_path / "copy.db")
    restore(tmp_path / "copy.db", path)
    assert not (tmp_path / "halo.db.index1").exists()


@pytest.mark.parametrize("mode", ["rw", "ro"])
def test_a_store_in_use_is_not_replaced(tmp_path: Path, mode: str) -> None:
    path = make(tmp_path / "halo.db", 3)
    with Store.open(path) as store:
        store.backup_to(tmp_path / "copy.db")
    with Store.open(path, mode) as store:  # type: ignore[arg-type]
        assert store.stats().traces == 3
        with pytest.raises(StoreError, match="in use"):
            restore(tmp_path / "copy.db", path)
        assert store.stats().traces == 3
    assert restore(tmp_path / "copy.db", path)


def test_what_cannot_be_restored_changes_nothing(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 3)
    with pytest.raises(NotFoundError):
        restore(tmp_path / "nowhere.db", path)
    with pytest.raises(UsageError):
        restore(path, path)
    (tmp_path / "text.db").write_text("no database at all, but long enough " * 50)
    with pytest.raises(StoreError, match="not a halo-dash store"):
        restore(tmp_path / "text.db", path)
    other = connect(tmp_path / "other.db", read_only=False)
    other.execute("CREATE TABLE theirs (x)")
    other.close()
    with pytest.raises(StoreError, match="another program"):
        restore(tmp_path / "other.db", path)
    make(tmp_path / "damaged.db", 30)
    data = bytearray((tmp_path / "damaged.db").read_bytes())
    data[60_000:160_000] = os.urandom(100_000)
    (tmp_path / "damaged.db").write_bytes(data)
    with pytest.raises(StoreError, match="damaged"):
        restore(tmp_path / "damaged.db", path)
    assert count(path) == 3
    assert not list(tmp_path.glob("*.restoring*"))
    with Store.open(path) as store:
        assert store.check(sample=3) == ()


def test_a_backup_of_an_older_version_is_migrated(tmp_path: Path) -> None:
    (tmp_path / "v1.db").write_bytes(gzip.decompress(V1.read_bytes()))
    before = (tmp_path / "v1.db").read_bytes()
    restore(tmp_path / "v1.db", tmp_path / "halo.db")
    assert count(tmp_path / "halo.db") == 28
    assert (tmp_path / "v1.db").read_bytes() == before


LEFT = """
import os, signal, sys
from pathlib import Path
from halo_dash.model.span import Span
from halo_dash.store import Store

store = Store.open(Path(sys.argv[1]))
with store.writing() as tx:
    tx.write([Span("acknowledged", "a", start_ns=1)], source="live", received_ns=1)
os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_after_writing(path: Path) -> Path:
    """A store with a log that a killed program left; returns the log."""
    assert subprocess.run([sys.executable, "-c", LEFT, str(path)], check=False).returncode == -signal.SIGKILL
    log = path.with_name(f"{path.name}-wal")
    assert log.stat().st_size
    return log


def ids(path: Path) -> set[str]:
    with Store.open(path, "ro") as store:
        return {row.summary.trace_id for row in store.traces.page(ListQuery(Filter(), limit=500), NOW).items}


def test_a_log_left_by_a_killed_program_is_not_played_over_what_is_restored(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 5)
    with Store.open(path) as store:
        store.backup_to(tmp_path / "copy.db")
    killed_after_writing(path)
    path.rename(tmp_path / "moved.db")
    kept = restore(tmp_path / "copy.db", path)
    assert kept == tmp_path / f"halo.db-wal{BEFORE}"
    assert ids(path) == ids(tmp_path / "copy.db")
    with Store.open(path) as store:
        assert store.check(is_full=True, sample=10) == ()
    # With its store, the log still has what was acknowledged.
    kept.rename(tmp_path / "moved.db-wal")
    assert ids(tmp_path / "moved.db") == ids(path) | {"acknowledged"}


def test_the_log_of_a_damaged_store_is_kept_with_it(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 5)
    with Store.open(path) as store:
        store.backup_to(tmp_path / "copy.db")
    log = killed_after_writing(path)
    content = log.read_bytes()
    path.write_bytes(path.read_bytes()[:100])
    kept = restore(tmp_path / "copy.db", path)
    assert kept == tmp_path / f"halo.db{BEFORE}"
    assert kept.with_name(f"{kept.name}-wal").read_bytes() == content
    assert ids(path) == ids(tmp_path / "copy.db")


def test_a_backup_takes_the_place_of_an_earlier_one_with_a_log(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 5)
    target = make(tmp_path / "copy.db", 2)
    killed_after_writing(target)
    with Store.open(path) as store:
        store.backup_to(target)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy.db", "halo.db"]
    assert ids(target) == ids(path)


def test_an_earlier_backup_stays_where_the_new_one_is_damaged(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 30)
    target = make(tmp_path / "copy.db", 2)
    data = bytearray(path.read_bytes())
    data[60_000:160_000] = os.urandom(100_000)
    path.write_bytes(data)
    with Store.open(path, "ro") as store, pytest.raises(StoreError, match="damaged") as caught:
        store.backup_to(target)
    assert "copy.db was left as it was" in (caught.value.hint or "")
    assert count(target) == 2
    assert not list(tmp_path.glob("*.partial*"))


def test_a_backup_replaces_nothing_that_is_in_use_or_no_store(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 5)
    target = make(tmp_path / "other.db", 2)
    (tmp_path / "notes.txt").write_text("mine " * 500)
    with Store.open(path) as store:
        with Store.open(target) as other, pytest.raises(StoreError, match="in use"):
            store.backup_to(other.path)
        with pytest.raises(StoreError, match="not a halo-dash store"):
            store.backup_to(tmp_path / "notes.txt")
    assert count(target) == 2
    assert (tmp_path / "notes.txt").read_text().startswith("mine")


KILLED = """
import os, signal, sys
from pathlib import Path
from halo_dash.store import copies

def die(*_given):
    os.kill(os.getpid(), signal.SIGKILL)

if sys.argv[3] == "_copy":
    real = copies._copy
    copies._copy = lambda backup, target: (real(backup, target), die())
elif sys.argv[3] == "replace":
    Path.replace = die
else:
    copies._sync = die
copies.restore(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.parametrize(("moment", "left"), [("_copy", 5), ("replace", 5), ("_sync", 4)])
def test_killed_while_restoring_it_is_the_one_or_the_other(tmp_path: Path, moment: str, left: int) -> None:
    path = make(tmp_path / "halo.db", 4)
    with Store.open(path) as store:
        store.backup_to(tmp_path / "copy.db")
        write(store, Span("later", "a", start_ns=NOW))
    command = [sys.executable, "-c", KILLED, str(tmp_path / "copy.db"), str(path), moment]
    assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
    assert count(path) == left
    restore(tmp_path / "copy.db", path)
    assert count(path) == 4
    assert not list(tmp_path.glob("*.restoring*"))


def test_a_check_compares_the_list_with_the_spans(tmp_path: Path) -> None:
    path = make(tmp_path / "halo.db", 20)
    with Store.open(path) as store:
        assert store.check(is_full=True, sample=100) == ()
        with store._database.exclusive() as connection:
            connection.execute(
                "UPDATE trace_summaries SET summary = (SELECT summary FROM trace_summaries WHERE trace = 1)"
            )
        problems = store.check(sample=100)
        assert problems
        assert all("than its spans" in problem for problem in problems)
        with store._database.exclusive() as connection:
            connection.execute("DELETE FROM bodies WHERE id = (SELECT max(id) FROM bodies)")
        assert any("bodies" in problem for problem in store.check())
