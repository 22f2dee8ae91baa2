"""Comparing two lists: their addresses, the page, its JSON, and what a list is offered."""

from __future__ import annotations

import re
from urllib.parse import quote, urlencode

import pytest

from .browsing import Open, violations
from .conftest import NOW_NS, Dashboard, put, run
from .test_compare import shown

_HOUR = 3_600_000_000_000


@pytest.fixture
def lists(dashboard: Dashboard) -> Dashboard:
    """Twelve fine runs of one agent an hour ago, and twelve of another, most of which failed, now."""
    put(dashboard.db, *(run(n, agent="old", start_ns=NOW_NS - 30 * _HOUR + n) for n in range(1, 13)))
    put(dashboard.db, *(run(n, agent="new", fails=n > 22) for n in range(21, 33)))
    return dashboard


def address(left: str, right: str, form: str = "") -> str:
    return f"/compare{form}?{urlencode([('left', left), ('right', right)])}"


def test_both_lists_stand_side_by_side(lists: Dashboard) -> None:
    page = lists.ask(address("agent=old", "agent=new"))
    assert page.status == 200
    text = shown(page.text)
    assert re.search(r"Runs 12 12 =", text)
    assert re.search(r"Failed 0\.0.% \(0\.0.% to 24\.2.%\) 83\.3.% \(.*?\) \+83\.3 points", text)
    assert "more than chance p &lt; 0.001" in text
    assert 'href="/traces?agent=old"' in page.text
    assert 'href="/traces?model=gpt-4o-mini&amp;agent=new"' in page.text


def test_what_failed_is_said_to_be_runs_or_calls_wherever_it_stands(lists: Dashboard) -> None:
    compared = lists.ask(address("agent=old", "agent=new")).text
    of_agent = lists.ask("/agents/new").text
    for page, title, of in (
        (compared, "Models", "runs"),
        (compared, "Tools", "calls"),
        (compared, "Environments", "runs"),
        (of_agent, "Models", "runs"),
        (of_agent, "Tools", "runs"),
        (of_agent, "Where the time goes", "calls"),
    ):
        section = re.search(rf"<h2>{title}</h2>.*?</thead>", page, re.DOTALL)
        assert section
        assert f">Failed {of}</th>" in section[0], (title, of)


def test_json_has_every_number_and_how_it_was_judged(lists: Dashboard) -> None:
    found = lists.ask(address("agent=old", "agent=new", ".json")).json
    assert (found["left"], found["right"]) == ("agent=old", "agent=new")
    measures = {each["name"]: each for each in found["measures"]}
    assert measures["Runs"]["left"] == measures["Runs"]["right"] == 12
    assert measures["Failed"]["right"] == pytest.approx(10 / 12)
    assert measures["Failed"]["test"]["name"] == "fisher"
    assert measures["Duration, median"]["unit"] == "ms"
    assert measures["Duration, median"]["left"] == 100
    assert {each["value"] for each in found["groups"] if each["by"] == "tool"} == {"web_search"}


def test_a_list_against_itself_says_so(lists: Dashboard) -> None:
    text = shown(lists.ask(address("", "")).text)
    assert "Both are the same list" in text
    assert "all traces" in text


def test_an_empty_list_is_no_error(lists: Dashboard) -> None:
    text = shown(lists.ask(address("agent=nobody", "agent=new")).text)
    assert re.search(r"Runs 0 12", text)


def test_a_pasted_address_leads_to_the_canonical_one(lists: Dashboard) -> None:
    answer = lists.ask(address("http://127.0.0.1/traces?agent=old&sort=-cost", "?agent=new"))
    assert (answer.status, answer.headers["location"]) == (303, address("agent=old", "agent=new"))
    for wrong in ("http://127.0.0.1/settings", "colour=red", "/traces?cost=cheap"):
        assert lists.ask(address("", wrong)).status == 422, wrong


def test_a_list_is_offered_what_is_worth_comparing_it_with(lists: Dashboard) -> None:
    page = lists.ask(f"/compare?left={quote('range=1d')}")
    text = shown(page.text)
    assert "the same in the period before" in text
    assert "the runs that failed against those that did not" in text
    before = re.search(r'href="([^"]+)">the same in the period before', page.text)
    assert before
    found = lists.ask(before[1].replace("&amp;", "&").replace("/compare?", "/compare.json?")).json
    assert [found["measures"][0][side] for side in ("left", "right")] == [12, 12]
    everything = shown(lists.ask("/compare?left=").text)
    assert "agent new against old" in everything or "agent old against new" in everything
    assert "the last 24 hours against the 24 hours before" in everything


def test_a_saved_list_is_offered_too(lists: Dashboard) -> None:
    headers = {"X-Halo-Request": "1", "Content-Type": "application/x-www-form-urlencoded"}
    body = urlencode({"name": "Failing", "query": "status=error"}).encode()
    assert lists.ask("/views/save", method="POST", body=body, headers=headers).status == 303
    assert "the saved list Failing" in shown(lists.ask("/compare?left=").text)


def test_the_list_leads_there(lists: Dashboard) -> None:
    page = lists.ask("/traces?agent=old")
    assert 'href="/compare?left=agent%3Dold"' in page.text


def test_the_pages_are_accessible_at_every_width(lists: Dashboard, open_page: Open) -> None:
    page = open_page("about:blank", color_scheme="dark")
    for path in (address("agent=old", "agent=new"), "/compare?left="):
        for width in (1280, 390):
            page.set_viewport_size({"width": width, "height": 800})
            page.goto(lists.url + path)
            assert violations(page) == [], path
        for width in (320, 700, 1920):
            page.set_viewport_size({"width": width, "height": 800})
            assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), (path, width)
