"""Stores of older versions, kept in `tests/fixtures/stores` as the programs of their time wrote them."""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from halo_dash.errors import StoreError
from halo_dash.model.annotation import AnnotationChange, Target
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Span
from halo_dash.store import Store
from halo_dash.store.driver import connect
from halo_dash.store.schema import newest_version

STORES = Path(__file__).parents[1] / "fixtures" / "stores"
NOW = 1_800_000_000_000_000_000
ALL = ListQuery(Filter(), limit=500)
VERSIONS = range(1, newest_version())


def old_store(version: int, folder: Path) -> Path:
    path = folder / "halo.db"
    with gzip.open(STORES / f"v{version}.sqlite.gz") as packed, path.open("wb") as target:
        shutil.copyfileobj(packed, target)
    return path


def schema_of(path: Path) -> set[str]:
    connection = connect(path, read_only=True)
    try:
        rows = connection.execute("SELECT name, sql FROM sqlite_schema WHERE name NOT GLOB '*sqlite_*'")
        return {f"{name}: {' '.join(sql.split())}" for name, sql in rows if sql}
    finally:
        connection.close()


@pytest.mark.parametrize("version", VERSIONS)
def test_an_older_store_is_backed_up_and_migrates_itself(version: int, tmp_path: Path) -> None:
    path = old_store(version, tmp_path)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="version") as caught:
        Store.open(path, "ro")
    assert "halo storage migrate" in (caught.value.hint or "")
    with Store.open(path) as store:
        assert store.schema_version() == newest_version()
        assert store.check() == ()
        page = store.traces.page(ALL, NOW)
        assert (page.totals.traces, page.totals.spans) == (28, 177)
        assert not any(row.is_pinned for row in page.items)
        spans = sum(len(store.spans.page(row.summary.trace_id).items) for row in page.items)
        assert spans == 177
        with store.writing() as tx:
            tx.pin(page.items[0].summary.trace_id, is_pinned=True)
            tx.annotate(Target(page.items[0].summary.trace_id), AnnotationChange.read(tags=["old"]), NOW)
            tx.write([Span("new", "a", start_ns=NOW)], source="live", received_ns=NOW)
        assert store.stats().traces == 29
        assert store.traces.page(ListQuery(Filter(tag=("old",))), NOW).totals.traces == 1
    copy = tmp_path / f"halo.db.v{version}.bak"
    connection = connect(copy, read_only=True)
    assert connection.execute("PRAGMA user_version").fetchone() == (version,)
    assert connection.execute("SELECT count(*) FROM spans").fetchone() == (177,)
    connection.close()
    assert len(before) == copy.stat().st_size
    assert sorted(each.name for each in tmp_path.iterdir()) == ["halo.db", copy.name]


def test_a_migration_leaves_the_copies_of_other_stores_alone(tmp_path: Path) -> None:
    path = old_store(1, tmp_path)
    copies = [tmp_path / "halo.db.v1.bak", tmp_path / "halo.db.v1.2.bak"]
    copies[0].write_bytes(b"the copy of another store")
    for _interrupted in range(2):
        # The second time as after a kill: the old store is there, and the copy that was made of it.
        old_store(1, tmp_path)
        with Store.open(path) as store:
            assert store.stats().spans == 177
        assert sorted(tmp_path.glob("*.bak")) == sorted(copies)
        assert copies[0].read_bytes() == b"the copy of another store"
    with closing(connect(copies[1], read_only=True)) as copy:
        assert copy.execute("SELECT count(*) FROM spans").fetchone() == (177,)


@pytest.mark.parametrize("version", VERSIONS)
def test_what_an_older_program_read_is_read_again_by_the_rules_of_today(version: int, tmp_path: Path) -> None:
    """Whoever changes what is kept of a trace (summary, facts of its steps) counts up `READING_VERSION`."""
    with Store.open(old_store(version, tmp_path)) as store:
        assert store.rereading.progress().waiting_traces == 28
        for _step in store.rereading.steps():
            pass
        assert store.rereading.progress().waiting_traces == 0
        assert store.check(is_full=True, sample=1_000) == ()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_migrated_store_has_the_tables_of_a_new_one(version: int, tmp_path: Path) -> None:
    path = old_store(version, tmp_path)
    Store.open(path).close()
    Store.open(tmp_path / "new.db").close()
    assert schema_of(path) == schema_of(tmp_path / "new.db")


KILLED = """
import os, signal, sys
from pathlib import Path
from halo_dash.store import Store, migrating

real, left = migrating.run_step, int(sys.argv[2])

class Breaking:
    def __init__(self, connection):
        self.connection = connection
    def execute(self, *given):
        global left
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)
        left -= 1
        return self.connection.execute(*given)

migrating.run_step = lambda connection, step: real(Breaking(connection), step)
Store.open(Path(sys.argv[1])).close()
"""


@pytest.mark.parametrize("statements", [0, 1, 4])
def test_killed_while_migrating_it_is_the_old_store_and_migrates_again(
    statements: int, tmp_path: Path
) -> None:
    path = old_store(1, tmp_path)
    command = [sys.executable, "-c", KILLED, str(path), str(statements)]
    assert subprocess.run(command, timeout=60, check=False).returncode == -9
    connection = connect(path, read_only=True)
    assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    connection.close()
    with Store.open(path) as store:
        assert store.check() == ()
        assert store.stats().spans == 177


def test_two_programs_open_an_older_store_at_once(tmp_path: Path) -> None:
    path = old_store(1, tmp_path)
    code = "import sys, pathlib, halo_dash.store as s; s.Store.open(pathlib.Path(sys.argv[1])).close()"
    programs = [subprocess.Popen([sys.executable, "-c", code, str(path)]) for _each in range(3)]
    assert [program.wait(timeout=60) for program in programs] == [0, 0, 0]
    with Store.open(path, "ro") as store:
        assert store.stats().spans == 177
    assert (tmp_path / "halo.db.v1.bak").exists()
