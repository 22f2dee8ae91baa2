"""The list in a real browser: budgets, keyboard, live merge, the sheet, every width, both themes."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import expect

from .browsing import Open, listening, rows, sideways, violations
from .conftest import Dashboard, Serve, put, run

LATER = '<p id="runs">asked again</p>'


def test_the_list_page_keeps_its_budgets(demo: Dashboard, open_page: Open) -> None:
    page = open_page("about:blank")
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    sizes: list[float] = []
    hosts: set[str] = set()
    network.on("Network.loadingFinished", lambda e: sizes.append(e["encodedDataLength"]))
    network.on("Network.requestWillBeSent", lambda e: hosts.add(e["request"]["url"].split("/")[2]))
    page.goto(f"{demo.url}/traces")
    listening(page)
    assert len(sizes) <= 15
    assert sum(sizes) <= 60_000
    assert hosts == {demo.url.removeprefix("http://")}
    fitting = page.locator("tbody.run").evaluate_all(
        "rows => rows.filter(row => row.getBoundingClientRect().bottom <= innerHeight).length"
    )
    assert fitting >= 25


FEW = "/traces?sort=-errors&limit=12"
"""A short list with every state: axe takes seconds over a long one."""

PATHS = [FEW, "/traces?q=refund+-invoices&limit=8", "/traces?agent=nobody"]
PATHS += ["/collector", "/settings", "/patterns", "/no"]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("path", PATHS)
def test_every_page_is_accessible(demo: Dashboard, open_page: Open, path: str, theme: str) -> None:
    page = open_page(demo.url + path, color_scheme=theme)
    assert violations(page) == []


def test_no_page_scrolls_sideways(demo: Dashboard, open_page: Open) -> None:
    page = open_page("about:blank")
    for path in PATHS:
        page.goto(demo.url + path)
        assert sideways(page, 320, 540, 768, 1024, 1280, 3840) == {}, path


def test_large_text_counts_as_little_room(demo: Dashboard, open_page: Open) -> None:
    page = open_page(demo.url + FEW, width=1280, bypass_csp=True)
    page.add_style_tag(content="html { font-size: 200% !important }")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for column in ("name", "text", "duration", "when"):
        box = page.locator(f"tbody.run td.c-{column}").first.bounding_box()
        assert box
        assert box["width"] > 60
        assert box["x"] + box["width"] <= 1280


def test_a_short_question_is_whole_beside_a_long_answer(dashboard: Dashboard, open_page: Open) -> None:
    question, word = "Is there a bike leasing programme?", "at length "
    put(dashboard.db, run(1, question=question, answer=word * 40), run(2, question=word * 40, answer="No."))
    page = open_page(f"{dashboard.url}/traces")
    for number, shown, cut in ((1, 0, 1), (2, 1, 0)):
        texts = page.locator(f"#t-{number:032x} .said .cut")
        is_whole = texts.evaluate_all("all => all.map(one => one.scrollWidth <= one.clientWidth)")
        assert is_whole[shown]
        assert not is_whole[cut]


def test_a_reason_has_the_whole_width(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1, fails=True))
    page = open_page("about:blank")
    for width in (320, 600, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        page.goto(f"{dashboard.url}/traces")
        box = page.locator(".reason .cut").bounding_box()
        assert box
        room = page.locator(".list-main").bounding_box()
        assert room
        assert room["width"] - 50 < box["width"] <= room["width"]


def test_the_cards_of_a_narrow_screen_are_accessible(demo: Dashboard, open_page: Open) -> None:
    page = open_page(f"{demo.url}{FEW}", width=360, color_scheme="dark")
    assert violations(page) == []


def test_open_menus_and_dialogs_are_accessible(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}{FEW}"))
    page.locator("#menu-range > summary").click()
    assert violations(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("?")
    expect(page.locator("#help")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#help")).to_be_hidden()


def test_the_first_run_is_one_step_behind_the_skip_link(demo: Dashboard, open_page: Open) -> None:
    page = open_page(f"{demo.url}/traces")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('tbody.run') !== null")


def test_a_new_run_moves_in_without_reload_and_nothing_is_lost(dashboard: Dashboard, open_page: Open) -> None:
    page = open_page(f"{dashboard.url}/traces")
    expect(page.get_by_text("Waiting for the first trace")).to_be_visible()
    listening(page)
    page.evaluate("window.stillTheSamePage = true")
    put(dashboard.db, run(1))
    expect(page.locator("tbody.run")).to_have_count(1)
    page.locator("tbody.run .c-name a").focus()
    page.locator("#facet-session").evaluate("facet => facet.open = true")
    put(dashboard.db, run(2, agent="another"))
    expect(page.locator("tbody.run")).to_have_count(2)
    assert rows(page) == [2, 1]
    assert page.evaluate("document.activeElement.closest('tbody.run').id") == f"t-{1:032x}"
    expect(page.locator("#facet-agent").get_by_text("another")).to_be_visible()
    expect(page.locator("#facet-session").get_by_text("s2")).to_be_visible()
    assert page.evaluate("window.stillTheSamePage") is True


def test_a_run_that_goes_on_changes_its_row_in_place(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1, is_open=True))
    page = listening(open_page(f"{dashboard.url}/traces"))
    expect(page.locator("tbody.run")).to_contain_text("running")
    put(dashboard.db, run(1, fails=True))
    expect(page.locator("tbody.run")).to_contain_text("failed")
    expect(page.locator("tbody.run")).to_contain_text("backend timed out after 10s")


def test_a_filtered_list_takes_in_only_what_matches(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1, fails=True))
    page = listening(open_page(f"{dashboard.url}/traces?status=error"))
    put(dashboard.db, run(2), run(3, fails=True))
    expect(page.locator("tbody.run")).to_have_count(2)
    assert rows(page) == [3, 1]


def test_whoever_reads_further_down_is_not_moved(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, *(run(n) for n in range(1, 51)))
    page = listening(open_page(f"{dashboard.url}/traces"))
    page.evaluate("scrollTo(0, 400)")
    put(dashboard.db, run(60), run(61))
    pill = page.get_by_role("button", name="2 new")
    expect(pill).to_be_visible()
    assert rows(page)[0] == 50
    assert page.evaluate("scrollY") == 400
    pill.click()
    expect(page.locator("tbody.run").first).to_have_id(f"t-{61:032x}")
    expect(pill).to_be_hidden()


def test_following_can_be_switched_off_and_stays_off(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1))
    page = listening(open_page(f"{dashboard.url}/traces"))
    follow = page.get_by_role("button", name="Follow")
    expect(follow).to_have_attribute("aria-pressed", "true")
    follow.click()
    page.reload()
    expect(page.get_by_role("button", name="Follow")).to_have_attribute("aria-pressed", "false")
    listening(page)
    put(dashboard.db, run(2))
    expect(page.get_by_role("button", name="1 new")).to_be_visible()
    assert rows(page) == [1]
    page.get_by_role("button", name="Follow").click()
    expect(page.locator("tbody.run")).to_have_count(2)


def test_keys_move_open_and_close_and_the_lists_place_is_kept(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?status=error"))
    first, second = page.locator("tbody.run").evaluate_all(
        "rows => rows.slice(0, 2).map(row => row.id.slice(2))"
    )
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    sheet = page.locator("trace-sheet")
    expect(sheet).to_be_visible()
    expect(sheet.locator("h1")).to_be_visible()
    assert page.url.endswith(f"/traces?status=error#/traces/{second}")
    expect(page.locator("tbody.run[data-current]")).to_have_id(f"t-{second}")
    page.keyboard.press("k")
    expect(page.locator("tbody.run[data-current]")).to_have_id(f"t-{first}")
    page.wait_for_url(f"**#/traces/{first}")
    page.reload()
    expect(sheet.locator("h1")).to_be_visible()
    page.keyboard.press("Escape")
    expect(sheet).to_be_hidden()
    assert page.url.endswith("/traces?status=error")
    page.go_back()
    expect(sheet).to_be_visible()


def test_an_open_sheet_is_accessible_and_its_close_button_closes(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}{FEW}"))
    page.locator("tbody.run").nth(3).locator(".c-text").click()
    expect(page.locator("trace-sheet h1")).to_be_visible()
    assert violations(page) == []
    page.locator("trace-sheet").get_by_label("Close").click()
    expect(page.locator("trace-sheet")).to_be_hidden()


def test_escape_closes_a_menu_and_goes_back_to_it(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces"))
    page.locator("#menu-range summary").press("Enter")
    expect(page.locator("#menu-range .sheaf")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#menu-range .sheaf")).to_be_hidden()
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"


def test_on_a_narrow_screen_a_row_opens_the_page(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces", width=390, height=844))
    name = page.locator("tbody.run").first.get_attribute("id")
    assert name
    page.locator("tbody.run").first.locator(".c-text").click()
    page.wait_for_url(f"**/traces/{name.removeprefix('t-')}*")


def test_everything_is_there_without_javascript(demo: Dashboard, open_page: Open) -> None:
    page = open_page(f"{demo.url}/traces", java_script_enabled=False)
    assert page.locator("tbody.run").count() == 50
    page.locator("#facet-status").get_by_role("link", name="failed", exact=False).first.click()
    assert page.url.endswith("/traces?status=error")
    assert set(page.locator("tbody.run").evaluate_all("rows => rows.map(r => r.dataset.state)")) == {"failed"}
    page.locator("tbody.run .c-name a").first.click()
    assert "/traces/" in page.url
    page.goto(f"{demo.url}/traces")
    page.get_by_label("Spans, at least").fill("7")
    page.get_by_role("button", name="Apply").click()
    assert "spans=7.." in page.url
    page.goto(f"{demo.url}/settings")
    page.get_by_role("button", name="Dark").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"


def test_a_run_that_goes_quiet_is_told_without_any_event(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1, is_open=True))
    page = open_page("about:blank")
    page.clock.install()
    page.goto(f"{dashboard.url}/traces")
    expect(page.locator("tbody.run")).to_contain_text("running")
    # The row stands there before the script that looks at the clock has come.
    page.evaluate("customElements.whenDefined('live-region').then(() => true)")
    page.route("**/traces", lambda route: route.fulfill(body=LATER))
    page.clock.fast_forward(61_000)
    expect(page.locator("#runs")).to_have_text("asked again")


def test_a_restarted_server_is_found_again(serve: Serve, open_page: Open) -> None:
    old = serve()
    put(old.db, run(1))
    page = listening(open_page(f"{old.url}/traces"))
    old.stop.set()
    expect(page.locator("live-status")).to_contain_text("reconnecting")
    put(old.db, run(2))
    deadline = time.monotonic() + 60
    while True:
        try:
            serve(port=old.settings.port, store_path=old.db)
            break
        except OSError:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    expect(page.locator("tbody.run")).to_have_count(2)
    listening(page)


def test_a_reader_in_another_time_zone_sees_times_of_their_own(dashboard: Dashboard, open_page: Open) -> None:
    start_ns = time.time_ns() - 3_000_000_000
    put(dashboard.db, run(1, start_ns=start_ns))
    # Nobody's machine runs in UTC+5:45 and UTC+9 at once.
    zone, offset = (
        ("Asia/Tokyo", 9 * 3600) if time.localtime().tm_gmtoff == 20_700 else ("Asia/Kathmandu", 20_700)
    )
    theirs = time.strftime("%H:%M", time.gmtime(start_ns // 1_000_000_000 + offset))
    page = open_page(f"{dashboard.url}/traces", timezone_id=zone)
    shown = page.locator("td.c-when time")
    expect(shown).to_contain_text(theirs)
    expect(shown).to_have_attribute("title", re.compile(r"\+0[59]:[04][05], "))
    put(dashboard.db, run(2, start_ns=start_ns))
    expect(shown).to_have_count(2)
    for each in shown.all():
        expect(each).to_contain_text(theirs)
