"""The trace page in a real browser: keys, details beside the tree, more rows, zoom, live, accessibility."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from .browsing import sideways
from .conftest import Dashboard, put, run, serving
from .trace_spans import ALL, HOSTILE, LONG, RUNNING, TALK, hexid, talk_trace

FAILED = f"{2:032x}"
ROW = ".span-row[data-span]"


@pytest.fixture(scope="module")
def traces(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dashboard]:
    with serving(tmp_path_factory.mktemp("traces")) as start:
        dashboard = start()
        put(dashboard.db, *(make() for make in ALL), run(1), run(2, fails=True))
        yield dashboard


@pytest.fixture
def page(browser: Browser, traces: Dashboard) -> Iterator[Page]:
    """A page that fails the test on any script error or blocked content."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, base_url=traces.url)
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    yield page
    context.close()
    assert not problems


def open_tree(page: Page, address: str) -> None:
    page.goto(address)
    expect(page.locator(".tree-buttons")).to_be_visible()


def test_keys_move_fold_and_show_details_without_a_reload(page: Page) -> None:
    open_tree(page, f"/traces/{TALK}")
    page.evaluate("document.body.dataset.same = 'yes'")
    page.focus(f"{ROW}[tabindex='0']")
    page.keyboard.press("Home")
    expect(page.locator("#detail h2")).to_contain_text("run")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#detail h2")).to_contain_text("chat")
    expect(page.locator(f"#span-{hexid(2)}")).to_be_focused()
    expect(page).to_have_url(f"{page.url.split('/traces')[0]}/traces/{TALK}?span={hexid(2)}")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"#span-{hexid(1)}")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(f"{ROW}:visible")).to_have_count(1)
    expect(page.locator(f"#span-{hexid(1)}")).to_have_attribute("aria-expanded", "false")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("End")
    expect(page.locator(f"#span-{hexid(5)}")).to_be_focused()
    assert page.evaluate("document.body.dataset.same") == "yes"


def test_the_first_row_is_one_tab_after_the_skip_link(page: Page) -> None:
    open_tree(page, f"/traces/{FAILED}")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.span-row')")


def test_more_rows_come_as_they_are_scrolled_to(page: Page) -> None:
    open_tree(page, f"/traces/{LONG}")
    expect(page.locator(ROW)).to_have_count(500)
    page.locator('.more[data-more="next"]').scroll_into_view_if_needed()
    expect(page.locator(ROW)).to_have_count(1000)
    page.locator('.more[data-more="next"]').scroll_into_view_if_needed()
    expect(page.locator(ROW)).to_have_count(1201)
    expect(page.locator('.more[data-more="next"]')).to_have_count(0)


def test_the_timeline_zooms_and_moves_and_opens_details(page: Page) -> None:
    page.goto(f"/traces/{TALK}?view=timeline")
    expect(page.locator(".zoom-buttons")).to_be_visible()
    bar = page.locator(f"#span-{hexid(3)} .bar-all")
    before = bar.bounding_box()
    page.focus(f"#span-{hexid(3)}")
    page.keyboard.press("f")
    fitted = bar.bounding_box()
    assert before is not None
    assert fitted is not None
    assert fitted["width"] > before["width"] * 3
    page.keyboard.press("Shift+ArrowRight")
    moved = bar.bounding_box()
    assert moved is not None
    assert moved["x"] < fitted["x"]
    page.keyboard.press("0")
    whole = bar.bounding_box()
    assert whole is not None
    assert abs(whole["width"] - before["width"]) < 1
    expect(page.locator(".readout")).to_contain_text("web_search: starts at 1.00 s, takes 1.00 s")
    expect(page.locator("#detail")).to_be_hidden()
    page.keyboard.press("Enter")
    expect(page.locator("#detail h2")).to_contain_text("web_search")


def test_a_running_trace_grows_without_losing_the_place(page: Page, traces: Dashboard) -> None:
    live = "f" * 32
    root, *below = (replace(span, trace_id=live) for span in talk_trace())
    put(traces.db, (*below[:2],))
    open_tree(page, f"/traces/{live}")
    expect(page.locator(".trace-line .status")).to_have_text("running")
    page.click(f"#span-{hexid(3)} a")
    expect(page.locator("#detail h2")).to_contain_text("web_search")
    page.focus(f"#span-{hexid(3)}")
    put(traces.db, (root, *below[2:]))
    expect(page.locator(ROW)).to_have_count(5)
    expect(page.locator(".trace-line .status")).to_have_text("error inside")
    expect(page.locator(f"#span-{hexid(3)}")).to_be_focused()
    expect(page.locator(f"#span-{hexid(3)}")).to_have_attribute("aria-selected", "true")
    expect(page.locator("#detail h2")).to_contain_text("web_search")


def test_the_raw_form_of_a_value_takes_the_place_of_the_pretty_one(page: Page) -> None:
    open_tree(page, f"/traces/{HOSTILE}?span={hexid(2)}")
    value = page.locator('#detail section[aria-label="Arguments"] .value')
    expect(value.locator(".pairs")).to_be_visible()
    value.locator(".as-raw summary").click()
    expect(value.locator(".pairs")).to_be_hidden()
    expect(value.locator("pre.raw")).to_have_text('{"table": "orders"}')


@pytest.mark.parametrize("trace", [HOSTILE, TALK])
def test_no_page_scrolls_sideways(page: Page, trace: str) -> None:
    for view in ("tree", "timeline", "thread", "raw"):
        page.goto(f"/traces/{trace}?view={view}")
        assert sideways(page, 320, 1440) == {}, view


@pytest.mark.parametrize(
    ("address", "theme"),
    [
        (f"/traces/{FAILED}", "light"),
        (f"/traces/{TALK}?view=timeline&span={hexid(4)}", "dark"),
        (f"/traces/{TALK}?view=thread", "light"),
        (f"/traces/{TALK}?view=thread", "dark"),
        (f"/traces/{TALK}?view=raw", "light"),
        (f"/traces/{HOSTILE}?span={hexid(3)}", "dark"),
        (f"/traces/{HOSTILE}/spans/{hexid(3)}", "light"),
        (f"/traces/{RUNNING}", "light"),
    ],
)
def test_nothing_stands_in_the_way_of_assistive_technology(page: Page, address: str, theme: str) -> None:
    page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
    page.goto(address)
    page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
