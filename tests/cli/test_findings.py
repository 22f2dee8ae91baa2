"""What rules found, in a terminal."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from halo_dash.detect import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.store import Store

from .conftest import Ended


def test_a_trace_tells_its_findings_with_their_evidence(
    halo: Callable[..., Ended], filled_store: Path, tmp_path: Path
) -> None:
    copy = tmp_path / "judged.db"
    with Store.open(filled_store, mode="ro") as store:
        store.backup_to(copy)
    db = ("--db", str(copy))
    chosen = halo("trace", "list", "--tool", "web_search", "--limit", "1", "--json", *db).document["items"][0]
    assert "Not judged yet" in halo("trace", "get", chosen["trace_id"], *db).out
    with Store.open(copy, mode="ro") as store:
        Judge(store, RULES).catch_up()
    silent = halo("trace", "list", "--status", "ok", "--effective", "error", "--json", *db).document["items"]
    shown = {item["trace_id"]: item for item in silent if not item["incomplete"]}
    assert shown
    for trace_id, item in shown.items():
        told = halo("trace", "get", trace_id, *db).out
        assert "status      silent\n" in told
        for found in item["findings"]:
            assert found["title"] in told
            assert all(place["span_id"] in told for place in found["evidence"])
    clean = halo("trace", "list", "--effective", "ok", "--limit", "500", "--json", *db).document["items"]
    calm = next(item["trace_id"] for item in clean if not item["findings"])
    assert "No rule found anything." in halo("trace", "get", calm, *db).out
