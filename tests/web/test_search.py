"""Search on the list page: what it finds, why, and how it is put; all of it without JavaScript."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest

from halo_dash.store.asking import Asking

from .conftest import Dashboard, index, put, run


@pytest.fixture
def searched(dashboard: Dashboard) -> Dashboard:
    put(
        dashboard.db,
        run(1, question="May I return a broken kettle?", answer="Yes, within 30 days"),
        run(2, question="Where is my parcel?", answer="The kettle left the warehouse", fails=True),
        run(3, question="<b>kettle</b> & <script>alert(1)</script>"),
        run(4, question="Something else"),
    )
    index(dashboard.db)
    return dashboard


def hit_of(page: str, number: int) -> str:
    row = re.search(rf'id="t-{number:032x}".*?</tbody>', page, re.DOTALL)
    assert row
    found = re.search(r'<tr class="hit">.*?</tr>', row[0], re.DOTALL)
    return found[0] if found else ""


def test_a_word_finds_the_traces_that_have_it_and_says_where(searched: Dashboard) -> None:
    page = searched.ask("/traces?q=kettle").text
    assert re.findall(r'<tbody class="run" id="t-([0-9a-f]+)"', page) == [f"{n:032x}" for n in (3, 2, 1)]
    assert "<b>input</b> May I return a broken <mark>kettle</mark>?" in hit_of(page, 1)
    assert "<b>output</b> The <mark>kettle</mark> left the warehouse" in hit_of(page, 2)
    assert 'name="q" value="kettle"' in page


def test_a_snippet_of_hostile_text_is_text(searched: Dashboard) -> None:
    line = hit_of(searched.ask("/traces?q=kettle").text, 3)
    assert "&lt;b&gt;<mark>kettle</mark>&lt;/b&gt; &amp; &lt;script&gt;" in line
    assert "<script" not in line


def test_what_was_typed_is_put_back_as_text(searched: Dashboard) -> None:
    page = searched.ask("/traces?q=%22%3E%3Cimg+src%3Dx%3E").text
    assert "<img" not in page
    assert 'value="&#34;&gt;&lt;img src=x&gt;"' in page


def test_a_hit_leads_to_its_span_and_keeps_the_list(searched: Dashboard) -> None:
    line = hit_of(searched.ask("/traces?q=kettle&status=error").text, 2)
    address = urlsplit(unescape(re.search(r'href="([^"]+)"', line)[1]))  # type: ignore[index]
    assert address.path == f"/traces/{2:032x}"
    assert parse_qs(address.query) == {"span": [f"{2 * 16:016x}"], "q": ["kettle"], "status": ["error"]}
    trace = searched.ask(f"{address.path}?{address.query}").text
    assert f'data-span="{2 * 16:016x}"' in trace


def test_the_form_carries_the_filters_along_and_can_be_cleared(searched: Dashboard) -> None:
    page = searched.ask("/traces?q=kettle&status=error&sort=-cost").text
    form = re.search(r'<form class="search".*?</form>', page, re.DOTALL)
    assert form
    assert re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', form[0]) == [
        ("status", "error"),
        ("sort", "-cost"),
    ]
    assert 'class="search-clear" href="/traces?status=error&amp;sort=-cost"' in form[0]


def test_the_twin_has_the_matches(searched: Dashboard) -> None:
    twin = searched.ask("/traces.json?q=kettle").json
    assert twin["total"] == 3
    by_id = {item["trace_id"]: item["matches"] for item in twin["items"]}
    assert by_id[f"{3:032x}"][0] == {
        "span_id": f"{3 * 16:016x}",
        "field": "input",
        "snippet": "&lt;b&gt;<mark>kettle</mark>&lt;/b&gt; &amp; &lt;script&gt;alert(1)&lt;/script&gt;",
    }
    assert "matches" not in searched.ask("/traces.json").json["items"][0]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("status:eror", "Did you mean <a href="),
        ("duration:soon", "duration"),
        ("ettl", "No word is <q>ettl</q>"),
    ],
)
def test_what_was_read_otherwise_is_said(searched: Dashboard, typed: str, words: str) -> None:
    page = searched.ask(f"/traces?q={typed}").text
    said = re.search(r'<div class="search-said".*?</div>', page, re.DOTALL)
    assert said
    assert words in said[0]


def test_a_clear_search_says_nothing_beside_its_results(searched: Dashboard) -> None:
    assert "search-said" not in searched.ask("/traces?q=kettle").text


def test_before_there_is_an_index_the_page_says_so(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    assert "index is being built" in dashboard.ask("/traces?q=tall").text


@pytest.mark.parametrize("typed", ["%00", "((((", '"', "-", "OR+OR", "a" * 3000, "%F0%9F%98%80", "attr.:"])
def test_nothing_that_can_be_typed_is_an_error(searched: Dashboard, typed: str) -> None:
    assert searched.ask(f"/traces?q={typed}").status == 200
    assert searched.ask(f"/complete.json?q={typed}").status == 200


def test_fields_and_values_are_offered(searched: Dashboard) -> None:
    (field,) = searched.ask("/complete.json?q=kettle+stat").json["items"]
    assert (field["text"], field["start"]) == ("status:", 7)
    offered = searched.ask("/complete.json?q=agent:res").json["items"]
    assert [(each["text"], each["count"]) for each in offered] == [("agent:researcher", 4)]
    assert searched.ask("/complete.json?q=").json == {"items": []}


def test_a_search_whose_time_is_over_says_so_and_goes_on_when_it_is_asked_again(
    searched: Dashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(Asking.select, "__defaults__", (-1.0,))  # no patience at all
        answer = searched.ask("/traces?q=kettle")
        assert answer.status == 200
        assert "Stopped early." in answer.text
        assert searched.ask("/traces.json?q=kettle").json["search"]["partial"]
    whole = searched.ask("/traces.json?q=kettle").json
    assert (whole["search"]["partial"], whole["total"]) == (False, 3)
    assert "Stopped early." not in searched.ask("/traces?q=kettle").text
