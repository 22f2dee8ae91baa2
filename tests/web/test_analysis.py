"""`/analysis` as served: the form, what it starts, a conversation in all of its forms."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from halo_dash.store import Store

from .analysis_runs import HOSTILE, Planted, planted_dashboard
from .conftest import Answer, Dashboard, put, run


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    with planted_dashboard(tmp_path_factory.mktemp("analysis")) as found:
        yield found


def send(dashboard: Dashboard, path: str, **fields: str) -> Answer:
    """Post a form as a program does."""
    headers = {"content-type": "application/x-www-form-urlencoded", "x-halo-request": "1"}
    names = {
        name.replace("_", "-") if name.startswith("run") else name: value for name, value in fields.items()
    }
    return dashboard.ask(path, method="POST", body=urlencode(names).encode(), headers=headers)


def test_an_empty_store_has_nothing_to_read(dashboard: Dashboard) -> None:
    page = dashboard.ask("/analysis").text
    assert "Nothing was asked yet." in page
    assert "No run matches: there is nothing to read." in page


def test_the_form_counts_what_it_would_read(planted: Planted) -> None:
    ask = planted.dashboard.ask
    everything = ask("/analysis").text
    assert "<b>7 runs</b>, 21 spans" in everything
    assert "1 reported failed" in everything
    assert "<b>1 run</b>" in ask("/analysis?agent=writer").text
    assert "<b>1 run</b>" in ask("/analysis?status=error&sort=-cost").text
    assert "a sample is read" in ask("/analysis?run-spans=6").text
    assert "a sample is read" not in ask("/analysis?run-spans=0").text


def test_runs_of_the_engine_itself_are_counted_only_where_they_are_asked_for(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2))
    put(dashboard.db, run(3), source="engine")
    assert "<b>2 runs</b>" in dashboard.ask("/analysis").text
    assert "<b>1 run</b>" in dashboard.ask("/analysis?source=engine").text


def test_what_cannot_be_read_is_said_and_starts_nothing(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    found = dashboard.ask("/analysis?run-depth=9&run-usd=free&prompt=Why%3F&colour=red")
    assert found.status == 422
    for words in (
        "Depth must be a whole number from 0 to 5",
        "Dollars must be",
        "colour",
        ">Why?</textarea>",
    ):
        assert words in found.text
    answer = send(dashboard, "/analysis/start", prompt="Why?", run_depth="9")
    assert answer.status == 303
    assert dict(parse_qsl(urlsplit(answer.headers["location"]).query))["run-depth"] == "9"
    assert dashboard.ask("/analysis.json").json["items"] == []


def test_a_run_is_asked_for_with_its_selection_frozen_in_time(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    answer = send(
        dashboard, "/analysis/start",
        prompt="Why?", agent="researcher", range="1h", run_analyst="built_in", run_spans="0", run_usd="1.5",
        run_context="A toy",
    )  # fmt: skip
    assert answer.status == 303
    with Store.open(dashboard.db, mode="ro") as store:
        conversation = store.runs.conversation(answer.headers["location"].rsplit("/", 1)[1])
    request = conversation.runs[0].request
    assert (request.prompt, request.analyst, request.context) == ("Why?", "built_in", "A toy")
    assert request.filter.window is None
    assert request.filter.to_ns == conversation.created_ns
    assert request.filter.from_ns == conversation.created_ns - 3600 * 10**9
    assert request.filter.agent == ("researcher",)
    assert (request.limits.span_limit, request.limits.budget_usd, request.limits.max_depth) == (None, 1.5, 3)


def test_a_conversation_in_its_forms(planted: Planted) -> None:
    path = f"/analysis/{planted.done.conversation_id}"
    page, data = planted.dashboard.ask(path).text, planted.dashboard.ask(f"{path}.json").json
    assert "21 of 140 runs, 15 %" in page
    assert "4 of 140 runs" in page
    assert "the report said 9 of 140 runs" in page
    assert "1 citation verified" in page
    assert "it stands nowhere in that field" in page
    assert "12 turns" in page
    assert "$0.31 of $2.00" in page
    assert [each["role"] for each in data["messages"]] == ["user", "assistant"]
    assert data["messages"][1]["report"]["findings"][1]["is_counted_otherwise"] is True
    assert data["runs"][0]["state"] == "completed"
    assert data["conversationId"] == planted.done.conversation_id
    prose = planted.dashboard.ask(f"{path}.md")
    assert prose.headers["content-type"].startswith("text/markdown")
    assert prose.text.startswith("# Searches are repeated")
    assert planted.dashboard.ask("/analysis/nothing").status == 404


def test_what_a_report_says_is_never_markup(planted: Planted) -> None:
    page = planted.dashboard.ask(f"/analysis/{planted.done.conversation_id}").text
    assert HOSTILE not in page
    assert "<img" not in page
    assert 'href="http' not in page


def test_the_steps_are_a_tree_of_agents(planted: Planted) -> None:
    page = planted.dashboard.ask(f"/analysis/{planted.done.conversation_id}").text
    for words in (
        "subagent 1: What do failing runs share?",
        "All of them call get_weather.",
        "The provider asked to wait, tried again after 2.0 s",
        "14 items put aside, each can be asked for again: 90,000 tokens became 4,000",
        "1,015 more characters",
        "61 of them are read, every failure among them",
    ):
        assert words in page
    assert page.count("subagent 1: What") == 1


def test_runs_of_other_states_say_what_they_are(planted: Planted) -> None:
    ask = planted.dashboard.ask
    running = ask(f"/analysis/{planted.running.conversation_id}").text
    assert "3 of 50 turns" in running
    assert "at least $0.020 of $2.00" in running
    assert ">Stop</button>" in running
    failed = ask(f"/analysis/{planted.failed.conversation_id}").text
    assert "No report" in failed
    assert "does not accept the key" in failed
    assert ">Go on</button>" in failed


def test_coverage_counts_each_run_once_by_its_closest_look(planted: Planted) -> None:
    page = planted.dashboard.ask(f"/analysis/{planted.done.conversation_id}").text
    assert "6 runs looked at, 55 not" in page
    assert [page.count(f'<a href="/traces/{number:032x}" data-how=') for number in (1, 7)] == [1, 0]
    assert "2 spans read in full" in page


def test_an_agent_has_its_own(planted: Planted) -> None:
    ask = planted.dashboard.ask
    page = ask("/agents/researcher/analysis").text
    assert "<b>6 runs</b>" in page
    assert "Searches are repeated" in page
    other = ask("/agents/writer/analysis").text
    assert "<b>1 run</b>" in other
    assert "Nothing was asked yet." in other
    assert ask("/agents/writer/analysis.json").json["items"] == []


def test_deeds(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    path = send(dashboard, "/analysis/start", prompt="Why?", run_analyst="built_in").headers["location"]

    def do(deed: str, **fields: str) -> Answer:
        return send(dashboard, f"/analysis/{deed}", conversation=path.rsplit("/", 1)[1], **fields)

    def runs() -> list[tuple[str, str]]:
        return [(each["kind"], each["state"]) for each in dashboard.ask(f"{path}.json").json["runs"]]

    assert do("ask", prompt="And now?").status == 400  # the run before is under way
    assert do("cancel").status == 303
    assert runs() == [("report", "cancelled")]
    assert do("retry").status == 303
    assert runs() == [("report", "queued")]
    do("cancel")
    assert do("ask", prompt="").status == 400
    assert do("ask", prompt="And now?").headers["location"].startswith(f"{path}#run-")
    assert runs() == [("report", "cancelled"), ("follow_up", "queued")]
    assert do("delete").headers["location"] == "/analysis"
    assert do("delete").status == 404
    assert dashboard.ask(path).status == 404


def test_a_foreign_page_can_start_nothing(dashboard: Dashboard) -> None:
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": "http://evil.example"}
    assert dashboard.ask("/analysis/start", method="POST", body=b"prompt=Why", headers=headers).status == 403
    assert dashboard.ask("/analysis.json").json["items"] == []


def test_the_address_holds_the_whole_form(dashboard: Dashboard) -> None:
    query = "agent=a&agent=b&not.tool=x&prompt=Why%3F&run-analyst=model&run-turns=5"
    body = f"{query}&csrf_token=none".encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "x-halo-request": "1"}
    answer = dashboard.ask("/analysis/preview", method="POST", body=body, headers=headers)
    assert sorted(parse_qsl(urlsplit(answer.headers["location"]).query)) == sorted(parse_qsl(query))
    page = dashboard.ask(answer.headers["location"]).text
    for name, value in (("agent", "a"), ("agent", "b"), ("not.tool", "x")):
        assert f'<input type="hidden" name="{name}" value="{value}">' in page


def test_json_lists_conversations_newest_first(planted: Planted) -> None:
    items = planted.dashboard.ask("/analysis.json").json["items"]
    assert [each["conversation_id"] for each in items] == [
        planted.done.conversation_id,
        planted.running.conversation_id,
        planted.failed.conversation_id,
    ]
    assert json.dumps(items[0]["runs"][0]["usage"])


def test_what_a_model_may_take_is_said_before(planted: Planted) -> None:
    ask = planted.dashboard.ask
    known = ask("/analysis?run-model=gpt-4o-mini").text
    assert re.search(r"one: [\d.k]+ to [\d.kM]+ tokens, \$[\d.]+ to \$[\d.]+\.", known)
    assert "the price of my-own is not known" in ask("/analysis?run-model=my-own").text
    assert "Estimated" not in ask("/analysis?run-analyst=built_in").text
