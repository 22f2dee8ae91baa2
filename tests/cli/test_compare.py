"""`halo compare`: the same from the store and from a server, and rows that read in a terminal."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from web.conftest import Dashboard, put, serving
from web.test_compare import A, B, spans, tool

from .conftest import Ended


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serving(tmp_path_factory.mktemp("pair")) as start:
        dashboard = start()
        put(dashboard.db, A, B, spans(3, tool("\x1b[2J", "{}")))
        yield dashboard


def ids(*traces: int) -> list[str]:
    return [f"{number:032x}" for number in traces]


def test_the_store_and_a_server_give_the_same_document(halo: Callable[..., Ended], pair: Dashboard) -> None:
    here = halo("compare", *ids(1, 2), "--json", "--db", str(pair.db)).document
    there = halo("compare", *ids(1, 2), "--json", "--url", pair.url).document
    assert here == there
    assert here["first_difference"] == 3


def test_the_rows_say_what_differs(halo: Callable[..., Ended], pair: Dashboard) -> None:
    out = halo("compare", f"{pair.url}/traces/{ids(1)[0]}?span=x", *ids(2), "--db", str(pair.db)).out
    assert "3 differences in 5 steps; they part in row 3." in out
    lines = out.splitlines()
    assert lines[0].startswith(f"A  {ids(1)[0]}  ok")
    assert lines[1].startswith(f"B  {ids(2)[0]}  error inside")
    weather = next(line for line in lines if "weather" in line)
    assert weather.split() == [
        "3",
        "*",
        "TOOL",
        "weather",
        "50",
        "ms",
        "failed",
        "50",
        "ms",
        "status,",
        "input",
    ]
    assert next(line for line in lines if "news" in line).split()[:2] == ["4", "B"]


def test_only_the_differences_can_be_shown(halo: Callable[..., Ended], pair: Dashboard) -> None:
    out = halo("compare", *ids(1, 2), "--differences", "--db", str(pair.db)).out
    assert "guide" not in out.split("DIFFERS IN")[1]
    same = halo("compare", *ids(1, 1), "--differences", "--db", str(pair.db)).out
    assert "They are the same in all 4 steps." in same


def test_names_cannot_act_on_the_terminal(halo: Callable[..., Ended], pair: Dashboard) -> None:
    assert "\x1b" not in halo("compare", *ids(1, 3), "--db", str(pair.db)).out


def test_a_trace_that_is_not_there_is_said(halo: Callable[..., Ended], pair: Dashboard) -> None:
    ended = halo("compare", *ids(1, 99), "--db", str(pair.db))
    assert ended.code == 3
