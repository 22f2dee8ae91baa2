"""Insights in a real browser: accessible in both themes and every width, live, the same without a script."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from .browsing import Open, listening, violations
from .conftest import Dashboard, serving
from .insight_runs import history, put_judged

LOOPS = "x.xx.x.xxx.x"


@pytest.fixture(scope="module")
def looping(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serving(tmp_path_factory.mktemp("insights")) as start:
        dashboard = start()
        put_judged(dashboard.db, *history(LOOPS), *history("...x..", "1.1-" + "long" * 20, first=len(LOOPS)))
        yield dashboard


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_pages_are_accessible_and_never_scroll_sideways(
    looping: Dashboard, open_page: Open, theme: str
) -> None:
    name = looping.ask("/insights.json").json["items"][0]["name"]
    for path in ("/insights", f"/insights/{name}", "/insights?tool=other"):
        page = open_page(looping.url + path, color_scheme=theme)
        expect(page.locator("main")).to_be_visible()
        assert violations(page) == [], path
        for width in (1920, 1440, 768, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        assert violations(page) == [], path


def test_keys_lead_from_the_list_to_a_run_without_a_script(looping: Dashboard, open_page: Open) -> None:
    page = open_page(f"{looping.url}/insights", java_script_enabled=False)
    page.locator(".insight h2 a").first.click()
    expect(page.locator("h1")).to_contain_text("web_search")
    page.locator(".strip a[data-hit]").first.click()
    expect(page.locator("h1")).to_contain_text("Oslo")


def test_the_key_of_insights(looping: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{looping.url}/traces"))
    page.keyboard.press("g")
    page.keyboard.press("i")
    expect(page).to_have_url(f"{looping.url}/insights")


def test_insights_appear_while_one_looks(dashboard: Dashboard, open_page: Open) -> None:
    put_judged(dashboard.db, *history("xxx.x.x"))
    page = listening(open_page(f"{dashboard.url}/insights"))
    expect(page.locator("#insights")).to_contain_text("7 of 10 runs")
    put_judged(dashboard.db, *history("xxxxx", first=7))
    expect(page.locator(".insight").first).to_contain_text("10 of 12 runs")
