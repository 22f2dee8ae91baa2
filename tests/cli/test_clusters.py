"""`halo cluster`: the same failures as the page, from the store and from a running dashboard."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from web.conftest import serving

from halo_dash.cli.cluster import CLUSTER_COLUMNS
from halo_dash.detect.rules import RULES
from halo_dash.jobs.judge import Judge
from halo_dash.model.cluster_note import ClusterNoteChange
from halo_dash.store import Store
from halo_dash.transfer.demo import demo_traces

from .conftest import Ended

NOW = 1_800_000_000_000_000_000
TIMEOUT = "error-status:timeout"


@pytest.fixture(scope="module")
def judged_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's traces, judged; one failure is muted and named."""
    path = tmp_path_factory.mktemp("judged") / "halo.db"
    with Store.open(path) as store:
        with store.writing() as tx:
            for trace in demo_traces(NOW):
                tx.write(trace.spans, (), source="demo", received_ns=NOW)
            tx.note_cluster(TIMEOUT, ClusterNoteChange(title="Orders are slow", is_muted=True), NOW)
        Judge(store, RULES, clock=lambda: NOW).catch_up()
    return path


def test_failures_are_listed_and_each_is_a_filter(halo: Callable[..., Ended], judged_store: Path) -> None:
    db = ("--db", str(judged_store))
    found = halo("cluster", "list", "--json", *db).document
    assert found["total"] == len(found["items"]) > 3
    for item in found["items"]:
        listed = halo("trace", "list", "--json", "--cluster", item["name"], *db).document
        assert listed["total"] == item["runs"]
    fine = halo("cluster", "ls", "--json", "--detail", "fine", "--sort", "-last", *db).document["items"]
    assert len(fine) > found["total"]
    assert [item["last_ns"] for item in fine] == sorted((item["last_ns"] for item in fine), reverse=True)
    of_one = halo("cluster", "list", "--json", "--agent", "Coder", *db).document
    assert 0 < of_one["total"] < found["total"]


def test_the_table_says_what_people_say(halo: Callable[..., Ended], judged_store: Path) -> None:
    table = halo("cluster", "list", "--db", str(judged_store))
    lines = table.out.splitlines()
    assert lines[0].split() == [column.title for column in CLUSTER_COLUMNS]
    (line,) = [line for line in lines if line.endswith(TIMEOUT)]
    assert line.startswith("Orders are slow ")
    assert " muted " in line
    troubled = halo("cluster", "list", "--json", "--db", str(judged_store)).document["troubled"]
    assert f"{troubled} runs failed or had an error inside, in " in table.err
    assert table.err.endswith("of 200 traces; judged 200 of 200.\n")


def test_one_failure_is_shown_with_runs_and_what_sets_them_apart(
    halo: Callable[..., Ended], judged_store: Path
) -> None:
    db = ("--db", str(judged_store))
    document = halo("cluster", "get", TIMEOUT, "--json", *db).document
    text = halo("cluster", "get", TIMEOUT, *db).out
    assert "failure     Orders are slow" in text
    for example in document["detail"]["examples"]:
        assert f"halo trace get {example['trace_id']}" in text
        assert halo("trace", "get", example["trace_id"], "--json", *db).code == 0
    assert f"Against {document['detail']['references']} passing runs of the same agents:" in text
    other = halo("cluster", "get", TIMEOUT, "--agent", "Coder", *db)
    assert (other.code, "No run of the selection has it." in other.out) == (0, True)


def test_what_is_wrong_is_said(halo: Callable[..., Ended], judged_store: Path, tmp_path: Path) -> None:
    db = ("--db", str(judged_store))
    missing = halo("cluster", "get", "nothing", *db)
    assert (missing.code, missing.err.splitlines()[0]) == (3, "Error: There is no failure cluster 'nothing'.")
    assert halo("cluster", "list", "--detail", "finer", *db).code == 2
    empty = tmp_path / "halo.db"
    Store.open(empty).close()
    ended = halo("cluster", "list", "--db", str(empty))
    assert (ended.code, ended.out) == (0, "")
    assert ended.err.endswith("of 0 traces; judged 0 of 0.\n")


def test_a_running_dashboard_says_the_same_as_its_store(
    halo: Callable[..., Ended], judged_store: Path
) -> None:
    with serving(judged_store.parent) as start:
        url = start(store_path=judged_store).url
        for asked in (("list",), ("list", "--detail", "fine"), ("get", TIMEOUT), ("get", "retry-loop")):
            here = halo("cluster", *asked, "--json", "--db", str(judged_store))
            there = halo("cluster", *asked, "--json", "--url", url)
            assert (here.code, here.err) == (there.code, there.err)
            if not here.code:
                assert _timeless(here.document) == _timeless(there.document)


def _timeless(found: Any) -> Any:
    """Without the buckets, which end at two different moments."""
    if isinstance(found, list):
        return [_timeless(each) for each in found]
    if isinstance(found, dict):
        kept = {name: each for name, each in found.items() if name not in {"edges", "runs_by_bucket"}}
        return {name: _timeless(each) for name, each in kept.items()}
    return found
