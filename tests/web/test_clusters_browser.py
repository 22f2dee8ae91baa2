"""Failures in a real browser: accessible in both themes, at every width, by keys, live, without a script."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from halo_dash.transfer.demo import demo_traces

from .browsing import Open, listening, sideways, violations
from .conftest import NOW_NS, Dashboard, put, run, serving
from .judged_runs import judge

PATHS = ("/clusters", "/clusters?range=1d&detail=fine", "/clusters/error-status:timeout")


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    """The demo's traces, judged. Read only."""
    with serving(tmp_path_factory.mktemp("found")) as start:
        dashboard = start()
        put(dashboard.db, *(trace.spans for trace in demo_traces(NOW_NS)), source="demo")
        judge(dashboard.db)
        yield dashboard


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_of_failures_is_accessible(
    found: Dashboard, open_page: Open, path: str, theme: str
) -> None:
    page = open_page(found.url + path, color_scheme=theme)
    expect(page.locator("main")).to_be_visible()
    for fold in page.locator("details.folded > summary").all():
        fold.click()
    assert violations(page) == []


def test_no_page_of_failures_scrolls_sideways(found: Dashboard, open_page: Open) -> None:
    page = open_page("about:blank")
    for path in PATHS:
        page.goto(found.url + path)
        assert sideways(page, 320, 390, 768, 1920) == {}, path


def test_from_the_list_to_a_failure_to_the_quote_by_keys(found: Dashboard, open_page: Open) -> None:
    page = listening(open_page(found.url + "/traces"))
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/clusters")
    listening(page)
    page.keyboard.press("j")
    first = page.locator("[data-row]").first
    expect(first).to_be_focused()
    title = first.locator("b").inner_text()
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(title)
    quote = page.locator(".quotes a").first
    words = quote.locator("q").inner_text()
    quote.click()
    page.wait_for_url("**/traces/**")
    expect(page.locator("mark").first).to_be_visible()
    assert page.locator("mark").first.inner_text()[:12] in words


def test_without_a_script_everything_is_there(found: Dashboard, open_page: Open) -> None:
    page = open_page(found.url + "/clusters", java_script_enabled=False)
    page.locator("#folded-low > summary").click()
    expect(page.locator("#folded-low .cluster-title").first).to_be_visible()
    page.get_by_role("link", name="Fine", exact=True).click()
    expect(page).to_have_url(re.compile("detail=fine"))
    page.locator("td.c-runs a").first.click()
    expect(page).to_have_url(re.compile(r"/traces\?cluster=\w+"))


def test_a_failure_is_muted_named_and_noted_by_plain_forms(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1, fails=True), run(2, fails=True), run(3))
    judge(dashboard.db)
    page = open_page(dashboard.url + "/clusters/error-status:timeout?range=7d", java_script_enabled=False)
    page.get_by_label("Name").fill("The backend is slow")
    page.get_by_role("button", name="Rename").click()
    expect(page.locator("h1")).to_have_text("The backend is slow")
    expect(page).to_have_url(re.compile(r"range=7d$"))
    page.get_by_label("Note").fill("since v1.4.2\nasked the team")
    page.get_by_role("button", name="Save note").click()
    expect(page.locator(".cluster-note")).to_contain_text("asked the team")
    page.get_by_role("button", name="Mark fixed").click()
    expect(page.locator("#cluster-top")).to_contain_text("said to be fixed")
    page.get_by_role("button", name="Mute").click()
    expect(page.get_by_role("button", name="Unmute")).to_be_visible()
    page.goto(dashboard.url + "/clusters")
    page.locator("#folded-muted > summary").click()
    expect(page.locator("#folded-muted")).to_contain_text("The backend is slow")


def test_what_is_judged_meanwhile_comes_into_the_list(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1), run(2, fails=True))
    page = listening(open_page(dashboard.url + "/clusters"))
    expect(page.locator("#clusters")).to_contain_text("Nothing found yet")
    judge(dashboard.db)
    expect(page.locator("#clusters")).to_contain_text("A span reported an error")
