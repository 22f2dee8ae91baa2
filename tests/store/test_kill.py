"""`halo storage prune|compact|migrate|reindex`, killed in the middle of it: nothing is lost, and they go on.

The commands run in processes of their own and are killed once what they do can be seen in the files.
"""

from __future__ import annotations

import gzip
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from halo_dash.jobs.indexer import catch_up
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Attributes, Span
from halo_dash.model.upkeep import DAY_NS, RetentionLimits
from halo_dash.store import Store
from halo_dash.store.driver import Connection, Error, connect
from halo_dash.store.index_files import IndexFiles

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")

NOW = 1_780_000_000_000_000_000
OLD = NOW - 4_000 * DAY_NS
V1 = Path(__file__).parents[1] / "fixtures" / "stores" / "v1.sqlite.gz"


def spans(number: int, size: int, start_ns: int = NOW) -> list[Span]:
    """A trace of two spans that does not compress; its word is found nowhere else."""
    chance = random.Random(number)  # noqa: S311 - test data
    attributes: Attributes = {
        "text": f"word{number}x",
        "noise": chance.randbytes(size).hex(),
        "session.id": f"s{number}",
    }
    return [
        Span(f"{number:032x}", f"{each:016x}", start_ns=start_ns, attributes=attributes) for each in (1, 2)
    ]


def fill(path: Path, numbers: range, size: int, start_ns: int = NOW) -> None:
    with Store.open(path) as store:
        for begin in range(numbers.start, numbers.stop, 200):
            with store.writing() as tx:
                some = range(begin, min(begin + 200, numbers.stop))
                tx.write(
                    [span for number in some for span in spans(number, size, start_ns)],
                    source="live",
                    received_ns=NOW,
                )


def halo(path: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-P", "-m", "halo_dash", "storage", *arguments, "--db", str(path)]


def kill_when(command: list[str], holds: Callable[[], bool]) -> None:
    """Start a command, and kill it as soon as something holds, which is before it ends."""
    deadline = time.monotonic() + 60
    tick = threading.Event()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        while not holds():
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < deadline, "it did not come so far"
            tick.wait(0.002)
        process.kill()
        process.communicate()
        assert process.returncode == -signal.SIGKILL


def finish(command: list[str]) -> None:
    subprocess.run(command, check=True, timeout=120, stdout=subprocess.DEVNULL)


def single(connection: Connection, statement: str) -> int:
    (found,) = connection.execute(statement).fetchone()
    return int(found)


def listed(store: Store) -> set[int]:
    """The traces of the list, each of them whole."""
    found: set[int] = set()
    query: ListQuery | None = ListQuery(Filter(), limit=500)
    while query:
        page = store.traces.page(query, NOW, facets=False)
        assert {row.summary.span_count for row in page.items} <= {2}
        found |= {int(row.summary.trace_id, 16) for row in page.items}
        query = query.at(page.next_cursor) if page.next_cursor else None
    return found


def has_all(store: Store, number: int, size: int) -> bool:
    kept = [item.span.attributes for item in store.spans.page(f"{number:032x}").items]
    return kept == [span.attributes for span in spans(number, size)]


@pytest.mark.parametrize("removed", [1, 300])
def test_prune(removed: int, tmp_path: Path) -> None:
    path, size = tmp_path / "halo.db", 6_000
    fill(path, range(450), size, OLD)
    fill(path, range(450, 600), size)
    command = halo(path, "prune", "--older-than", "3650d")
    with Store.open(path, "ro") as watching:
        kill_when(command, lambda: watching.stats().traces <= 600 - removed)
    with Store.open(path) as store:
        assert store.check(is_full=True) == ()
        left = listed(store)
        assert set(range(450, 600)) <= left
        assert all(has_all(store, number, size) for number in range(450, 600))
        assert all(len(store.spans.page(f"{number:032x}").items) == 2 for number in left)
    finish(command)
    with Store.open(path) as store:
        assert listed(store) == set(range(450, 600))
        assert store.space.measure().free_bytes == 0
        assert store.report().leftovers == 0
        assert store.check(is_full=True) == ()


@pytest.mark.parametrize("given_back", [1, 600])
def test_compact(given_back: int, tmp_path: Path) -> None:
    path, size = tmp_path / "halo.db", 6_000
    # The old lie between those that stay, so that giving back means moving pages.
    for begin in range(0, 1_500, 100):
        fill(path, range(begin, begin + 70), size, OLD)
        fill(path, range(begin + 70, begin + 100), size)
    stay = {number for number in range(1_500) if number % 100 >= 70}
    with Store.open(path) as store:
        for _step in store.retention.prune(RetentionLimits(started_before_ns=NOW)):
            pass
    with closing(connect(path, read_only=True)) as watching:
        before = single(watching, "PRAGMA page_count")
        kill_when(halo(path, "compact"), lambda: single(watching, "PRAGMA page_count") <= before - given_back)
    with Store.open(path) as store:
        assert store.check(is_full=True) == ()
        assert store.space.measure().free_bytes > 0
        assert listed(store) == stay
    finish(halo(path, "compact"))
    with Store.open(path) as store:
        assert store.space.measure().free_bytes == 0
        assert listed(store) == stay
        assert all(has_all(store, number, size) for number in stay)
        assert store.check(is_full=True) == ()


def test_migrate(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    path.write_bytes(gzip.decompress(V1.read_bytes()))
    with closing(connect(path, read_only=False)) as other:
        other.execute("PRAGMA journal_mode=WAL").fetchone()
        # It has to wait here for whoever writes just now, and is killed while it does.
        other.execute("BEGIN IMMEDIATE")
        kill_when(halo(path, "migrate"), (tmp_path / "halo.db.v1.bak").exists)
        other.execute("ROLLBACK")
        assert single(other, "PRAGMA user_version") == 1
    finish(halo(path, "migrate"))
    finish(halo(path, "migrate"))
    with Store.open(path) as store:
        assert store.check(is_full=True) == ()
        assert (store.stats().traces, store.stats().spans) == (28, 177)
    assert not list(tmp_path.glob("*.partial"))


def found(store: Store, typed: str) -> set[int]:
    page = store.traces.page(ListQuery(Filter(q=typed), limit=500), NOW, facets=False)
    return {int(row.summary.trace_id, 16) for row in page.items}


def documents(path: Path) -> int:
    """How many traces an index in the making has so far; of a copy, for only its maker may open it."""
    copy = path.with_name("seen.index")
    try:
        for side in ("", "-wal"):
            shutil.copy(path.with_name(path.name + side), copy.with_name(copy.name + side))
        with closing(connect(copy, read_only=True)) as index:
            return single(index, "SELECT count(*) FROM indexed")
    except (Error, OSError):
        return 0


def test_reindex_while_traces_arrive(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    fill(path, range(6_000), 10)
    with Store.open(path) as store:
        catch_up(store)
        building = IndexFiles(path).building
        kill_when(halo(path, "reindex"), lambda: documents(building) > 0)
        done = documents(building)
        assert 0 < done < 6_000
        assert found(store, "word7x") == {7}
        fill(path, range(6_000, 6_010), 10)
        catch_up(store)
        finish(halo(path, "reindex"))
        assert not building.exists()
        stats = store.stats()
        assert stats.indexed_spans == stats.spans == 2 * 6_010
        for number in (0, 7, done - 1, done, 5_999, 6_009):
            assert found(store, f"word{number}x") == {number}
