"""Insights without a script: what is systemic, why it may be so, how its life goes, what empty states say."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlsplit

import pytest

from halo_dash.config import EngineSettings
from halo_dash.model.cluster_note import ClusterNoteChange
from halo_dash.store import Store

from .conftest import Dashboard, Serve
from .insight_runs import history, put_judged
from .wrong_runs import HOSTILE

LOOPS = "x.xx.x.xxx.x"


def texts(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


@pytest.fixture
def looping(dashboard: Dashboard) -> Dashboard:
    put_judged(dashboard.db, *history(LOOPS))
    return dashboard


def first(dashboard: Dashboard, query: str = "") -> dict:
    return dashboard.ask(f"/insights.json{query}").json["items"][0]


def test_the_first_insight_names_the_missing_reformulation_with_its_share_and_evidence(looping):
    found = looping.ask("/insights.json").json
    assert (found["traces"], found["judged"], found["least"], found["is_enough"]) == (12, 12, 10, True)
    one = found["items"][0]
    assert (one["rule"], one["subject"], one["cause"]) == ("retry-loop", "web_search", "nothing found")
    assert one["hypothesis"].endswith("the query is not reformulated after an empty result.")
    assert (one["share"]["hits"], one["share"]["base"]) == (8, 12)
    assert one["share"]["low"] < 8 / 12 < one["share"]["high"]
    impact = one["impact"]
    assert impact["value"] == pytest.approx(impact["share"] * impact["weight"] * (1 + impact["waste_share"]))
    assert one["life"]["state"] == "new"
    page = looping.ask("/insights").text
    for part in ("web_search: a tool was tried again", one["hypothesis"], "8 of 12 runs", "Ranked by impact"):
        assert part in texts(page)
    assert HOSTILE not in page


def test_every_number_leads_to_its_traces_and_every_quote_to_its_place(looping):
    page = looping.ask("/insights").text
    check = unescape(re.search(r'href="(/traces\?rule=retry-loop[^"]*)"', page)[1])
    path, _, query = check.partition("?")
    assert looping.ask(f"{path}.json?{query}").json["total"] == 8
    evidence = unescape(re.search(r'<blockquote><a href="([^"]+)"', page)[1])
    shown = looping.ask(evidence)
    assert shown.status == 200
    assert "data-evidence" in shown.text


def test_one_insight_shows_each_run_of_its_history(looping):
    one = first(looping)
    page = looping.ask(f"/insights/{one['name']}").text
    cells = re.findall(r'<li><a href="(/traces/\w+)"( data-hit)?', page)
    assert "".join("x" if hit else "." for _, hit in cells) == LOOPS
    assert [path for path, _ in cells] == [f"/traces/{number + 1:032x}" for number in range(len(LOOPS))]
    found = looping.ask(f"/insights/{one['name']}.json").json
    assert "".join("x" if run["has_it"] else "." for run in found["runs"]) == LOOPS
    assert len(found["examples"]) == 5


def test_each_release_has_its_row_and_the_one_that_fixed_it_is_named(dashboard):
    put_judged(dashboard.db, *history(LOOPS), *history("......", "1.1", first=len(LOOPS)))
    one = first(dashboard)
    assert (one["life"]["state"], one["life"]["version"]) == ("fixed", "1.1")
    page = texts(dashboard.ask(f"/insights/{one['name']}").text)
    assert "fixed in 1.1" in page
    assert re.search(r"1\.0 67 % 8 of 12 runs .* 1\.1 0 % 0 of 6 runs", page)


def test_what_somebody_marked_as_fixed_is_fixed_until_it_comes_back(looping):
    one = first(looping)

    def marked(at_ns: int) -> dict:
        with Store.open(looping.db) as store, store.writing() as tx:
            for name in one["clusters"]:
                tx.note_cluster(name, ClusterNoteChange(is_fixed=True), at_ns)
        return looping.ask(f"/insights/{one['name']}.json").json["life"]

    assert marked(2**62)["is_said"]
    assert looping.ask("/insights.json").json["items"][-1]["name"] == one["name"]
    assert "Somebody said so" in looping.ask(f"/insights/{one['name']}").text
    assert marked(one["first_ns"])["state"] == "regressed"


def test_what_is_muted_is_no_insight(looping):
    one = first(looping)
    with Store.open(looping.db) as store, store.writing() as tx:
        for name in one["clusters"]:
            tx.note_cluster(name, ClusterNoteChange(is_muted=True), 1)
    assert one["name"] not in {each["name"] for each in looping.ask("/insights.json").json["items"]}
    assert looping.ask(f"/insights/{one['name']}").status == 404


def test_too_few_runs_say_how_many_there_are(dashboard):
    put_judged(dashboard.db, *history("xxx.x.x"))
    page = dashboard.ask("/insights")
    assert page.status == 200
    assert "7 of 10 runs" in texts(page.text)
    assert dashboard.ask("/insights.json").json["items"] == []


def test_how_many_runs_it_takes_can_be_set(serve: Serve):
    dashboard = serve(engine=EngineSettings(min_traces_for_systemic_analysis=5))
    put_judged(dashboard.db, *history("xxx.x.x"))
    assert first(dashboard)["share"]["hits"] == 5


def test_nothing_systemic_is_said_and_so_is_an_empty_store(dashboard):
    assert "Waiting for the first trace" in dashboard.ask("/insights").text
    put_judged(dashboard.db, *history("." * 12))
    assert "Nothing systemic in 12 runs" in texts(dashboard.ask("/insights").text)


def test_a_selection_narrows_and_an_unknown_filter_is_refused(looping):
    assert looping.ask("/insights.json?tool=other").json["judged"] == 0
    assert "0 of 10 runs" in texts(looping.ask("/insights?tool=other").text)
    assert looping.ask("/insights?tol=other").status == 422
    moved = looping.ask("/insights?tool=web_search&from-local=2020-01-01T00:00:00")
    assert moved.status == 303
    assert urlsplit(moved.headers["location"]).path == "/insights"
    name = first(looping)["name"]
    assert f'href="/insights/{name}?tool=web_search"' in looping.ask("/insights?tool=web_search").text
    assert looping.ask(f"/insights/{name}?tool=web_search").status == 200


def test_an_unknown_insight_is_not_found(looping):
    assert looping.ask("/insights/nothing").status == 404
    assert looping.ask("/insights/nothing.json").json["error"]["code"] == "not_found"
