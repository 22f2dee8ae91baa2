"""Finding inside one trace: all of it, in order, marked where it stands; without a script."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape

import pytest

from halo_dash.model.span import Event, Span

from .conftest import Dashboard, index, put, run

TRACE = f"/traces/{1:032x}"


def spans() -> tuple[Span, ...]:
    root, call, tool = run(1, question="Where is my kettle?", answer="<b>kettle</b> & lid")
    raised = {
        "exception.type": "KettleError",
        "exception.message": "no kettle left",
        "exception.stacktrace": "boom",
    }
    return (
        root,
        replace(call, attributes={**call.attributes, "note": "a kettle, twice: kettle"}),
        replace(
            tool,
            attributes={**tool.attributes, "depth": 1},
            events=(Event(tool.start_ns, "exception", raised),),
        ),
    )


@pytest.fixture
def found(dashboard: Dashboard) -> Dashboard:
    put(dashboard.db, spans(), run(2))
    index(dashboard.db)
    return dashboard


def links(page: str, name: str) -> list[str]:
    return [unescape(href) for href in re.findall(rf'href="([^"]+)" data-find="{name}"', page)]


def count(page: str) -> str:
    said = re.search(r'<span class="find-count"[^>]*>([^<]*)<', page)
    return said[1] if said else ""


def test_walking_reaches_every_hit_once_in_order_and_comes_round(found: Dashboard) -> None:
    page = found.ask(f"{TRACE}?find=kettle").text
    listed = links(page, "hit")
    assert count(page) == f"{len(listed)} hits"
    assert len(listed) >= 4
    walked, address = [], links(page, "next")[0]
    for number in range(1, len(listed) + 1):
        walked.append(address)
        page = found.ask(address).text
        assert count(page) == f"{number} of {len(listed)}"
        assert "<mark>" in page.partition('id="detail"')[2]
        address = links(page, "next")[0]
    assert walked == listed
    assert address == listed[0]
    assert links(page, "previous")[0] == listed[-2]


def test_the_span_of_the_hit_is_opened_with_its_terms_marked(found: Dashboard) -> None:
    page = found.ask(f"{TRACE}?find=kettle&span={1 * 16 + 1:016x}").text
    detail = page.partition('id="detail"')[2]
    assert "a <mark>kettle</mark>, twice: <mark>kettle</mark>" in detail
    assert '<details class="fold" open><summary>Attributes' in detail
    plain = found.ask(f"{TRACE}?span={1 * 16 + 1:016x}").text
    assert "<mark>" not in plain
    assert '<details class="fold"><summary>Attributes' in plain


def test_hostile_text_stays_text_when_it_is_marked(found: Dashboard) -> None:
    page = found.ask(f"{TRACE}?find=kettle&span={16:016x}").text
    assert "&lt;b&gt;<mark>kettle</mark>&lt;/b&gt; &amp; lid" in page
    assert "<b>kettle" not in page
    assert 'value="&#34;&gt;&lt;b&gt;"' in found.ask(f"{TRACE}?find=%22%3E%3Cb%3E").text


def test_what_the_list_was_searched_for_is_found_in_the_trace(found: Dashboard) -> None:
    page = found.ask(f"{TRACE}?q=kettle&status=ok").text
    assert 'name="find" value="kettle"' in page
    assert links(page, "hit")
    assert all("q=kettle&status=ok" in href for href in links(page, "hit"))
    assert not links(found.ask(f"{TRACE}?q=kettle&find=").text, "hit")


@pytest.mark.parametrize("view", ["tree", "timeline", "thread", "raw"])
def test_every_view_has_the_find_bar(found: Dashboard, view: str) -> None:
    page = found.ask(f"{TRACE}?view={view}&find=lid").text
    assert links(page, "next")
    if view == "thread":
        assert "&amp; <mark>lid</mark>" in page


@pytest.mark.parametrize("find", ["%00", "nowhere", "status:error", "((", '"', "ettl"])
def test_whatever_is_looked_for_is_no_error(found: Dashboard, find: str) -> None:
    assert found.ask(f"{TRACE}?find={find}").status == 200
    assert found.ask(f"{TRACE}?find={find}&hit=99999999999").status == 200


def test_the_detail_part_is_marked_as_well(found: Dashboard) -> None:
    part = found.ask(f"{TRACE}/spans/{16:016x}?q=kettle", headers={"Halo-Fragment": "detail"}).text
    assert "my <mark>kettle</mark>?" in part
