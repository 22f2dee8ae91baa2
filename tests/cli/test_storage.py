"""`halo storage` and `halo trace pin`."""

from __future__ import annotations

import gzip
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from halo_dash.model.span import Span
from halo_dash.model.upkeep import DAY_NS
from halo_dash.store import Store
from halo_dash.store.driver import connect
from halo_dash.store.schema import newest_version
from tests.cli.conftest import Ended

Halo = Callable[..., Ended]
NOW = 1_780_000_000_000_000_000


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "halo.db"
    path.parent.mkdir()
    chance = random.Random(1)  # noqa: S311 - test data
    with Store.open(path) as opened, opened.writing() as tx:
        for number in range(20):
            start_ns = NOW - number * DAY_NS
            span = Span(
                f"{number:032x}", "s", start_ns=start_ns, attributes={"text": chance.randbytes(9_000).hex()}
            )
            tx.write([span], source="live", received_ns=NOW)
    return path


def test_stats_say_what_takes_the_space(halo: Halo, store: Path) -> None:
    found = halo("storage", "stats", "--json").document
    files = sum(
        each.stat().st_size for each in store.parent.glob("halo.db*") if not each.name.endswith("-shm")
    )
    assert (
        found["total_bytes"]
        == files
        == found["database_bytes"] + found["log_bytes"] + found["index_bytes"] + found["findings_bytes"]
    )
    assert (found["traces"], found["spans"]) == (20, 20)
    parts = {part["name"]: part for part in found["parts"]}
    assert parts["spans"]["rows"] == parts["bodies"]["rows"] == parts["traces"]["rows"] == 20
    assert sum(part["bytes"] for part in found["parts"]) < found["database_bytes"]
    assert len(found["days"]) == 20
    text = halo("storage", "stats").out
    assert "20 spans in 20 traces" in text
    assert "bodies" in text


def test_prune_says_first_and_then_does(halo: Halo, store: Path) -> None:
    assert halo("trace", "pin", f"{19:032x}", "--json").document == {"trace_id": f"{19:032x}", "pinned": True}
    said = halo("storage", "prune", "--older-than", "1s", "--dry-run", "--json").document
    assert (said["dry_run"], said["traces"], said["pinned_traces"]) == (True, 19, 1)
    assert halo("storage", "stats", "--json").document["traces"] == 20
    done = halo("storage", "prune", "--older-than", "1s", "--json").document
    assert (done["dry_run"], done["traces"], done["spans"]) == (False, 19, 19)
    assert done["bytes_after"] < done["bytes_before"]
    left = halo("trace", "list", "--range", "all", "--json").document["items"]
    assert [(item["trace_id"], item["pinned"]) for item in left] == [(f"{19:032x}", True)]
    assert halo("trace", "unpin", f"{19:032x}").code == 0
    assert halo("storage", "prune", "--older-than", "0s", "--json").document["traces"] == 1
    assert "Removed 0 traces" in halo("storage", "prune").out


def test_prune_to_a_size(halo: Halo, store: Path) -> None:
    before = halo("storage", "stats", "--json").document["total_bytes"]
    done = halo("storage", "prune", "--max-size", f"{before * 0.9:.0f}", "--json").document
    assert done["bytes_after"] <= before * 0.9


@pytest.mark.parametrize(
    "arguments",
    [("prune", "--older-than", "soon"), ("prune", "--max-size", "large"), ("check", "--sample", "-1")],
)
def test_wrong_amounts_are_wrong_usage(halo: Halo, store: Path, arguments: tuple[str, ...]) -> None:
    assert halo("storage", *arguments).code == 2


def test_backup_restore_check_compact(halo: Halo, store: Path, tmp_path: Path) -> None:
    assert halo("storage", "backup", "copy.db", "--json").document["bytes"] > 0
    assert halo("storage", "backup", "copy.db").code == 2
    assert halo("storage", "backup", "copy.db", "--force").code == 0
    assert halo("storage", "prune", "--older-than", "1s").code == 0
    assert halo("storage", "compact", "--json").document["bytes_after"] > 0
    with Store.open(store):
        refused = halo("storage", "restore", "copy.db")
    assert refused.code == 4
    assert "in use" in refused.err
    assert halo("storage", "restore", "copy.db", "--json").document["kept"].endswith(".before-restore")
    assert halo("storage", "stats", "--json").document["traces"] == 20
    assert halo("storage", "check", "--full", "--json").document == {"ok": True, "problems": []}
    assert halo("storage", "migrate", "--json").document["schema_version"] >= 2
    connection = connect(store, read_only=False)
    connection.execute("DELETE FROM bodies WHERE id = (SELECT min(id) FROM bodies)")
    connection.close()
    broken = halo("storage", "check", "--json")
    assert broken.code == 1
    assert not broken.document["ok"]


def test_migrating_says_what_it_did_and_where_the_older_store_is(halo: Halo, store: Path) -> None:
    assert "nothing was to be done" in halo("storage", "migrate").out
    packed = Path(__file__).parents[1] / "fixtures" / "stores" / "v4.sqlite.gz"
    copy = f"{store}.v4.bak"
    for said in ((), ("--json",)):
        store.write_bytes(gzip.decompress(packed.read_bytes()))
        ended = halo("storage", "migrate", *said)
        assert ended.code == 0
        if said:
            assert (ended.document["migrated_from"], ended.document["copy"]) == (4, copy)
        else:
            assert (
                f"was migrated from version 4 to {newest_version()}. As it was it is kept as {copy};"
                in ended.out
            )
    assert halo("storage", "migrate", "--json").document == {
        "store": str(store),
        "schema_version": newest_version(),
        "migrated_from": None,
        "copy": None,
    }


def test_where_there_is_no_store(halo: Halo, tmp_path: Path) -> None:
    for command in ("stats", "prune", "compact", "check", "migrate"):
        assert halo("storage", command).code == 3
    assert halo("storage", "restore", "nowhere.db").code == 3
    assert not (tmp_path / "data" / "halo.db").exists()
    assert halo("trace", "pin", "nowhere").code == 3


def test_stats_and_doctor_say_that_stored_costs_follow_other_prices(
    halo: Halo, store: Path, tmp_path: Path
) -> None:
    assert halo("storage", "stats", "--json").document["rereading"]["waiting_traces"] == 0
    config = tmp_path / "halo.toml"
    config.write_text('[prices."my-model"]\ninput = 1\noutput = 2\n')
    found = halo("storage", "stats", "--json", "--config", str(config), "--db", str(store)).document
    assert found["rereading"] == {"waiting_traces": 20, "is_under_way": False}
    text = "20 traces were read by other rules or prices and are to be read again"
    assert text in halo("storage", "stats", "--config", str(config), "--db", str(store)).out
    assert text in halo("doctor", "--config", str(config), "--db", str(store)).out
