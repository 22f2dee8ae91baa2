"""`halo agent`: the same figures as the page, from the store and from a running dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from web.conftest import Dashboard, put, run, serving

from halo_dash.model.figures import UNNAMED
from halo_dash.store import Store

from .conftest import Ended

ODD = "a/b & c?.json"


def test_agents_are_listed_found_and_sorted(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store))
    found = halo("agent", "list", "--json", "--sort", "-runs", *db).document
    runs = [item["figures"]["runs"] for item in found["items"] if item["key"] != UNNAMED]
    assert runs == sorted(runs, reverse=True)
    assert found["total"] == len(found["items"])
    for item in found["items"]:
        listed = halo("trace", "list", "--json", "--agent", item["key"], *db).document
        assert listed["total"] == item["figures"]["runs"]
    one = halo("agent", "ls", "--json", "--find", "SUPP", *db).document
    assert [item["key"] for item in one["items"]] == ["support"]
    table = halo("agent", "list", "--status", "error", *db)
    assert table.out.splitlines()[0].split() == [
        *(
            "AGENT",
            "RUNS",
            "FAILED",
            "P50",
            "P95",
            "TOKENS",
            "COST",
            "LAST",
            "RUN",
            "VERSION",
            "FRAMEWORK",
            "ID",
        )
    ]
    assert "(100%)" in table.out
    assert table.err.endswith("agents.\n")


def test_one_agent_is_shown_with_the_period_before(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store))
    whole = halo("agent", "get", "support", "--json", *db).document
    assert (whole["agent"]["agent_name"], whole["before"]) == ("Support", None)
    lately = halo("agent", "get", "support", "--json", "--range", "12h", *db).document
    assert lately["before"]["runs"] + lately["figures"]["runs"] <= whole["figures"]["runs"]
    text = halo("agent", "get", "support", "--range", "12h", *db).out
    for word in (
        "agent       Support",
        "selection ",
        "before ",
        "MODEL ",
        "TOOL ",
        "VERSION ",
        "Where the time goes:",
    ):
        assert word in text


def test_what_is_wrong_is_said(halo: Callable[..., Ended], filled_store: Path) -> None:
    db = ("--db", str(filled_store))
    missing = halo("agent", "get", "nobody", *db)
    assert (missing.code, missing.err.splitlines()[0]) == (3, "Error: There is no agent 'nobody'.")
    wrong = halo("agent", "list", "--sort", "colour", *db)
    assert wrong.code == 2
    assert "sort must be one of" in wrong.err


def test_an_empty_store_has_no_agents(halo: Callable[..., Ended], tmp_path: Path) -> None:
    path = tmp_path / "halo.db"
    Store.open(path).close()
    ended = halo("agent", "list", "--db", str(path))
    assert (ended.code, ended.out, ended.err) == (0, "", "0 agents.\n")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """A dashboard over two agents, one of them with a name that addresses have to escape."""
    with serving(tmp_path_factory.mktemp("agents")) as start:
        dashboard = start()
        put(dashboard.db, run(1, fails=True), run(2), run(3, agent=ODD))
        yield dashboard


def test_a_running_dashboard_says_the_same_as_its_store(halo: Callable[..., Ended], desk: Dashboard) -> None:
    lists = (("list", "--sort", "-runs"), ("list", "--find", "A/B"))
    for asked in (*lists, ("get", ODD), ("get", "researcher")):
        here = halo("agent", *asked, "--json", "--db", str(desk.db)).document
        there = halo("agent", *asked, "--json", "--url", desk.url).document
        # The buckets end at two different moments.
        for found in (here, there):
            found.pop("edges", None)
            found.pop("buckets", None)
            for item in found.get("items", []):
                del item["runs_by_bucket"], item["failed_by_bucket"]
        assert here == there
    assert halo("agent", "get", ODD, "--url", desk.url).out.startswith(f"agent       {ODD}\n")
    assert halo("agent", "get", "nobody", "--url", desk.url).code == 3
