"""The id by which a store is told from another one that lies under the same name."""

from __future__ import annotations

import gzip
from contextlib import closing
from pathlib import Path

from halo_dash.store import Store
from halo_dash.store.driver import connect
from halo_dash.store.identity import store_id

V1 = Path(__file__).parents[1] / "fixtures" / "stores" / "v1.sqlite.gz"


def id_of(path: Path) -> bytes:
    with closing(connect(path, read_only=True)) as connection:
        return store_id(connection)


def test_a_store_has_an_id_of_its_own_and_keeps_it(tmp_path: Path) -> None:
    for name in ("one.db", "two.db"):
        Store.open(tmp_path / name).close()
    first = id_of(tmp_path / "one.db")
    assert len(first) == 16
    assert first != id_of(tmp_path / "two.db")
    Store.open(tmp_path / "one.db").close()
    assert id_of(tmp_path / "one.db") == first


def test_an_older_store_gets_one_when_it_is_opened(tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    path.write_bytes(gzip.decompress(V1.read_bytes()))
    assert id_of(path) == b""
    Store.open(path).close()
    assert len(id_of(path)) == 16


def test_a_backup_is_a_store_of_its_own(tmp_path: Path) -> None:
    with Store.open(tmp_path / "halo.db") as store:
        for name in ("one.db", "two.db"):
            store.backup_to(tmp_path / name)
    assert len({id_of(tmp_path / name) for name in ("halo.db", "one.db", "two.db")}) == 3
