"""What rules found, on the list and on the page of a trace, without a script."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from typing import Any

import pytest

from halo_dash.model.finding import Ending, Evidence, Finding, Verdict
from halo_dash.store import Store
from halo_dash.store.findings.judging import Judgement

from . import wrong_runs
from .conftest import Dashboard, put, run
from .test_panel import section
from .wrong_runs import BOTH, CLEAN, CUT, FAILED, HOSTILE, LOOP, SILENT, judge, put_runs

judged = wrong_runs.judged


def row(page: str, trace_id: str) -> str:
    found = re.search(rf'<tbody class="run" id="t-{trace_id}".*?</tbody>', page, re.DOTALL)
    assert found, trace_id
    return found[0]


def texts(html: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", html)).split())


def evidence_links(page: str) -> list[str]:
    panel = re.search(r"<finding-list.*?</finding-list>", page, re.DOTALL)
    assert panel
    return [unescape(href) for href in re.findall(r'<a data-evidence href="([^"]+)"', panel[0])]


def test_a_run_that_reported_ok_and_failed_in_effect_says_so_in_a_word_and_why(judged: Dashboard) -> None:
    page = judged.ask("/traces").text
    silent = row(page, SILENT)
    assert 'data-state="silent"' in silent
    assert "silent failure" in texts(silent)
    assert "get_weather returned an error as its result: no such city" in texts(silent)
    assert HOSTILE not in page
    assert "cut off" in texts(row(page, CUT))
    assert "silent failure" not in texts(row(page, CLEAN) + row(page, FAILED) + row(page, LOOP))


def test_a_badge_names_the_worst_and_counts_the_others_and_repeats_no_error(judged: Dashboard) -> None:
    page = judged.ask("/traces").text
    assert re.search(r"medium: retry loop \+2", texts(row(page, LOOP)))
    assert "finding-badge" not in row(page, CLEAN)
    assert "finding-badge" not in row(page, FAILED)
    assert "WeatherError: backend down" in texts(row(page, FAILED))


def test_one_click_shows_the_silent_failures_alone_and_one_more_all_again(judged: Dashboard) -> None:
    def link(page: str) -> tuple[str, int]:
        found = re.search(r'silent-only" href="([^"]+)".*?class="num">(\d+)<', page, re.DOTALL)
        assert found
        return unescape(found[1]), int(found[2])

    for place in (
        "/traces",
        "/traces?tool=get_weather",
        "/traces?status=ok",
        "/traces?effective=error",
        "/traces?status=error",
    ):
        href, count = link(judged.ask(place).text)
        alone = judged.ask(href).text
        ids = re.findall(r'<tbody class="run" id="t-(\w+)" data-state="silent"', alone)
        assert len(ids) == count
        assert len(re.findall('<tbody class="run"', alone)) == count
        back, still = link(alone)
        assert still == count
        assert "effective" not in back
    assert {SILENT, CUT} == set(re.findall(r'id="t-(\w+)" data-state="silent"', judged.ask("/traces").text))


def test_where_nothing_is_silent_nothing_offers_it(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2, fails=True))
    page = dashboard.ask("/traces").text
    assert "Silent failures" not in page
    assert 'id="facet-effective"' not in page
    judge(dashboard.db)
    assert 'id="facet-effective"' in dashboard.ask("/traces").text


def test_the_panel_names_rules_by_what_they_find(judged: Dashboard) -> None:
    page = judged.ask("/traces").text
    href, count = section(page, "rule")["A span reported an error"]
    assert (href, count) == ("/traces?rule=error-status", "2")
    narrowed = judged.ask(href).text
    chips = narrowed[narrowed.index("Filters in effect") :]
    assert "A span reported an error" in chips[: chips.index("Reset")]
    assert section(page, "effective")["failed in effect"][1] == "4"
    assert "A tool returned an error and reported success" in judged.ask("/facets/rule").text


def test_the_page_of_a_silent_failure_opens_where_it_failed(judged: Dashboard) -> None:
    page = judged.ask(f"/traces/{SILENT}").text
    panel = texts(page[page.index("<finding-list") : page.index("</finding-list>")])
    assert "What went wrong" in panel
    assert "failed here" in panel
    assert "high" in panel
    assert "its span says it went well" in panel
    assert HOSTILE not in page
    assert "the only run like this" in panel
    selected = re.search(r'id="span-(\w+)"[^>]*aria-selected="true"', page)
    assert selected
    assert f"span={selected[1]}&finding=" in "".join(evidence_links(page))


@pytest.mark.parametrize("trace_id", [SILENT, CUT, LOOP, FAILED, BOTH])
def test_every_quote_is_marked_once_where_its_link_leads(judged: Dashboard, trace_id: str) -> None:
    given: list[dict[str, Any]] = judged.ask(f"/traces/{trace_id}.json").json["findings"]
    hrefs = evidence_links(judged.ask(f"/traces/{trace_id}").text)
    assert len(hrefs) == sum(len(each["evidence"]) for each in given)
    for href in hrefs:
        address, _, place = href.partition("#")
        assert place == "evidence"
        page = judged.ask(address).text
        numbers = re.search(r"finding=(\d+)\.(\d+)", address)
        assert numbers
        evidence = given[int(numbers[1]) - 1]["evidence"][int(numbers[2]) - 1]
        shown = re.search(
            r'<div class="value"[^>]*id="evidence".*?(?=<div class="value"|</section>)',
            page,
            re.DOTALL,
        )
        assert page.count('id="evidence"') == (shown is not None)
        if evidence["quote"] == "(empty)":
            continue
        assert shown, (address, evidence)
        marks = [unescape(each) for each in re.findall(r"<mark>(.*?)</mark>", shown[0], re.DOTALL)]
        squeezed = "".join("".join(marks).split())
        is_empty = evidence["quote"] == "[]"
        assert is_empty or (squeezed and squeezed in "".join(evidence["quote"].split()))
        assert re.search(rf'span-row" id="span-{evidence["span_id"]}"[^>]*aria-selected="true"', page)


def test_findings_of_one_cluster_stand_once_and_the_error_is_not_told_twice(judged: Dashboard) -> None:
    page = judged.ask(f"/traces/{BOTH}").text
    panel = texts(page[page.index("<finding-list") : page.index("</finding-list>")])
    assert panel.count("get_weather failed") == 1
    assert "4 times" in panel
    assert "1 other run like this" in panel
    assert "<b>WHY</b>" not in page
    assert "/clusters/" in page


def test_rows_of_the_tree_and_the_details_of_a_span_name_its_findings(judged: Dashboard) -> None:
    page = judged.ask(f"/traces/{LOOP}").text
    with_badge = re.findall(
        r'<div role="row" class="span-row" id="span-(\w+)"(?:(?!</div>).)*?finding-badge', page, re.DOTALL
    )
    assert len(with_badge) == 3
    span = judged.ask(f"/traces/{LOOP}/spans/{with_badge[2]}").text
    assert "web_search was called 3 times with the same arguments" in texts(span)
    assert "web_search found nothing" in texts(span)
    timeline = judged.ask(f"/traces/{LOOP}?view=timeline").text
    assert timeline.count('class="finding-badge"') == 3


def test_how_far_judging_is_stands_where_there_is_nothing_to_tell(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, CLEAN)
    address = f"/traces/{CLEAN}"
    assert "not judged" in dashboard.ask(address).text
    with Store.open(dashboard.db, mode="ro") as store:
        store.findings.judging("none yet").close()
    assert "not judged yet" in dashboard.ask(address).text
    judge(dashboard.db)
    page = dashboard.ask(address).text
    assert re.search(r'<a href="/rules"[^>]*>nothing found by \d+ rules</a>', page)
    assert "finding-list" not in page


def test_a_trace_that_changed_since_says_that_it_will_be_judged_again(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, LOOP, CLEAN)
    judge(dashboard.db)
    for trace_id, said in ((LOOP, "judged again in a moment"), (CLEAN, "before the last change")):
        assert said not in dashboard.ask(f"/traces/{trace_id}").text
        put(dashboard.db, (replace(run(4)[1], trace_id=trace_id),))
        assert said in dashboard.ask(f"/traces/{trace_id}").text


def plant(dashboard: Dashboard, trace_id: str, *findings: Finding) -> None:
    with Store.open(dashboard.db, mode="ro") as store:
        judging = store.findings.judging("planted")
        while judging.follow():
            pass
        row_number = {found: number for number, found in judging.due(2**62, 100)}[trace_id]
        trace = store.traces.get(trace_id)
        assert trace
        judging.keep([Judgement(row_number, trace_id, trace.revision, Verdict(trace_id, findings, False))])
        judging.close()


def test_a_trace_that_is_too_long_to_judge_says_so(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, CLEAN)
    long = Finding("too-large", "info", "too many", "", (Evidence("", "structure", "9 spans"),), "none")
    plant(dashboard, CLEAN, long)
    assert "spans are too many" in dashboard.ask(f"/traces/{CLEAN}").text


def test_only_what_a_run_got_over_has_the_tone_of_that(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, CLEAN)
    endings: tuple[Ending, ...] = ("failed", "recovered", "unclear", "none")
    found = (
        Finding(f"r{ending}", "low", f"It {ending}", "", (Evidence("gone", "output", "x"),), ending)
        for ending in endings
    )
    plant(dashboard, CLEAN, *found)
    page = dashboard.ask(f"/traces/{CLEAN}").text
    tags = re.findall(r'<strong>It (\w+)</strong> (?:<span class="tag"( data-tone="\w+")?>([^<]+))?', page)
    assert sorted(set(tags)) == [
        ("failed", ' data-tone="failed"', "failed here"),
        ("none", "", ""),
        ("recovered", ' data-tone="recovered"', "recovered"),
        ("unclear", "", "unclear"),
    ]


def test_what_a_rule_says_is_text_and_long_lists_are_folded(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, CLEAN)
    findings = tuple(
        Finding(
            f"r{number}",
            "low",
            f"{HOSTILE} {number}",
            HOSTILE,
            (Evidence("gone", "output", HOSTILE),),
            "none",
            subject=str(number),
        )
        for number in range(7)
    )
    plant(dashboard, CLEAN, *findings)
    page = dashboard.ask(f"/traces/{CLEAN}").text
    assert HOSTILE not in page
    assert HOSTILE not in dashboard.ask("/traces").text
    assert "4 more, less grave" in page
    assert texts(page).count(f"{HOSTILE} ") >= 7


@pytest.mark.parametrize("finding", ["9.9", "x", "1", "0.0", "1.1.1", "²." + "1", "1." + "9" * 400, "<b>"])
def test_an_old_or_broken_number_still_opens_the_span(judged: Dashboard, finding: str) -> None:
    answer = judged.ask(f"/traces/{SILENT}?finding={finding.replace('<', '%3C').replace('²', '%C2%B2')}")
    assert answer.status == 200
    assert 'id="evidence"' not in answer.text


def test_the_verdict_shows_at_once_on_a_page_that_was_asked_for_before(dashboard: Dashboard) -> None:
    put_runs(dashboard.db, SILENT)
    assert 'data-status="ok"' in dashboard.ask(f"/traces/{SILENT}").text
    judge(dashboard.db)
    assert "silent failure" in dashboard.ask(f"/traces/{SILENT}").text
