"""`halo run` and `halo conversation`: the same from the store and from a running dashboard."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

import pytest
from web.analysis_runs import ME, Planted, planted_dashboard
from web.conftest import Dashboard, put, run, serving

from halo_dash.model.report import Report
from halo_dash.model.run import RunUsage
from halo_dash.store import Store
from halo_dash.store.runs.values import Checkpoint

from .conftest import Ended

Halo = Callable[..., Ended]


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with planted_dashboard(tmp_path_factory.mktemp("runs")) as found:
        yield found


@pytest.fixture
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """To be written to."""
    with serving(tmp_path_factory.mktemp("own")) as start:
        dashboard = start()
        put(dashboard.db, run(1), run(2, fails=True, agent="writer"))
        yield dashboard


def both(dashboard: Dashboard) -> tuple[tuple[str, str], ...]:
    return ("--db", str(dashboard.db)), ("--url", dashboard.url)


def test_the_store_and_the_server_say_the_same(halo: Halo, planted: Planted) -> None:
    for command in (
        ("run", "list"),
        ("run", "get", planted.done.run_id),
        ("run", "events", planted.done.run_id, "--limit", "5"),
        ("conversation", "list", "--limit", "2"),
        ("conv", "get", planted.done.conversation_id),
    ):
        here, there = (halo(*command, "--json", *where).document for where in both(planted.dashboard))
        assert here == there, command


def test_scripts_of_the_hosted_command_line_keep_working(halo: Halo, own: Dashboard) -> None:
    for where in both(own):
        made = halo("run", "create", "--prompt", "Why?", "--built-in", "--json", *where).document
        found = halo("conversation", "get", made["conversationId"], "--json", *where).document
        assert found["runs"][0]["runId"] == made["runId"]
        assert [(each["role"], each["content"]) for each in found["messages"]] == [("user", "Why?")]


def test_flags_become_the_request(halo: Halo, own: Dashboard) -> None:
    flags = (
        "--agent", "writer", "--model", "gpt-x", "--span-limit", "5", "--max-subagent-depth", "2",
        "--max-turns", "7",
        "--budget-usd", "0.5", "--lookback-hours", "3", "--context", "A toy",
    )  # fmt: skip
    for where in both(own):
        made = halo("run", "create", "-p", "Why?", *flags, "--json", *where).document
        assert (made["analyst"], made["models"]["model"]) == ("model", "gpt-x")
        limits = made["limits"]
        assert (limits["span_limit"], limits["max_depth"], limits["max_turns"]) == (5, 2, 7)
        assert limits["budget_usd"] == 0.5
        filters = {each["name"]: each["value"] for each in made["filter"]}
        assert filters["agent"] == "writer"
        assert {"from", "to"} <= set(filters)


def test_wrong_usage_starts_nothing(halo: Halo, own: Dashboard) -> None:
    for where in both(own):
        wrong = halo("run", "create", "-p", "Why?", "--max-depth", "9", *where)
        assert wrong.code == 2
        assert "whole number from 0 to 5" in wrong.err
        both_windows = ("--lookback-hours", "2", "--range", "1h")
        assert halo("run", "create", "-p", "Why?", *both_windows, *where).code == 2
        assert halo("run", "create", "-p", " ", *where).code == 2
        for hours in ("nan", "-1", "inf"):
            assert halo("run", "create", "-p", "Why?", "--lookback-hours", hours, *where).code == 2
        assert halo("run", "create", "-p", "Why?", "--budget-usd", "nan", *where).code == 2
        assert halo("run", "poll", "nothing", "--timeout", "nan", *where).code == 2
        assert halo("run", "get", "nothing", *where).code == 3
        assert halo("conversation", "ask", "nothing", "Why?", *where).code == 3
    assert halo("run", "list", "--json", "--db", str(own.db)).document == {"items": []}


def test_polling_ends_with_the_run_and_says_how(halo: Halo, own: Dashboard) -> None:
    where = ("--db", str(own.db))
    made = halo("run", "create", "-p", "Why?", "--built-in", "--json", *where).document
    waiting = halo("run", "poll", made["run_id"], "--timeout", "0", *where)
    assert waiting.code == 1
    assert "It is queued after 0 s" in waiting.err
    with Store.open(own.db) as store, store.writing() as tx:
        now_ns = time.time_ns()
        tx.runs.progress.claim(ME, now_ns, now_ns + 10**12, run_id=made["run_id"])
        tx.runs.progress.end(
            made["run_id"], ME, state="completed", reason="", usage=RunUsage(), active_ms=1, now_ns=now_ns,
            step=Checkpoint(), report=Report(title="Fine", summary="Nothing is wrong."), content="# Fine\n",
        )  # fmt: skip
    for each in both(own):
        done = halo("run", "poll", made["run_id"], "--json", *each)
        assert (done.code, done.document["state"]) == (0, "completed")
    assert halo("conv", "get", made["conversation_id"], *where).out == "# Fine\n"
    again = halo("conv", "ask", made["conversation_id"], "Sure?", "--json", "--url", own.url).document
    stopped = halo(
        "run", "cancel", again["run_id"], "--reason", "enough", "--json", "--url", own.url
    ).document
    assert (stopped["state"], stopped["reason"]) == ("cancelled", "enough")
    assert halo("run", "poll", again["run_id"], *where).code == 1


def test_a_brief_is_printed_alone(halo: Halo, planted: Planted) -> None:
    for where in both(planted.dashboard):
        brief = halo("conversation", "get", planted.done.conversation_id, "--brief", "1", *where)
        assert brief.out.startswith("In the researcher agent, web_search is retried unchanged.\n")
        assert halo("conversation", "get", planted.done.conversation_id, "--brief", "9", *where).code == 3


def test_people_read_tables_and_lines(halo: Halo, planted: Planted) -> None:
    where = ("--db", str(planted.dashboard.db))
    table = halo("run", "ls", *where).out.splitlines()
    assert table[0].split()[:3] == ["CREATED", "STATE", "QUESTION"]
    assert "at least $0.020" in next(line for line in table if "running" in line)
    lines = halo("run", "events", planted.done.run_id, "--limit", "3", *where)
    assert len(lines.out.splitlines()) == 3
    assert "3 of 15 events" in lines.err
    assert "61 of 140 traces" in halo("run", "get", planted.done.run_id, *where).out
