"""`halo insight`: the same insights as the page, from the store and from a running dashboard."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from web.conftest import Dashboard, serving
from web.insight_runs import history, put_judged

from .conftest import Ended

LOOPS = "x.xx.x.xxx.x"


@pytest.fixture(scope="module")
def looping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serving(tmp_path_factory.mktemp("insights")) as start:
        dashboard = start()
        put_judged(dashboard.db, *history(LOOPS), *history("......", "1.1", first=len(LOOPS)))
        yield dashboard


def test_the_store_and_the_server_say_the_same(halo: Callable[..., Ended], looping: Dashboard) -> None:
    here = halo("insight", "list", "--json", "--db", str(looping.db)).document
    there = halo("insight", "ls", "--json", "--url", looping.url).document
    assert here == there == looping.ask("/insights.json").json
    name = here["items"][0]["name"]
    one = [halo("insight", "get", name, "--json", *where).document for where in _both(looping)]
    assert one[0] == one[1] == looping.ask(f"/insights/{name}.json").json


def test_a_person_reads_why_and_what_to_try(halo: Callable[..., Ended], looping: Dashboard) -> None:
    table = halo("insight", "list", "--db", str(looping.db))
    assert table.out.splitlines()[0].split() == [
        *("IMPACT", "INSIGHT", "LIFE", "SHARE", "RUNS", "SEVERITY", "AGENT", "NAME")
    ]
    assert "judged 18 of 18 runs" in table.err
    row = next(line for line in table.out.splitlines() if "tried again" in line)
    assert "fixed in 1.1" in row
    assert "8 of 18" in row
    text = halo("insight", "get", row.split()[-1], "--db", str(looping.db)).out
    for part in (
        "the query is not reformulated after an empty result",
        "--rule retry-loop --cluster",
        "# has it): " + LOOPS.replace("x", "#") + "......",
        "halo trace get",
    ):
        assert part in text


def test_too_few_runs_and_an_unknown_name(halo: Callable[..., Ended], looping: Dashboard) -> None:
    few = halo("insight", "list", "--db", str(looping.db), "--tool", "other")
    assert (few.code, few.out) == (0, "")
    assert few.err.startswith("0 of 10 runs that it takes are judged.")
    assert halo("insight", "get", "nothing", "--db", str(looping.db)).code == 3
    assert halo("insight", "get", "nothing", "--url", looping.url).code == 3


def test_how_many_runs_it_takes_is_configured(
    halo: Callable[..., Ended], looping: Dashboard, tmp_path: Path
) -> None:
    name = "HALO_ENGINE_MIN_TRACES_FOR_SYSTEMIC_ANALYSIS"
    found = halo(
        "insight", "list", "--json", "--db", str(looping.db), env={name: "19"}, cwd=tmp_path
    ).document
    assert (found["least"], found["items"]) == (19, [])


def _both(dashboard: Dashboard) -> tuple[tuple[str, str], ...]:
    return ("--db", str(dashboard.db)), ("--url", dashboard.url)
