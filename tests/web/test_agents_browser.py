"""Agents in a real browser: charts under pointer and keys, ranges, from a bar to its traces, every width."""

from __future__ import annotations

import re
import time
from datetime import UTC, datetime
from itertools import pairwise
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

from .browsing import Open, listening, sideways, violations
from .conftest import Dashboard, put, run

OVERVIEW = "/agents/support?range=6h"
PATHS = ["/agents", OVERVIEW, "/agents/%28unnamed%29", "/agents/support/sessions?limit=3"]
PATHS += ["/agents/support/traces?limit=3"]


def ready(page: Page) -> Page:
    """Wait until charts answer."""
    expect(page.locator("chart-set:defined .chart-area[tabindex='0']").first).to_be_visible()
    return listening(page)


def plot(page: Page, number: int = 0) -> dict[str, float]:
    place = page.locator(".chart-area .plot").nth(number)
    place.scroll_into_view_if_needed()
    box = place.bounding_box()
    assert box
    return {**box}


def at(page: Page, share: float, number: int = 0) -> tuple[float, float]:
    box = plot(page, number)
    return box["x"] + box["width"] * share, box["y"] + box["height"] / 2


def busiest(page: Page) -> tuple[int, int, list[str]]:
    """(place of the bucket with most runs, how many buckets there are, its numbers)."""
    rows = page.locator(".chart-data tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].slice(1, 4).map(cell => cell.textContent))"
    )
    sums = [sum(int(text.replace(",", "")) for text in row) for row in rows]
    best = max(range(len(sums)), key=sums.__getitem__)
    return len(rows) - 1 - best, len(rows), rows[best]


def told(tip: Locator) -> dict[str, str]:
    names = tip.locator("dt").all_inner_texts()
    return dict(zip(names, tip.locator("dd").all_inner_texts(), strict=True))


@pytest.mark.parametrize(
    ("path", "theme"), [*((path, "light") for path in PATHS), ("/agents", "dark"), (OVERVIEW, "dark")]
)
def test_every_page_of_agents_is_accessible(demo: Dashboard, open_page: Open, path: str, theme: str) -> None:
    page = open_page(demo.url + path, color_scheme=theme)
    expect(page.locator("main")).to_be_visible()
    if (path, theme) == (OVERVIEW, "light"):
        ready(page)
        page.locator("#chart-data > summary").click()
    assert violations(page) == []


def test_no_page_of_agents_scrolls_sideways(demo: Dashboard, open_page: Open) -> None:
    page = open_page("about:blank")
    for path in PATHS:
        page.goto(demo.url + path)
        assert sideways(page, 320, 768, 1920) == {}, path


def test_a_card_has_the_figures_of_its_row(demo: Dashboard, open_page: Open) -> None:
    page = open_page("about:blank")
    for path, count, nouns in (
        ("/agents", ".c-runs", {"run", "runs"}),
        ("/sessions", ".c-spans", {"turn", "turns"}),
        ("/users", ".c-spans", {"trace", "traces"}),
    ):
        page.goto(demo.url + path)
        for width in (320, 390):
            page.set_viewport_size({"width": width, "height": 800})
            row = page.locator("tbody.run > tr:first-child").first
            for cell in (count, ".c-tokens", ".c-cost", ".c-duration", ".c-when"):
                box = row.locator(f"td{cell}").bounding_box()
                assert box, (path, cell)
                assert box["x"] >= 0, (path, cell)
                assert box["x"] + box["width"] <= width, (path, cell)
        amounts = page.locator(f"tbody.run td{count}:not(.fill)").evaluate_all(
            "cells => cells.map(cell => [cell.textContent.trim(), cell.dataset.noun])"
        )
        assert {noun for amount, noun in amounts if (amount == "1") == noun.endswith("s")} == set(), amounts
        assert {noun for _, noun in amounts} <= nouns


def test_large_text_fits_as_well(demo: Dashboard, open_page: Open) -> None:
    page = open_page(f"{demo.url}/agents/support", width=1280, bypass_csp=True)
    page.add_style_tag(content="html { font-size: 200% !important }")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    labels = (
        page.locator(".x-axis")
        .first.locator("text")
        .evaluate_all(
            "texts => texts.map(text => text.getBoundingClientRect()).filter(box => box.width)"
            ".map(box => [box.left, box.right])"
        )
    )
    assert all(one[1] < other[0] for one, other in pairwise(labels))


def test_a_pointer_says_exactly_what_the_table_says(demo: Dashboard, open_page: Open) -> None:
    page = ready(open_page(f"{demo.url}/agents/support"))
    place, count, numbers = busiest(page)
    tip = page.locator(".chart-tip")
    page.mouse.move(*at(page, (place + 0.5) / count))
    expect(tip).to_be_visible()
    assert told(tip) == dict(zip(["failed", "error inside", "others"], numbers, strict=True))
    # The same time is marked in every chart.
    assert page.locator(".chart-cursor").count() == page.locator(".chart-area").count() == 6
    page.mouse.move(*at(page, (place + 0.5) / count, 2))
    assert list(told(tip)) == ["p50", "p95", "p99"]
    page.mouse.move(2, 2)
    expect(tip).to_be_hidden()


def test_a_bar_leads_to_as_many_traces_as_it_counts(demo: Dashboard, open_page: Open) -> None:
    page = ready(open_page(f"{demo.url}/agents/support"))
    place, count, numbers = busiest(page)
    x, y = at(page, (place + 0.5) / count)
    page.mouse.click(x, y - plot(page)["height"] * 0.45)
    page.wait_for_url("**/traces?**")
    assert "agent=support" in page.url
    expect(page.locator("tbody.run")).to_have_count(sum(int(number) for number in numbers))
    page.go_back()
    ready(page)
    failed = page.locator(".plot").first.locator('a[href*="status=error"]')
    number = page.locator('.chart-data td a[href*="status=error"]').last.text_content()
    assert number
    failed.first.click()
    page.wait_for_url("**status=error**")
    expect(page.locator("tbody.run[data-state=failed]")).to_have_count(int(number))


def test_a_bucket_leads_to_its_traces_in_every_chart(demo: Dashboard, open_page: Open) -> None:
    page = ready(open_page(f"{demo.url}/agents/support"))
    place, count, numbers = busiest(page)
    page.mouse.click(*at(page, (place + 0.5) / count, 4))
    page.wait_for_url("**/traces?**from=**")
    expect(page.locator("tbody.run")).to_have_count(sum(int(number) for number in numbers))


def test_dragging_over_a_chart_shows_that_range(demo: Dashboard, open_page: Open) -> None:
    page = ready(open_page(f"{demo.url}/agents/support?range=1d&model=gpt-4.1-mini"))
    edges = page.locator("chart-set").get_attribute("data-edges")
    assert edges
    times = [int(edge) for edge in edges.split()]
    count = len(times) - 1
    first, last = count // 4, count // 2
    page.mouse.move(*at(page, (first + 0.5) / count))
    page.mouse.down()
    page.mouse.move(*at(page, (first + 2.5) / count), steps=3)
    page.mouse.move(*at(page, (last + 0.5) / count), steps=3)
    expect(page.locator(".chart-tip")).to_contain_text("Release to show this range")
    page.mouse.up()
    page.wait_for_url("**from=**")
    asked = parse_qs(urlsplit(page.url).query)
    assert set(asked) == {"from", "to", "model"}
    chosen = [datetime.fromisoformat(asked[name][0]).astimezone(UTC).timestamp() for name in ("from", "to")]
    assert chosen == [times[first] / 1e9, times[last + 1] / 1e9]
    ready(page)
    runs = page.locator('[data-tile="runs"] b').inner_text()
    page.locator('[data-tile="runs"] a').click()
    page.wait_for_url("**/traces?**")
    expect(page.locator(".totals dd").first).to_have_text(runs)


def test_a_drag_can_be_given_up(demo: Dashboard, open_page: Open) -> None:
    page = ready(open_page(f"{demo.url}/agents/support"))
    before = page.url
    page.mouse.move(*at(page, 0.2))
    page.mouse.down()
    page.mouse.move(*at(page, 0.5), steps=4)
    page.keyboard.press("Escape")
    expect(page.locator(".chart-tip")).to_be_hidden()
    page.mouse.up()
    assert page.url == before


def test_keys_read_a_chart_choose_a_range_and_open_a_bucket(demo: Dashboard, open_page: Open) -> None:
    page = ready(open_page(f"{demo.url}/agents/support"))
    place, _count, numbers = busiest(page)
    area = page.locator(".chart-area").first
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the charts")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(area).to_be_focused()
    tip = page.locator(".chart-tip")
    expect(tip).to_have_attribute("aria-live", "polite")
    page.keyboard.press("Home")
    for _ in range(place):
        page.keyboard.press("ArrowRight")
    assert told(tip) == dict(zip(["failed", "error inside", "others"], numbers, strict=True))
    page.keyboard.press("Shift+ArrowLeft")
    expect(tip).to_contain_text("Enter shows this range")
    page.keyboard.press("Escape")
    page.keyboard.press("ArrowRight")
    assert told(tip) == dict(zip(["failed", "error inside", "others"], numbers, strict=True))
    page.keyboard.press("Enter")
    page.wait_for_url("**/traces?**")
    expect(page.locator("tbody.run")).to_have_count(sum(int(number) for number in numbers))
    page.go_back()
    area = ready(page).locator(".chart-area").first
    area.focus()
    page.keyboard.press("Home")
    for _ in range(3):
        page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**from=**to=**")
    assert page.locator("h1").inner_text() == "Support"


def test_words_below_a_chart_follow_the_readers_zone(demo: Dashboard, open_page: Open) -> None:
    here, there = (
        ready(open_page(f"{demo.url}/agents/support?range=6h", timezone_id=zone))
        .locator(".x-axis")
        .first.locator("text")
        .all_text_contents()
        for zone in ("UTC", "Asia/Kathmandu")
    )
    assert len(here) == len(there)
    clock = re.compile(r"(\d\d):(\d\d)")
    pairs = [(clock.match(one), clock.match(other)) for one, other in zip(here, there, strict=True)]
    shifts = {
        ((int(b[1]) * 60 + int(b[2])) - (int(a[1]) * 60 + int(a[2]))) % 1440 for a, b in pairs if a and b
    }
    assert shifts == {5 * 60 + 45}


def test_keys_move_from_agent_to_agent(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/agents?sort=name"))
    expect(page.locator("link-list:defined")).to_have_count(1)
    names = page.locator(".c-agent b").all_inner_texts()
    for key, at in (("j", 0), ("j", 1), ("k", 0), ("k", 0), ("j", 1)):
        page.keyboard.press(key)
        expect(page.locator(".c-agent a:focus")).to_contain_text(names[at])
    page.keyboard.press("/")
    expect(page.get_by_label("Find an agent")).to_be_focused()
    page.keyboard.type("j")
    expect(page.get_by_label("Find an agent")).to_have_value("j")
    page.goto(f"{demo.url}/agents?sort=name")
    listening(page)
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text(names[0])


def test_what_happens_is_drawn_without_a_reload_and_keeps_the_place(
    dashboard: Dashboard, open_page: Open
) -> None:
    now = time.time_ns()
    put(dashboard.db, run(1, start_ns=now - 3600 * 10**9), run(2, start_ns=now - 1800 * 10**9))
    page = ready(open_page(f"{dashboard.url}/agents/researcher"))
    area = page.locator(".chart-area").first
    area.focus()
    put(dashboard.db, run(3, start_ns=now - 60 * 10**9))
    expect(page.locator('[data-tile="runs"] b')).to_have_text("3")
    expect(area).to_be_focused()
    page.keyboard.press("End")
    expect(page.locator(".chart-tip")).to_be_visible()
    listed = listening(open_page(f"{dashboard.url}/agents"))
    expect(listed.locator("td.c-runs")).to_have_text("3")
    put(dashboard.db, run(4, agent="support", start_ns=now - 30 * 10**9))
    expect(listed.locator("tbody.run")).to_have_count(2)


def test_without_a_script_everything_is_there(demo: Dashboard, open_page: Open) -> None:
    page = open_page(f"{demo.url}/agents", java_script_enabled=False)
    page.get_by_role("link", name="Support").click()
    assert page.locator("h1").inner_text() == "Support"
    page.locator("#menu-range > summary").click()
    page.get_by_role("link", name="last 24 hours").click()
    assert page.url.endswith("?range=1d")
    page.locator("#chart-data > summary").click()
    row = page.locator(".chart-data tbody tr:has(th a)").first
    number = sum(int(text.replace(",", "")) for text in row.locator("td").all_inner_texts()[:3])
    row.locator("th a").click()
    assert page.locator("tbody.run").count() == number
    page.go_back()
    page.locator("#menu-range > summary").click()
    page.locator(".between-times input[name=from-local]").fill("2020-01-01T00:00:00")
    page.locator(".between-times button").click()
    assert re.search(r"/agents/support\?from=20(19-12-31|20-01-01)T", page.url)
    page.locator("nav.tabs a", has_text="Traces").click()
    assert "/agents/support/traces?from=" in page.url
    page.get_by_label("Search traces").fill("refund")
    page.get_by_label("Search traces").press("Enter")
    assert "/agents/support/traces?" in page.url
    assert "q=refund" in page.url


def test_a_trace_opened_in_the_workspace_has_its_neighbours_there(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/agents/coder/traces?limit=8"))
    second = page.locator("tbody.run").nth(1)
    number = second.get_attribute("id")
    assert number
    page.locator("tbody.run").first.locator(".c-name a").click()
    sheet = page.locator("trace-sheet")
    expect(sheet.locator("h1, h2").first).to_be_visible()
    following = sheet.locator("a[rel=next], a[rel=prev]")
    hrefs = following.evaluate_all("links => links.map(link => link.getAttribute('href'))")
    assert any(number.removeprefix("t-") in href and "agent=coder" in href for href in hrefs)
