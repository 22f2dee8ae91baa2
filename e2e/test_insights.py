"""The tutorial's agent, sent by the real SDK: its retry loop is the first insight."""

from __future__ import annotations

from typing import Any

from .conftest import Halo, until
from .research_agent import run_agent


def judged(halo: Halo, runs: int) -> dict[str, Any]:
    """The insights, once so many runs are judged."""
    return until(lambda: (page := halo.get("/insights.json"))["judged"] == runs and page, seconds=60)


def check(halo: Halo, found: dict[str, Any], loops: int, runs: int) -> None:
    first = found["items"][0]
    assert (first["rule"], first["subject"]) == ("retry-loop", "web_search")
    assert first["share"]["base"] == runs
    assert abs(first["share"]["value"] - loops / runs) <= 0.02
    assert "the query is not reformulated after an empty result" in first["hypothesis"]
    assert first["examples"][0]["quote"]
    rest = "&".join(f"cluster={name}" for name in first["clusters"])
    assert halo.get(f"/traces.json?rule=retry-loop&{rest}")["total"] == loops


def test_the_retry_loop_is_the_first_insight_of_12_and_of_20_runs(halo: Halo) -> None:
    loops = run_agent(halo.collector, 7, seed=7, is_down_for_runs=True)
    found = judged(halo, 7)
    assert (found["items"], found["least"], found["is_enough"]) == ([], 10, False)

    loops += run_agent(halo.collector, 5, seed=12, is_down_for_runs=True)
    assert 3 <= loops < 12
    check(halo, judged(halo, 12), loops, 12)

    loops += run_agent(halo.collector, 8, seed=20, is_down_for_runs=True)
    check(halo, judged(halo, 20), loops, 20)


def test_so_it_is_where_each_search_alone_finds_nothing_half_of_the_time(halo: Halo) -> None:
    loops = run_agent(halo.collector, 20, seed=7, is_down_for_runs=False)
    assert 3 <= loops < 20
    check(halo, judged(halo, 20), loops, 20)
    listed = halo.run("insight", "list", "--db", str(halo.db))
    assert listed.returncode == 0, listed.stderr
    assert "web_search" in listed.stdout.splitlines()[1]
