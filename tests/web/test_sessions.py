"""The lists of sessions and users: rows, filters, orders, pages, forms, and what makes a session."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest

from halo_dash.model.figures import GROUP_SORTS

from .conftest import Dashboard, Serve, index, put, serving
from .session_spans import NOW_NS, S, exchange, turn


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """Three sessions: a long one, one that failed, one of another user and agent."""

    with serving(tmp_path_factory.mktemp("desk")) as start:
        dashboard = start()
        put(
            dashboard.db,
            *exchange("tea", 4, first=10),
            turn(30, "coffee", "is it hot?", None, error="the pot is empty", user="user-2"),
            turn(31, "a/b c", "where is Zanzibar?", "in the sea", agent="atlas", user="user/3"),
            turn(40, "", "alone", "quite"),
        )
        index(dashboard.db)
        yield dashboard


def values(dashboard: Dashboard, query: str = "") -> list[str]:
    return [item["session_id"] for item in dashboard.ask(f"/sessions.json{query}").json["items"]]


def test_each_session_is_one_row_with_its_figures(desk: Dashboard) -> None:
    found = desk.ask("/sessions.json").json
    assert found["total"] == 3
    assert found["totals"]["trace_count"] == 6
    tea = next(item for item in found["items"] if item["session_id"] == "tea")
    assert tea["trace_count"] == 4
    assert tea["tokens"]["total"] == 440
    assert tea["first_input"] == "question 1"
    assert tea["last_output"] == "answer 4"
    assert tea["agents"] == ["desk"]
    assert tea["users"] == ["user-1"]
    assert tea["active_ms"] == pytest.approx(8_000)
    assert tea["duration_ms"] == pytest.approx(32_000)
    coffee = next(item for item in found["items"] if item["session_id"] == "coffee")
    assert coffee["failed"] == 1
    assert "the pot is empty" in coffee["failure"]
    page = desk.ask("/sessions").text
    assert "the pot is empty" in page
    assert 'href="/sessions/a%2Fb%20c"' in page
    assert 'href="/users/user%2F3"' in page


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("?status=error", ["coffee"]),
        ("?agent=atlas", ["a/b c"]),
        ("?user=user-1", ["tea"]),
        ("?session=tea&session=coffee&sort=first", ["tea", "coffee"]),
        ("?q=Zanzibar", ["a/b c"]),
        ("?not.user=user-1&sort=first", ["coffee", "a/b c"]),
        ("?sort=-tokens&limit=1", ["tea"]),
        ("?sort=-errors&limit=1", ["coffee"]),
    ],
)
def test_every_filter_of_the_traces_selects(desk: Dashboard, query: str, expected: list[str]) -> None:
    assert values(desk, query) == expected


def test_pages_join_and_every_order_is_whole(desk: Dashboard) -> None:
    for sort in GROUP_SORTS:
        seen: list[str] = []
        cursor = ""
        while True:
            page = desk.ask(f"/sessions.json?sort={quote(sort)}&limit=1{cursor}").json
            seen += [item["session_id"] for item in page["items"]]
            if page["next_cursor"] is None:
                break
            cursor = f"&cursor={page['next_cursor']}"
        assert sorted(seen) == ["a/b c", "coffee", "tea"], sort


def test_what_is_no_filter_or_order_is_refused(desk: Dashboard) -> None:
    answer = desk.ask("/sessions.json?sort=-start&colour=red")
    assert answer.status == 422
    assert "sort must be one of" in answer.json["error"]["message"]
    assert "colour" in answer.json["error"]["message"]


def test_the_page_keeps_the_filter_in_its_links(desk: Dashboard) -> None:
    page = desk.ask("/sessions?user=user-1&sort=-tokens").text
    assert 'href="/sessions?sort=-tokens"' in page  # the chip takes the filter away
    assert 'href="/sessions?range=1d&amp;user=user-1&amp;sort=-tokens"' in page
    assert 'href="/traces?user=user-1"' in page
    assert '<form class="search" role="search" method="get" action="/sessions">' in page
    assert 'href="/sessions.csv?user=user-1&amp;sort=-tokens"' in page


def test_what_a_form_sends_becomes_the_canonical_address(desk: Dashboard) -> None:
    answer = desk.ask("/sessions?tokens-min=5&tokens-max=")
    assert answer.status == 303
    assert answer.headers["location"] == "/sessions?tokens=5.."


def test_the_table_is_the_whole_selection(desk: Dashboard) -> None:
    rows = list(csv.DictReader(io.StringIO(desk.ask("/sessions.csv?sort=first").text)))
    assert [row["session_id"] for row in rows] == ["tea", "coffee", "a/b c"]
    assert rows[0]["total_tokens"] == "440"
    users = list(csv.DictReader(io.StringIO(desk.ask("/users.csv?sort=first").text)))
    assert [row["user_id"] for row in users] == ["user-1", "user-2", "user/3"]
    assert users[0]["sessions"] == "1"


def test_users_are_listed_and_one_has_a_summary_above_its_sessions(desk: Dashboard) -> None:
    found = desk.ask("/users.json?sort=first").json
    assert [(item["user_id"], item["sessions"]) for item in found["items"]] == [
        ("user-1", 1), ("user-2", 1), ("user/3", 1),
    ]  # fmt: skip
    one = desk.ask("/users/user%2F3.json").json
    assert one["user_id"] == "user/3"
    assert [item["session_id"] for item in one["sessions"]["items"]] == ["a/b c"]
    page = desk.ask("/users/user%2F3").text
    assert 'href="/sessions/a%2Fb%20c"' in page
    assert 'href="/traces?user=user%2F3"' in page
    assert 'href="/users/user%2F3?range=1h"' in page
    assert desk.ask("/users/nobody").status == 404
    # The user is fixed by the place: no chip, and no filter of the address changes it.
    assert desk.ask("/users/user-1?user=user-2").headers["location"] == "/users/user-1"


def test_a_store_without_sessions_says_what_makes_one(dashboard: Dashboard) -> None:
    put(dashboard.db, turn(1, "", "alone", "quite", user=None))
    page = dashboard.ask("/sessions").text
    assert "No session yet" in page
    for line in (
        "span.set_attribute(&#34;session.id&#34;",
        "using_session(",
        "RunConfig(group_id",
        "sessionId:",
    ):
        assert line in page, line
    assert "No user yet" in dashboard.ask("/users").text


def test_a_filter_that_selects_nothing_says_so(desk: Dashboard) -> None:
    page = desk.ask("/sessions?agent=nobody").text
    assert "No session matches" in page
    assert 'href="/sessions"' in page


def test_ids_that_end_like_a_format_and_hostile_ones_are_only_ids(serve: Serve, tmp_path: Path) -> None:
    dashboard = serve(store_path=tmp_path / "odd.db")
    ids = [
        "report.json",
        "a.csv",
        "<script>x</script>",
        "tab\tnew\nline",
        "\u4f60\u597d",
        "100%25",
        "?q=#x",
        "a/thread",
    ]
    put(dashboard.db, *(turn(at, each, "hm?", "yes") for at, each in enumerate(ids, 1)))
    page = dashboard.ask("/sessions").text
    assert "<script>x" not in page
    hrefs = re.findall(r'<a href="(/sessions/[^"]+)"', page)
    assert len(hrefs) == len(ids)
    for href in hrefs:
        answer = dashboard.ask(href)
        assert answer.status == 200, href
        assert "Turn 1" in answer.text
        assert dashboard.ask(f"{href}.json").json["session_id"] in ids


def test_a_trace_of_two_sessions_counts_in_each_for_its_own_part(dashboard: Dashboard) -> None:
    first, second = turn(1, "one", "a?", "a!"), turn(2, "two", "b?", "b!", start_ns=NOW_NS - 999_000 * S)
    joined = [
        type(span)(**{**{f: getattr(span, f) for f in span.__slots__}, "trace_id": first[0].trace_id})
        for span in second
    ]
    put(dashboard.db, (*first, *joined))
    items = dashboard.ask("/sessions.json").json["items"]
    assert {item["session_id"]: item["tokens"]["total"] for item in items} == {"one": 110, "two": 110}
