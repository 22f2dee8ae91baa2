"""What happens to a store when something goes wrong around it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from halo_dash.errors import StoreError
from halo_dash.model.filter import ListQuery
from halo_dash.model.span import Span
from halo_dash.store import Store
from halo_dash.store.driver import connect
from halo_dash.store.schema import newest_version

NOW = 1_780_000_000_000_000_000

WRITER = """
import sys
from pathlib import Path
from halo_dash.model.span import Span
from halo_dash.store import Store

path, name, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
with Store.open(path) as store:
    for number in range(rounds):
        with store.writing() as tx:
            spans = [
                Span(f"{name}-{number}", f"s{each}", name="n" * 500, start_ns=1_780_000_000_000_000_000)
                for each in range(40)
            ]
            tx.write(spans, source="live", received_ns=1_780_000_000_000_000_000)
            # The trace that both write: each adds spans of its own.
            tx.write(
                [Span("shared", f"{name}{number}", start_ns=1_780_000_000_000_000_000)],
                source="live",
                received_ns=1_780_000_000_000_000_000,
            )
        print(number, flush=True)
"""


def write(store: Store, *spans: Span) -> None:
    with store.writing() as tx:
        tx.write(spans, source="live", received_ns=NOW)


def writer(path: Path, name: str, rounds: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", WRITER, str(path), name, str(rounds)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("acknowledged", [0, 7])
def test_a_killed_writer_loses_nothing_it_had_committed(tmp_path: Path, acknowledged: int) -> None:
    path = tmp_path / "halo.db"
    process = writer(path, "w", 100_000)
    assert process.stdout is not None
    last = -1
    while last < acknowledged:
        last = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    last = max([last, *(int(line) for line in process.stdout.read().split())])
    process.wait()
    process.stdout.close()
    with Store.open(path) as store:
        assert store.check() == ()
        for number in range(last + 1):
            assert len(store.spans.page(f"w-{number}").items) == 40
        page = store.traces.page(ListQuery(limit=500), NOW)
        assert {row.summary.span_count for row in page.items if row.summary.trace_id != "shared"} == {40}
        store.settle(everything=True)
        shared = store.traces.get("shared")
        assert shared is not None
        assert shared.summary.span_count == len(store.spans.outline("shared"))


def test_two_processes_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    Store.open(path).close()
    processes = [writer(path, name, 15) for name in ("a", "b")]
    for process in processes:
        output, _ = process.communicate(timeout=60)
        assert process.returncode == 0
        assert output.split() == [str(number) for number in range(15)]
    with Store.open(path, "ro") as store:
        assert store.check() == ()
        stats = store.stats()
        assert stats.traces == 31
        assert stats.spans == 2 * 15 * 41
        shared = store.traces.get("shared")
        assert shared is not None
        assert shared.summary.span_count == 30


def test_a_full_disk_refuses_and_keeps_what_there_was(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, Span("t", "a", name="kept", start_ns=NOW))
        with store._database.exclusive() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count={pages + 4}")
        big = [Span("big", f"s{number}", attributes={"text": os.urandom(9000).hex()}) for number in range(50)]
        with pytest.raises(StoreError, match="no space") as caught:
            write(store, *big)
        assert caught.value.hint
        assert store.traces.get("big") is None
        assert [item.span.name for item in store.spans.page("t").items] == ["kept"]
        with store._database.exclusive() as connection:
            connection.execute("PRAGMA max_page_count=1000000")
        write(store, *big)
        assert len(store.spans.outline("big")) == 50
        assert store.check() == ()


def test_going_on_after_a_failed_write_keeps_nothing(tmp_path: Path) -> None:
    big = [Span("big", f"s{number}", attributes={"text": os.urandom(9000).hex()}) for number in range(50)]
    with Store.open(tmp_path / "halo.db") as store:
        with store._database.exclusive() as connection:
            (pages,) = connection.execute("PRAGMA page_count").fetchone()
            connection.execute(f"PRAGMA max_page_count={pages + 4}")

        def swallow() -> None:
            with store.writing() as tx:
                with pytest.raises(StoreError):
                    tx.write(big, source="live", received_ns=NOW)
                tx.write([Span("t", "a")], source="live", received_ns=NOW)

        with pytest.raises(StoreError):
            swallow()
        assert store.stats().traces == 0


def test_a_newer_store_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    Store.open(path).close()
    connection = connect(path, read_only=False)
    connection.execute(f"PRAGMA user_version={newest_version() + 1}")
    connection.close()
    for mode in ("rw", "ro"):
        with pytest.raises(StoreError, match="version") as caught:
            Store.open(path, mode)  # type: ignore[arg-type]
        assert "Upgrade" in (caught.value.hint or "")


def test_another_programs_database_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = connect(path, read_only=False)
    connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreError, match="another program"):
        Store.open(path)
    assert path.read_bytes() == before


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    path.write_text("not a database, but long enough to look at " * 100)
    with pytest.raises(StoreError, match="not a halo-dash store"):
        Store.open(path)


def test_a_damaged_store_says_so(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    with Store.open(path) as store:
        write(store, *(Span(f"t{number}", "a", name="n" * 300, start_ns=NOW) for number in range(300)))
    data = bytearray(path.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 40_000] = os.urandom(40_000)
    path.write_bytes(data)
    with Store.open(path) as store:
        try:
            problems = store.check()
        except StoreError as error:
            problems = (error.message,)
        assert problems


def test_paths_that_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be opened"):
        Store.open(tmp_path / "no" / "such" / "halo.db")
    with pytest.raises(StoreError, match="folder"):
        Store.open(tmp_path)
    with pytest.raises(StoreError, match="no store"):
        Store.open(tmp_path / "halo.db", "ro")


def test_a_locked_store_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("halo_dash.store.driver.BUSY_TIMEOUT_MS", 50)
    with Store.open(tmp_path / "halo.db") as store:
        other = connect(tmp_path / "halo.db", read_only=False)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="locked"):
            write(store, Span("t", "a"))
        other.execute("ROLLBACK")
        other.close()
        write(store, Span("t", "a"))
        assert store.stats().spans == 1


def test_a_backup_is_a_whole_store(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        write(store, Span("t", "a", name="n", start_ns=NOW))
        store.backup_to(tmp_path / "copy.db")
        write(store, Span("t", "b", name="n", start_ns=NOW))
    with Store.open(tmp_path / "copy.db") as copy:
        assert copy.check() == ()
        assert [item.span.span_id for item in copy.spans.page("t").items] == ["a"]


def test_a_closed_store_is_one_file_whoever_still_reads_it(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    store = Store.open(path)
    with Store.open(path, mode="ro") as reader:
        write(store, Span("t" * 32, "s" * 16, start_ns=NOW))
        assert reader.stats().spans == 1
        store.close()
        alone = tmp_path / "elsewhere" / "halo.db"
        alone.parent.mkdir()
        alone.write_bytes(path.read_bytes())
    with Store.open(alone, mode="ro") as copy:
        assert copy.stats().spans == 1
