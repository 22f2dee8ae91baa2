"""Failures on the page: every number leads to the list that has exactly so many traces."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from html import unescape

import pytest

from halo_dash.model.finding import Evidence, Finding, Verdict
from halo_dash.store import Store
from halo_dash.store.findings.judging import Judgement
from halo_dash.transfer.demo import demo_traces
from halo_dash.web.clusters.listing import SHOWN

from .conftest import NOW_NS, Answer, Dashboard, Serve, put, run, serving
from .judged_runs import judge

HOUR = 3600 * 1_000_000_000
FORM = {"Content-Type": "application/x-www-form-urlencoded", "X-Halo-Request": "1"}
JSON = {"Content-Type": "application/json", "X-Halo-Request": "1"}


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The demo's traces, judged. Read only."""
    with serving(tmp_path_factory.mktemp("found")) as start:
        dashboard = start()
        put(dashboard.db, *(trace.spans for trace in demo_traces(NOW_NS)), source="demo")
        judge(dashboard.db)
        yield dashboard


@pytest.fixture
def mine(dashboard: Dashboard) -> Dashboard:
    """Ten runs over ten hours, of which every second fails the same way."""
    runs = (run(n, fails=n % 2 == 0, start_ns=NOW_NS - n * HOUR) for n in range(1, 11))
    put(dashboard.db, *runs)
    judge(dashboard.db)
    return dashboard


def counted(dashboard: Dashboard, href: str) -> int:
    answer = dashboard.ask(unescape(href).replace("/traces?", "/traces.json?facets=0&", 1))
    assert answer.status == 200, (href, answer.text)
    total = answer.json["total"]
    assert isinstance(total, int)
    return total


def number_links(page: str) -> list[tuple[str, int]]:
    """(address, number) of every link to a list whose text begins with a number."""
    number = r'(?:[^<>]* <span class="dim">)?(\d[\d,]*)(?![.\w-])'
    links = re.findall(rf'<a (?:class="\w+" )?href="(/traces\?[^"]+|/traces)"[^>]*>{number}', page)
    return [(href, int(text.replace(",", ""))) for href, text in links]


def only(dashboard: Dashboard) -> str:
    (name,) = {
        item["name"]
        for item in dashboard.ask("/clusters.json").json["items"]
        if item["rule"] == "error-status"
    }
    return str(name)


def say(dashboard: Dashboard, **members: object) -> Answer:
    return dashboard.ask(
        "/cluster-notes.json", method="POST", body=json.dumps(members).encode(), headers=JSON
    )


@pytest.mark.parametrize(
    "query",
    ["", "?detail=fine", "?range=1d", "?detail=fine&sort=-last&agent=Support", "?status=ok", "?effective=ok"],
)
def test_every_number_of_the_list_leads_to_its_traces(found: Dashboard, query: str) -> None:
    page = found.ask(f"/clusters{query}").text
    links = number_links(page)
    assert len(links) > 8
    for href, number in links:
        assert counted(found, href) == number, href


def test_few_groups_cover_what_failed_or_recovered(found: Dashboard) -> None:
    document = found.ask("/clusters.json").json
    assert document["failed"] + document["with_errors"] + document["told"] == document["troubled"]
    assert document["judged"] == document["traces"]
    assert document["covered"] >= 0.8 * document["troubled"]
    assert document["total"] == len(document["items"]) <= 15
    assert all(item["title"] and "<" not in item["title"] for item in document["items"])


def test_the_head_says_what_the_list_holds(found: Dashboard) -> None:
    document = found.ask("/clusters.json").json
    head = re.search(r'id="cluster-head">(.*?)</p>', found.ask("/clusters").text, re.DOTALL)
    assert head
    text = " ".join(re.sub(r"<[^>]+>", " ", head[1]).split())
    troubled, failed = document["troubled"], document["failed"]
    assert text.startswith(f"{troubled} runs failed or had an error inside: {failed} failed")
    groups = sum(item["runs"] > 1 for item in document["items"])
    covered = document["covered"] - document["single"]
    assert f"in {groups} groups ({covered} covered, {document['single']} single" in text
    assert "all judged" in text


def test_a_group_holds_what_its_clusters_hold(found: Dashboard) -> None:
    fine = {item["name"]: item for item in found.ask("/clusters.json?detail=fine").json["items"]}
    for group in found.ask("/clusters.json").json["items"]:
        members = {each["name"]: each["runs"] for each in group["members"]}
        assert {name: fine[name]["runs"] for name in members} == members
        assert {fine[name]["group"] for name in members} == {group["name"]}
        assert max(members.values()) <= group["runs"] <= sum(members.values())
        assert group["waste"]["tokens"] == sum(fine[name]["waste"]["tokens"] for name in members)


def test_the_list_is_sorted_by_its_address(found: Dashboard) -> None:
    for key, member in (("runs", "runs"), ("failed", "failed_runs"), ("last", "last_ns")):
        items = found.ask(f"/clusters.json?sort=-{key}").json["items"]
        values = [item[member] for item in items]
        assert values == sorted(values, reverse=True)
    refused = found.ask("/clusters.json?sort=colour")
    assert (refused.status, "sort must be one of -runs" in refused.json["error"]["message"]) == (422, True)
    assert found.ask("/clusters.json?detail=coarser").status == 422
    assert found.ask("/clusters?colour=red").status == 422


def test_the_table_can_be_taken_along(found: Dashboard) -> None:
    table = list(csv.DictReader(io.StringIO(found.ask("/clusters.csv?detail=fine").text)))
    items = found.ask("/clusters.json?detail=fine").json["items"]
    assert [(row["name"], row["title"], int(row["runs"])) for row in table] == [
        (item["name"], item["title"], item["runs"]) for item in items
    ]


def names(found: Dashboard) -> list[str]:
    coarse, fine = (found.ask(f"/clusters.json?detail={each}").json["items"] for each in ("coarse", "fine"))
    return list(dict.fromkeys(item["name"] for item in (*coarse, *fine)))


def test_every_number_of_one_cluster_leads_to_its_traces(found: Dashboard) -> None:
    for name in names(found):
        page = found.ask(f"/clusters/{name}")
        assert page.status == 200
        links = number_links(page.text)
        assert len(links) >= 2
        for href, number in links:
            assert counted(found, href) == number, (name, href)
        # No list of traces can ask how one failure ended, so its number leads nowhere.
        assert '<span class="tile-none"><span class="tile-label">Recovered</span>' in page.text
        for label in ("Runs", "Failed", "Traces"):
            tile = re.search(
                rf'<a href="([^"]+)"><span class="tile-label">{label}</span> <b>(\d+)</b>', page.text
            )
            if tile is None:
                assert (
                    f'<span class="tile-none"><span class="tile-label">{label}</span> <b>0</b>' in page.text
                )
                continue
            assert counted(found, tile[1]) == int(tile[2]), (name, label)


def test_a_number_that_no_list_shows_is_no_link(found: Dashboard) -> None:
    queries = ("/clusters?cluster=cut-off", "/clusters/error-status:timeout?tool=lookup_order&status=error")
    for query in queries:
        links = number_links(found.ask(query).text)
        assert len(links) >= 4
        for href, number in links:
            assert counted(found, href) == number, (query, href)


def test_runs_that_show_it_lead_to_the_quote_and_to_a_run_that_passes(found: Dashboard) -> None:
    path = "/clusters/error-status:timeout"
    page, detail = found.ask(path).text, found.ask(f"{path}.json").json["detail"]
    assert 1 <= len(detail["examples"]) <= 3
    assert {word for each in detail["examples"] for word in each["why"]} == {
        "newest",
        "dearest",
        "shortest",
    }
    for example in detail["examples"]:
        trace = found.ask(f"/traces/{example['trace_id']}.json").json
        assert {each["cause"] for each in trace["findings"]} & {"timeout"}
        other = found.ask(f"/traces/{example['passing_trace_id']}.json").json
        assert other["effective_status"] == "ok"
        assert set(other["agents"][0].values()) & set(trace["agents"][0].values())
    quotes = re.findall(r'<a href="(/traces/[^"]+)" title="status', page)
    assert quotes
    for href in quotes:
        assert "<mark>" in found.ask(unescape(href).partition("#")[0]).text
    beside = re.findall(r'<a class="push" href="(/compare[^"]+)"', page)
    assert len(beside) == len(detail["examples"])
    assert all(found.ask(unescape(href)).status == 200 for href in beside)


def test_a_selection_without_it_and_a_name_that_is_none(found: Dashboard) -> None:
    page = found.ask("/clusters/cut-off?agent=Coder")
    assert "No run of this selection has it" in page.text
    document = found.ask("/clusters/cut-off.json?agent=Coder").json
    assert (document["cluster"]["rule"], document["detail"]) == ("cut-off", None)
    missing = found.ask("/clusters/nothing.json")
    assert (missing.status, missing.json["error"]["code"]) == (404, "not_found")
    assert found.ask("/clusters/a%2Fb").status == 404


def test_new_ones_and_gone_ones_against_the_period_before(dashboard: Dashboard) -> None:
    loud = [run(n, fails=True, start_ns=NOW_NS - 90 * HOUR - n) for n in range(1, 4)]
    quiet = [run(n, start_ns=NOW_NS - n * HOUR) for n in range(4, 8)]
    put(dashboard.db, *loud, *quiet)
    judge(dashboard.db)
    document = dashboard.ask("/clusters.json?range=3d").json
    assert document["items"] == []
    assert {item["runs"] for item in document["gone"]} == {3}
    page = dashboard.ask("/clusters?range=3d").text
    assert "gone since the period before" in page
    for href, number in number_links(page):
        assert counted(dashboard, href) == number
    put(dashboard.db, run(9, recovers=True, start_ns=NOW_NS - HOUR))
    judge(dashboard.db)
    items = dashboard.ask("/clusters.json?range=3d&detail=fine").json["items"]
    assert [item["before_runs"] for item in items if item["rule"] == "error-status"] == [3]
    page = dashboard.ask("/clusters?range=3d&detail=fine").text
    before = re.search(r'<a href="(/traces[^"]+)">3 before</a>', page)
    assert before
    assert counted(dashboard, before[1]) == 3
    assert dashboard.ask("/clusters.json").json["items"][0]["before_runs"] is None


def test_what_one_page_leaves_out_is_in_the_table(dashboard: Dashboard) -> None:
    count = SHOWN + 5
    put(dashboard.db, *(run(n) for n in range(1, count + 1)))
    with Store.open(dashboard.db, mode="ro") as store:
        judging = store.findings.judging("planted")
        judging.follow()
        place = (Evidence("a", "output", "x"),)
        judging.keep(
            [
                Judgement(row, trace_id, 1, Verdict(trace_id, (_own(row, place),), is_failed_in_effect=False))
                for row, trace_id in judging.due(2**62, count)
            ]
        )
        judging.close()
    page = dashboard.ask("/clusters?detail=fine").text
    assert f"{count} of one run each" in page
    assert "5 more: narrow the selection" in page
    assert page.count('class="run" id="cluster-') == SHOWN
    assert len(dashboard.ask("/clusters.csv?detail=fine").text.splitlines()) == count + 1


def _own(row: int, place: tuple[Evidence, ...]) -> Finding:
    letters = "".join(chr(97 + int(digit)) for digit in str(row))
    return Finding("odd", "high", f"{letters} is odd", "", place, "none", subject=letters)


def test_a_muted_one_is_folded_and_can_come_back(mine: Dashboard) -> None:
    name = only(mine)
    assert say(mine, name=name, muted=True).json["muted"] is True
    folded = re.search(
        r'<details class="folded" id="folded-muted">.*?</details>', mine.ask("/clusters").text, re.DOTALL
    )
    assert folded
    assert f'href="/clusters/{name}"' in folded[0]
    fine = mine.ask("/clusters?detail=fine").text
    assert "muted" in fine.partition('id="folded-muted"')[2]
    say(mine, name=name, muted=False)
    assert "folded-muted" not in mine.ask("/clusters").text


def test_a_name_and_a_note_of_people_win(mine: Dashboard) -> None:
    name = only(mine)
    body = b"name=%s&title=<b>Search</b>&back=/clusters/%s?range=7d" % (name.encode(), name.encode())
    answer = mine.ask("/cluster-notes", method="POST", body=body, headers=FORM)
    assert (answer.status, answer.headers["location"]) == (303, f"/clusters/{name}?range=7d")
    say(mine, name=name, note="since v1.4.2")
    page = mine.ask(f"/clusters/{name}").text
    assert "<h1>&lt;b&gt;Search&lt;/b&gt;</h1>" in page
    assert "since v1.4.2" in page
    item = next(each for each in mine.ask("/clusters.json").json["items"] if each["name"] == name)
    assert (item["title"], item["said"]["note"]) == ("<b>Search</b>", "since v1.4.2")
    assert say(mine, name=name, title="", note="").json["title"] is None


def test_what_was_fixed_and_comes_again_is_back(mine: Dashboard) -> None:
    name = only(mine)
    assert say(mine, name=name, fixed=True).json["fixed"] is not None
    assert 'data-tone="fixed"' in mine.ask("/clusters").text
    put(mine.db, run(20, fails=True, start_ns=NOW_NS + 24 * HOUR))
    judge(mine.db)
    assert 'data-tone="back"' in mine.ask("/clusters").text
    assert "and seen since" in mine.ask(f"/clusters/{name}").text
    say(mine, name=name, fixed=False)
    assert 'data-tone="back"' not in mine.ask("/clusters").text


def test_what_is_wrong_to_say_is_refused(mine: Dashboard) -> None:
    name = only(mine)
    assert say(mine, name="nothing", muted=True).status == 404
    for wrong in ({}, {"colour": "red"}, {"muted": "perhaps"}, {"title": 5}, {"title": "x" * 121}):
        assert say(mine, name=name, **wrong).status == 400, wrong
    body = f"name={name}&muted=yes".encode()
    assert (
        mine.ask(
            "/cluster-notes", method="POST", body=body, headers={"Content-Type": FORM["Content-Type"]}
        ).status
        == 403
    )
    elsewhere = body + b"&back=//evil.example/"
    answer = mine.ask("/cluster-notes", method="POST", body=elsewhere, headers=FORM)
    assert answer.headers["location"] == f"/clusters/{name}"


def test_what_sets_runs_apart_is_told_or_why_it_is_not(mine: Dashboard) -> None:
    page = mine.ask(f"/clusters/{only(mine)}").text
    assert "5 passing runs of the same agents compared" in page
    put(mine.db, *(run(n, start_ns=NOW_NS - n * HOUR, service="other") for n in range(30, 50)))
    judge(mine.db)
    page = mine.ask(f"/clusters/{only(mine)}").text
    assert "25 passing runs of the same agents compared" in page


def test_before_anything_arrived_and_before_it_was_judged(serve: Serve) -> None:
    dashboard = serve()
    assert "halo exec" in dashboard.ask("/clusters").text
    put(dashboard.db, run(1, fails=True))
    page = dashboard.ask("/clusters").text
    assert "Nothing found yet" in page
    assert "judged 0 of 1" in page
    assert dashboard.ask("/clusters.json").json["items"] == []
    judge(dashboard.db)
    assert 'id="cluster-' in dashboard.ask("/clusters").text


def test_a_typed_time_becomes_the_address(mine: Dashboard) -> None:
    answer = mine.ask("/clusters?from-local=2026-01-01T00:00:00&detail=fine")
    assert answer.status == 303
    assert re.fullmatch(r"/clusters\?from=202[56]-\S+&detail=fine", answer.headers["location"])
