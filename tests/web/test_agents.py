"""Agents on the page: every number leads to the list that has exactly so many traces."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape
from urllib.parse import quote

import pytest

from halo_dash.model.figures import UNNAMED
from halo_dash.model.span import Span

from .conftest import NOW_NS, Dashboard, put, run

S = 1_000_000_000
ODD = "a/b & c?.json"


@pytest.fixture
def several(dashboard: Dashboard) -> Dashboard:
    """Three agents over two days; one with a name that addresses have to escape."""
    agents = ["researcher", "support", ODD]
    starts = [NOW_NS - n * 2 * 3600 * S for n in range(1, 25)]
    put(
        dashboard.db,
        *(
            run(n, agent=agents[n % 3], fails=n % 4 == 0, recovers=n % 5 == 0, start_ns=start)
            for n, start in enumerate(starts, 1)
        ),
    )
    return dashboard


def path(key: str, tab: str = "") -> str:
    return "/agents/" + quote(key, safe="").replace(".", "%2E") + tab


def counted(dashboard: Dashboard, href: str) -> int:
    answer = dashboard.ask(unescape(href).replace("/traces?", "/traces.json?facets=0&", 1))
    assert answer.status == 200, (href, answer.text)
    total = answer.json["total"]
    assert isinstance(total, int)
    return total


def rows(page: str) -> dict[str, str]:
    """Name -> its row of the list."""
    parts = re.findall(r'<tbody class="run" id="agent-[^"]+">.*?</tbody>', page, re.DOTALL)
    names = (re.search(r"<b>(.*?)</b>", part) for part in parts)
    return {unescape(name[1]): part for name, part in zip(names, parts, strict=True) if name}


def test_every_agent_has_a_row_whose_numbers_are_those_of_its_traces(several: Dashboard) -> None:
    found = rows(several.ask("/agents").text)
    assert list(found) == ["support", ODD, "researcher"]
    for row in found.values():
        links = re.findall(r'<a href="(/traces\?[^"]+)">(?:<span class="amount">)?(\d+)', row)
        assert len(links) == 2
        for href, number in links:
            assert counted(several, href) == int(number)
        home = re.search(r'<a href="(/agents/[^"]+)"', row)
        assert home
        assert several.ask(unescape(home[1])).status == 200


def test_the_list_is_found_sorted_and_filtered_by_its_address(several: Dashboard) -> None:
    def names(query: str) -> list[str]:
        return [item["key"] for item in several.ask(f"/agents.json?{query}").json["items"]]

    assert names("sort=name") == [ODD, "researcher", "support"]
    assert names("sort=-name") == ["support", "researcher", ODD]
    assert names("sort=last") == ["researcher", ODD, "support"]
    assert names("find=SEARCH") == ["researcher"]
    assert names("find=%26+C") == [ODD]
    assert names("agent=support") == ["support"]
    assert names("not.agent=support&sort=name") == [ODD, "researcher"]
    assert names("range=6h&sort=name") == [ODD, "support"]
    by_errors = several.ask("/agents.json?sort=-errors").json["items"]
    rates = [item["figures"]["error_rate"] for item in by_errors]
    assert rates == sorted(rates, reverse=True)
    refused = several.ask("/agents.json?sort=colour")
    assert refused.status == 422
    assert "sort must be one of -last" in refused.json["error"]["message"]
    assert several.ask("/agents.json?colour=red").status == 422
    assert "No agent matches" in several.ask("/agents?find=nobody").text


def test_a_column_sorts_by_what_it_shows_and_then_the_other_way(several: Dashboard) -> None:
    page = several.ask("/agents?range=3d").text
    heads = re.findall(r'<th scope="col" class="c-(\w+)" aria-sort="(\w+)"><a href="([^"]+)"', page)
    assert [(name, direction) for name, direction, _ in heads] == [
        *(("agent", "none"), ("runs", "none"), ("failed", "none"), ("duration", "none")),
        *(("tokens", "none"), ("cost", "none"), ("when", "descending")),
    ]
    for name, _, href in heads:
        sorted_page = several.ask(unescape(href)).text
        direction = re.search(rf'class="c-{name}" aria-sort="(\w+)"', sorted_page)
        assert direction
        assert direction[1] == ("ascending" if name in {"agent", "when"} else "descending")
        assert "range=3d" in href


def test_the_table_of_agents_can_be_taken_along(several: Dashboard) -> None:
    table = list(csv.DictReader(io.StringIO(several.ask("/agents.csv?sort=name").text)))
    assert [row["key"] for row in table] == [ODD, "researcher", "support"]
    assert {row["runs"] for row in table} == {"8"}
    assert sum(int(row["failed"]) for row in table) == 6


def test_a_typed_time_becomes_the_address_of_the_list(several: Dashboard) -> None:
    answer = several.ask("/agents?from-local=2026-01-01T00:00:00&to-local=&sort=name")
    assert answer.status == 303
    assert re.fullmatch(
        r"/agents\?from=2025-12-31T\S+&sort=name|/agents\?from=2026-01-01T\S+&sort=name",
        answer.headers["location"],
    )


@pytest.mark.parametrize("key", ["researcher", ODD])
def test_every_bar_and_every_number_leads_to_so_many_traces(several: Dashboard, key: str) -> None:
    page = several.ask(path(key)).text
    head = unescape(re.search(r"<h1>(.*?)</h1>", page)[1])  # type: ignore[index]
    assert head == key
    table = re.search(r'<details class="chart-data".*?</table>', page, re.DOTALL)
    assert table
    total = 0
    for row in re.findall(r'<tr><th scope="row">.*?</tr>', table[0], re.DOTALL):
        cells = re.findall(r"<td>(?:<a href=\"([^\"]+)\">)?([^<]+)", row)
        failed, recovered, others = (int(number) for _, number in cells[:3])
        time = re.search(r'<th scope="row"><a href="([^"]+)"', row)
        assert (time is not None) == (failed + recovered + others > 0)
        if time:
            assert counted(several, time[1]) == failed + recovered + others
        for href, number in cells[:2]:
            if href:
                assert counted(several, href) == int(number)
        total += failed + recovered + others
    assert total == counted(several, f"/traces?agent={quote(key)}") == 8
    bars = {unescape(href) for href in re.findall(r'<a href="([^"]+)" tabindex="-1"', page)}
    assert bars == {unescape(href) for href in re.findall(r'"(/traces\?[^"]+)"', table[0])}
    group = r'class="wide-text"><a href="(/traces[^"]+)">[^<]*</a><svg.*?</th>\s*<td class="num">(\d+)<'
    for href, number in re.findall(group, page):
        assert counted(several, href) == int(number)


def handed_on(number: int, *, boss_fails: bool, worker_fails: bool, asks: bool = True) -> tuple[Span, ...]:
    """A boss (on gpt-4o where it `asks` a model itself) that hands its work to a worker (on gpt-4o-mini)."""
    root, call, _tool = run(number, agent="boss", fails=boss_fails)
    failed, _, _ = run(number, fails=worker_fails)
    attributes = {**root.attributes, "gen_ai.agent.name": "worker"}
    worker = replace(
        call, name="invoke_agent worker", attributes=attributes, status_code=failed.status_code, events=()
    )
    below = replace(call, span_id=f"{number * 16 + 3:016x}", parent_span_id=worker.span_id)
    own = replace(
        call,
        span_id=f"{number * 16 + 4:016x}",
        attributes={**call.attributes, "gen_ai.request.model": "gpt-4o" if asks else "gpt-4o-mini"},
    )
    return (root, worker, below, own)


@pytest.fixture
def bosses(dashboard: Dashboard) -> Dashboard:
    """Six runs of two agents: in three the worker fails and the boss does not, in three only the boss."""
    put(
        dashboard.db,
        *(handed_on(n, boss_fails=n > 3, worker_fails=n <= 3, asks=n % 2 == 0) for n in range(1, 7)),
    )
    return dashboard


@pytest.mark.parametrize("key", ["boss", "worker"])
def test_what_no_list_has_exactly_is_no_link_and_says_why(bosses: Dashboard, key: str) -> None:
    found = bosses.ask(path(key) + ".json").json
    assert (found["figures"]["runs"], found["figures"]["failed"]) == (6, 3)
    is_listed = key == "boss"
    assert ("status=error" in rows(bosses.ask("/agents").text)[key]) == is_listed
    page = bosses.ask(path(key)).text
    assert ("status=error" in page) == is_listed
    tile = tiles_of(bosses, key, "")["error rate"]
    assert ("6</b> unlike their trace" in tile) != is_listed
    assert ("6 runs fared otherwise than the trace as a whole" in tile) != is_listed
    linked = r'class="wide-text"><a href="(/traces[^"]+)">([^<]*)</a><svg.*?</th>\s*<td class="num">(\d+)<'
    lists = {unescape(value): (href, int(number)) for href, value, number in re.findall(linked, page)}
    for href, number in lists.values():
        assert counted(bosses, href) == number
    # The boss asked gpt-4o-mini itself in three runs, the worker in all six.
    models = {group["value"]: group["figures"]["runs"] for group in found["groups"]["model"]}
    assert models == ({"gpt-4o": 3, "gpt-4o-mini": 3} if key == "boss" else {"gpt-4o-mini": 6})
    assert {"gpt-4o", "gpt-4o-mini"} & lists.keys() == ({"gpt-4o"} if key == "boss" else {"gpt-4o-mini"})


def test_totals_of_whole_traces_say_what_the_agents_own_part_is(bosses: Dashboard) -> None:
    own = bosses.ask(path("worker") + ".json").json["figures"]
    whole = bosses.ask("/traces.json?agent=worker").json["totals"]
    assert own["tokens"]["total"] < whole["tokens"]["total"]
    assert own["cost_usd"] < whole["cost_usd"]
    compared = "/compare?left=agent%3Dworker&right=agent%3Dboss"
    for address in ("/traces?agent=worker", path("worker", "/traces"), path("worker", "/sessions"), compared):
        text = re.sub(r"<[^>]+>", "", bosses.ask(address).text)
        assert re.search(rf"worker itself(:| has) {own['tokens']['total']} tokens, \$0\.\d+", text), address
    put(bosses.db, run(50, agent="alone"))
    for address in ("/traces", "/traces?agent=alone", path("alone", "/traces"), path("alone", "/sessions")):
        assert "own-part" not in bosses.ask(address).text


def test_a_row_of_several_chosen_agents_leads_to_its_own_traces(several: Dashboard) -> None:
    found = rows(several.ask("/agents?agent=support&agent=researcher").text)
    assert set(found) == {"support", "researcher"}
    for row in found.values():
        for href, number in re.findall(r'<a href="(/traces\?[^"]+)">(?:<span class="amount">)?(\d+)', row):
            assert counted(several, href) == int(number)


def test_the_json_of_an_agent_is_its_overview(several: Dashboard) -> None:
    found = several.ask(path(ODD) + ".json").json
    assert found == several.ask(path(ODD, "/overview.json")).json | {"buckets": found["buckets"]}
    assert found["agent"]["key"] == ODD
    assert found["figures"]["runs"] == sum(bucket["figures"]["runs"] for bucket in found["buckets"]) == 8
    assert found["before"] is None
    assert {group["value"] for group in found["groups"]["tool"]} == {"web_search"}
    (dearest, *_) = found["dear_calls"]
    assert several.ask(f"/traces/{dearest['trace_id']}?span={dearest['span_id']}").status == 200
    lately = several.ask(path(ODD) + ".json?range=6h").json
    assert (lately["figures"]["runs"], lately["before"]["runs"]) == (1, 1)
    table = list(csv.DictReader(io.StringIO(several.ask(path(ODD) + ".csv").text)))
    assert sum(int(row["runs_failed"]) for row in table) == found["figures"]["failed"]


def test_a_period_is_compared_with_the_one_before(several: Dashboard) -> None:
    tiles = re.findall(
        r'<li class="tile" data-tile="([^"]+)">(.*?)</li>',
        several.ask(path("support") + "?range=1d").text,
        re.DOTALL,
    )
    said = {name: re.findall(r'class="change"[^>]*>([^<]*)', text) for name, text in tiles}
    assert list(said) == ["runs", "error rate", "p50", "p95", "p99", "tokens", "cost", "calls"]
    assert said["runs"] == ["as before"]
    assert all("no runs before" in text for name, text in tiles_of(several, "support", "?range=3d").items())
    assert not any("change" in text for text in tiles_of(several, "support", "").values())


def tiles_of(dashboard: Dashboard, key: str, query: str) -> dict[str, str]:
    page = dashboard.ask(path(key) + query).text
    return dict(re.findall(r'<li class="tile" data-tile="([^"]+)">(.*?)</li>', page, re.DOTALL))


def test_its_traces_are_the_list_with_all_filters_but_its_own(several: Dashboard) -> None:
    page = several.ask(path("support", "/traces") + "?status=error").text
    assert len(re.findall('<tbody class="run" id="t-', page)) == 2
    assert "facet-agent" not in page
    assert 'id="facet-model"' in page
    assert re.findall(r'aria-label="Remove the filter ([^"]+)"', page) == ["failed"]
    assert f'action="{path("support", "/traces")}"' in page
    inner = {unescape(href) for href in re.findall(r'href="(/agents/support/traces\?[^"]+)"', page)}
    assert inner
    assert not any("agent=" in href for href in inner)
    other = several.ask(path("support", "/traces") + "?agent=researcher&status=error")
    assert (other.status, other.headers["location"]) == (303, "/agents/support/traces?status=error")
    listed = several.ask(path("support", "/traces.json") + "?status=error").json
    assert listed["total"] == 2
    assert several.ask(path("support", "/traces.csv")).text.count("\r\n") == 9


def test_its_sessions_are_the_list_of_sessions(several: Dashboard) -> None:
    page = several.ask(path(ODD, "/sessions") + "?status=error")
    assert page.status == 200
    assert re.findall(r'aria-label="Remove the filter ([^"]+)"', page.text) == ["failed"]
    whole = several.ask("/sessions.json?" + "agent=" + quote(ODD)).json
    mine = several.ask(path(ODD, "/sessions.json")).json
    assert mine["items"] == whole["items"]
    assert several.ask(path(ODD, "/sessions") + "?sort=-duration").status == 200
    assert several.ask(path(ODD, "/sessions") + "?sort=colour").status == 422
    other = several.ask(path("support", "/sessions") + "?agent=researcher")
    assert (other.status, other.headers["location"]) == (303, "/agents/support/sessions")


def test_a_tab_keeps_the_filter_of_the_one_beside_it(several: Dashboard) -> None:
    page = several.ask(path(ODD) + "?range=3d&status=error").text
    bar = re.search(r'<nav class="tabs" aria-label="Agent">(.*?)</nav>', page)
    assert bar
    tabs = re.findall(r'<a href="([^"]+)"', bar[1])
    assert len(tabs) == 4
    for href in tabs:
        assert unescape(href).endswith("?range=3d&status=error")
        assert several.ask(unescape(href)).status == 200


def test_what_nobody_named_gathers_in_one_place_that_says_how_to_name_it(dashboard: Dashboard) -> None:
    def unnamed(number: int) -> tuple[Span, ...]:
        root, *others = run(number)
        return (replace(root, name="work", attributes={"input.value": "Hello?"}), *others)

    put(dashboard.db, unnamed(1), unnamed(2), run(3))
    page = dashboard.ask("/agents").text
    assert list(rows(page)) == ["researcher", "unnamed"]
    assert "gen_ai.agent.name" in rows(page)["unnamed"]
    assert counted(dashboard, re.findall(r'href="(/traces[^"]+)"', rows(page)["unnamed"])[0]) == 2
    inside = dashboard.ask(path(UNNAMED)).text
    assert "gen_ai.agent.name" in inside


@pytest.mark.parametrize("key", ["/", "a/", "a.json/"])
def test_a_key_that_ends_in_a_slash_has_every_form_of_its_page(dashboard: Dashboard, key: str) -> None:
    put(dashboard.db, run(1, agent=key))
    assert f"<h1>{key}</h1>" in dashboard.ask(path(key)).text
    assert dashboard.ask(path(key) + ".json").json["agent"]["key"] == key
    assert dashboard.ask(path(key) + ".csv").headers["content-type"].startswith("text/csv")
    assert dashboard.ask(path(key, "/traces.json")).json["total"] == 1
    assert dashboard.ask("/agents/.json").status == 404


def test_a_former_name_leads_to_the_agent_that_had_it(dashboard: Dashboard) -> None:
    def known(number: int, name: str, key: str) -> tuple[Span, ...]:
        root, *others = run(number, agent=name)
        return (replace(root, attributes={**root.attributes, "gen_ai.agent.id": key}), *others)

    put(dashboard.db, known(1, "Old name", "w-1"), known(2, "New name", "w-1"))
    for suffix in ("", ".json", "/traces", "/traces.csv"):
        answer = dashboard.ask(f"/agents/Old%20name{suffix}?range=1d")
        assert (answer.status, answer.headers["location"]) == (303, f"/agents/w-1{suffix}?range=1d")
        assert dashboard.ask(answer.headers["location"]).status == 200
    put(dashboard.db, known(3, "Old name", "w-2"))
    several = dashboard.ask("/agents/Old%20name.json")
    assert several.status == 404
    assert "2 agents were called 'Old name'" in several.json["error"]["message"]
    assert "'w-1', 'w-2'" in several.json["error"]["hint"]


def test_an_agent_that_never_ran_has_no_page_and_says_so(several: Dashboard) -> None:
    missing = several.ask("/agents/nobody.json")
    assert (missing.status, missing.json["error"]["message"]) == (404, "There is no agent 'nobody'.")
    tab = several.ask("/agents/support/nothing.json")
    assert (tab.status, tab.json["error"]["hint"]) == (404, "It has: overview, sessions, traces, analysis.")
    assert several.ask("/agents/support?colour=red").status == 422
    empty = several.ask("/agents/support?model=none")
    assert "No runs in this selection" in empty.text


def test_an_empty_store_says_how_to_send_something(dashboard: Dashboard) -> None:
    page = dashboard.ask("/agents").text
    assert "Waiting for the first trace" in page
    assert dashboard.ask("/agents.json").json["items"] == []


def test_pages_are_small_and_have_no_style_of_their_own(demo: Dashboard) -> None:
    for address in ("/agents", "/agents/support?range=12h", "/agents/coder"):
        answer = demo.ask(address)
        assert answer.status == 200
        assert len(answer.body) < 120_000
        assert " style=" not in answer.text
    keys = {item["key"] for item in demo.ask("/agents.json").json["items"]}
    assert len(keys - {UNNAMED}) == demo.ask("/stats.json").json["agents"]


def test_a_trace_leads_to_how_its_agent_is_doing(several: Dashboard) -> None:
    page = several.ask(f"/traces/{2:032x}").text
    link = re.search(r'<a class="cut" href="(/agents/[^"]+)"', page)
    assert link
    assert unescape(link[1]) == path(ODD)


def test_every_way_out_of_an_overview_leads_somewhere(demo: Dashboard) -> None:
    page = demo.ask("/agents/support?range=12h").text
    inside = re.search(r"<main.*</main>", page, re.DOTALL)
    assert inside
    links = {unescape(href) for href in re.findall(r'href="(/[^"]+)"', inside[0])}
    lists = sorted(href for href in links if href.startswith("/traces?"))
    others = sorted(links - {*lists} - {href for href in links if href.startswith("/static/")})
    assert len([href for href in others if href.startswith("/compare?")]) == 2
    for href in (*others, *lists[::10]):
        assert demo.ask(href).status == 200, href


def test_of_very_many_agents_the_first_are_shown_and_others_are_found(dashboard: Dashboard) -> None:
    put(dashboard.db, *(run(n, agent=f"worker {n:03d}") for n in range(1, 121)))
    page = dashboard.ask("/agents?sort=name").text
    assert len(rows(page)) == 100
    assert "100 of 120; find others by a part of their name" in page
    assert list(rows(dashboard.ask("/agents?find=R+12").text)) == ["worker 120"]
    assert dashboard.ask("/agents.json").json["total"] == 120
