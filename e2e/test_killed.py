"""`halo serve` killed while it removes, gives back, migrates and indexes: the next start goes on."""

from __future__ import annotations

import gzip
import random
import signal
import subprocess
import time
from contextlib import closing
from pathlib import Path

import pytest

from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.span import Attributes, Span
from halo_dash.store import Store
from halo_dash.store.driver import connect

from .conftest import Halo, clean_environment, halo_command, until
from .senders import send_run

NOW = 1_780_000_000_000_000_000
DEADLINE_S = 240
"""Half a minute is enough where nothing else runs; two cores shared by sixteen take minutes."""

V1 = Path(__file__).parents[1] / "tests" / "fixtures" / "stores" / "v1.sqlite.gz"


def fill(path: Path, traces: int, size: int) -> None:
    """Traces of one span each; each has a word of its own, and does not compress."""
    chance = random.Random(1)  # noqa: S311 - test data
    with Store.open(path) as store:
        for begin in range(0, traces, 250):
            spans = []
            for number in range(begin, min(begin + 250, traces)):
                said: Attributes = {"text": f"word{number}x", "noise": chance.randbytes(size).hex(" ", 4)}
                spans.append(Span(f"{number:032x}", "5" * 16, start_ns=NOW + number, attributes=said))
            with store.writing() as tx:
                tx.write(spans, source="live", received_ns=time.time_ns())


def numbers(store: Store) -> list[int]:
    """The traces of `fill` that are listed, the oldest first."""
    found: list[int] = []
    query: ListQuery | None = ListQuery(Filter(), sort="start", limit=500)
    while query:
        page = store.traces.page(query, NOW, facets=False)
        found += [int(row.summary.trace_id, 16) for row in page.items]
        query = query.at(page.next_cursor) if page.next_cursor else None
    return [number for number in found if number < 1 << 32]


def pages(path: Path) -> tuple[int, int]:
    """(pages of the database, those of them that are free)."""
    with closing(connect(path, read_only=True)) as store:
        (count,) = store.execute("PRAGMA page_count").fetchone()
        (free,) = store.execute("PRAGMA freelist_count").fetchone()
        return int(count), int(free)


@pytest.mark.parametrize("moment", ["removing", "giving back"])
def test_killed_while_it_keeps_its_limit(tmp_path: Path, moment: str) -> None:
    limit = 3_000_000
    (tmp_path / "halo.toml").write_text(f"[storage]\nmax_retention_days = 0\nmax_size_gb = {limit / 1e9}\n")
    halo = Halo(tmp_path)
    fill(halo.db, 2_000, 8_000)
    before, _free = pages(halo.db)
    halo.start()
    try:
        kept = send_run("grpc", halo.collector, "Was this kept?")
        with Store.open(halo.db, "ro") as store:
            if moment == "removing":
                until(lambda: store.stats().traces < 1_500, DEADLINE_S)
            else:
                until(lambda: pages(halo.db)[0] < before - 50, DEADLINE_S)
            halo.stop(signal.SIGKILL)
            left = numbers(store)
            # The oldest went first, and whole.
            assert left == list(range(left[0], 2_000))
            assert all(len(store.spans.page(f"{number:032x}").items) == 1 for number in left)
            assert store.check(is_full=True) == ()
        halo.start()
        with Store.open(halo.db, "ro") as store:
            until(lambda: store.space.measure().total_bytes <= limit, DEADLINE_S)
            until(lambda: store.report().leftovers == 0, DEADLINE_S)
            assert numbers(store)[-1] == 1_999
            assert store.traces.get(kept) is not None
            assert store.check(is_full=True) == ()
    finally:
        halo.stop(signal.SIGKILL)


def test_killed_while_it_migrates(tmp_path: Path) -> None:
    halo = Halo(tmp_path)
    halo.db.write_bytes(gzip.decompress(V1.read_bytes()))
    command = [halo_command(), "serve", "--port=0", "--collector-port=0", "--db", str(halo.db), "--no-open"]
    with closing(connect(halo.db, read_only=False)) as other:
        other.execute("PRAGMA journal_mode=WAL").fetchone()
        # It has to wait here for whoever writes just now, and is killed while it does.
        other.execute("BEGIN IMMEDIATE")
        halo.process = subprocess.Popen(
            command,
            cwd=tmp_path,
            env=clean_environment(),
            stdout=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        )
        until((tmp_path / "halo.db.v1.bak").exists, 60)
        halo.stop(signal.SIGKILL)
        other.execute("ROLLBACK")
        assert other.execute("PRAGMA user_version").fetchone() == (1,)
    halo.start()
    try:
        assert halo.get("/traces.json?range=all")["total"] == 28
    finally:
        halo.stop(signal.SIGKILL)


def test_killed_while_it_indexes(tmp_path: Path) -> None:
    halo = Halo(tmp_path)
    fill(halo.db, 6_000, 400)
    halo.start()
    try:
        with Store.open(halo.db, "ro") as store:
            indexed = until(lambda: store.stats().indexed_spans, 60)
            halo.stop(signal.SIGKILL)
            assert indexed < 6_000
            halo.start()
            until(lambda: halo.get("/stats.json")["indexed_spans"] == 6_000, 60)
            for number in (0, indexed - 1, indexed, 5_999):
                found = halo.get(f"/traces.json?range=all&q=word{number}x")["items"]
                assert [int(row["trace_id"], 16) for row in found] == [number]
    finally:
        halo.stop(signal.SIGKILL)
