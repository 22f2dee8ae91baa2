"""Sessions in a real browser: from the list to a turn and back, by keys, without JavaScript, any width."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .browsing import Open, listening, sideways, violations
from .conftest import Dashboard, put, serving
from .session_spans import NOW_NS, S, exchange, turn


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serving(tmp_path_factory.mktemp("desk")) as start:
        dashboard = start()
        put(
            dashboard.db,
            *exchange("tea", 4, first=10),
            *exchange("long", 60, first=100),
            turn(30, "coffee", "is it hot?", None, error="the pot is empty", user="user-2"),
            turn(31, "coffee", "is it hot?", "yes", history=[("user", "is it hot?")]),
            turn(32, "coffee", "still?", None, start_ns=NOW_NS - S, is_open=True),
        )
        yield dashboard


PATHS = [
    "/sessions",
    "/sessions?agent=nobody",
    "/users",
    "/users/user-1",
    "/sessions/tea",
    "/sessions/coffee",
]
PATHS += ["/sessions/long?turn=30"]


@pytest.mark.parametrize(
    ("path", "theme"),
    [*((path, "light") for path in PATHS), ("/sessions", "dark"), ("/sessions/coffee", "dark")],
)
def test_every_page_is_accessible(desk: Dashboard, open_page: Open, path: str, theme: str) -> None:
    page = open_page(desk.url + path, color_scheme=theme)
    assert violations(page) == []


def test_the_page_that_says_what_makes_a_session_is_accessible(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, turn(1, "", "alone", "quite", user=None))
    for path in ("/sessions", "/users"):
        assert violations(open_page(dashboard.url + path)) == []


def test_no_page_scrolls_sideways(desk: Dashboard, open_page: Open) -> None:
    page = open_page("about:blank")
    for path in PATHS:
        page.goto(desk.url + path)
        assert sideways(page, 320, 390, 768, 1280, 1920) == {}, path


def test_from_the_list_to_a_turn_in_its_trace_and_back(desk: Dashboard, open_page: Open) -> None:
    page = open_page(f"{desk.url}/sessions")
    page.get_by_role("link", name="tea", exact=True).click()
    expect(page.get_by_role("heading", name="tea")).to_be_visible()
    expect(page.locator("article.session-turn")).to_have_count(4)
    expect(page.get_by_text("question 2", exact=True)).to_have_count(1)
    page.get_by_role("link", name="Turn 3, ok").click()
    expect(page.locator("article.session-turn:target h2")).to_have_text("Turn 3")
    page.locator("article.session-turn:target").get_by_role("link", name="Open trace").click()
    expect(page).to_have_url(re.compile(rf"/traces/{13:032x}\?session=tea"))
    expect(page.locator(".span-grid")).to_be_visible()
    page.get_by_role("link", name="Next trace").click()
    expect(page).to_have_url(re.compile(rf"/traces/{14:032x}"))
    page.locator(".trace-figures").get_by_role("link", name="tea").click()
    expect(page.locator("article.session-turn:target h2")).to_have_text("Turn 4")
    for view in ("Timeline", "Thread"):
        page.locator("article.session-turn").nth(1).get_by_role("link", name=view).click()
        expect(page).to_have_url(re.compile(f"view={view.lower()}"))
        page.go_back()
        expect(page.locator("article.session-turn")).to_have_count(4)


def test_two_turns_can_be_compared(desk: Dashboard, open_page: Open) -> None:
    page = open_page(f"{desk.url}/sessions/tea")
    page.locator("article.session-turn").nth(1).get_by_role("link", name="Compare").click()
    expect(page).to_have_url(re.compile(rf"/compare\?a={11:032x}&b={12:032x}"))
    expect(page.locator("main")).to_contain_text("question 2")


def test_keys_move_between_rows(desk: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{desk.url}/sessions?sort=first"))
    page.wait_for_function("() => customElements.get('link-list') !== undefined")
    page.keyboard.press("j")
    expect(page.locator("[data-row]").nth(0)).to_be_focused()
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    expect(page.locator("[data-row]").nth(1)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/sessions/"))
    page.keyboard.press("g")
    page.keyboard.press("n")
    expect(page).to_have_url(f"{desk.url}/sessions")


def test_a_long_session_is_walked_by_its_pages(desk: Dashboard, open_page: Open) -> None:
    page = open_page(f"{desk.url}/sessions/long")
    page.get_by_role("navigation", name="Pages of turns").get_by_role("link").nth(2).click()
    expect(page.locator("article.session-turn")).to_have_count(10)
    expect(page.get_by_text("question 60", exact=True)).to_be_visible()
    page.get_by_role("link", name="Earlier turns").click()
    expect(page.get_by_text("question 26", exact=True)).to_be_visible()


def test_finding_in_a_session_leads_to_its_traces(desk: Dashboard, open_page: Open) -> None:
    page = open_page(f"{desk.url}/sessions/tea")
    page.keyboard.press("/")
    page.keyboard.type("question")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/traces\?session=tea&q=question|/traces\?q=question&session=tea"))


def test_everything_is_there_without_javascript(desk: Dashboard, open_page: Open) -> None:
    page = open_page(f"{desk.url}/sessions", java_script_enabled=False)
    expect(page.locator("tbody.run")).to_have_count(3)
    page.get_by_role("link", name="coffee", exact=True).click()
    expect(page.get_by_text("Run failed here: no answer was given.")).to_be_visible()
    expect(page.get_by_text("Still running.")).to_be_visible()
    page.get_by_role("link", name="user-2").click()
    expect(page.get_by_role("heading", name="user-2")).to_be_visible()


def test_what_arrives_shows_itself(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, turn(1, "s", "first?", "first!"))
    rows = listening(open_page(f"{dashboard.url}/sessions"))
    thread = listening(open_page(f"{dashboard.url}/sessions/s"))
    put(dashboard.db, turn(2, "s", "second?", "second!"), turn(3, "other", "hm?", "ah"))
    expect(rows.locator("tbody.run")).to_have_count(2)
    put(dashboard.db, turn(1, "s", "first?", "first!", tool="look"))
    expect(thread.get_by_text("second!", exact=True)).to_be_visible()
