"""Finding in a trace by the keys, on its page and beside the list."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .browsing import Open, listening, violations
from .conftest import Dashboard


def test_n_walks_all_hits_without_leaving_the_page(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?q=refund+tool:refund_order&limit=5"))
    trace = (page.locator("tbody.run").first.get_attribute("id") or "").removeprefix("t-")
    page.goto(f"{demo.url}/traces/{trace}?q=refund")
    listening(page)
    count = page.locator(".find-count")
    total = int((count.text_content() or "").split()[0])
    assert total > 2
    page.evaluate("window.stillTheSamePage = true")
    for number in range(1, total + 1):
        page.keyboard.press("n")
        expect(count).to_have_text(f"{number} of {total}")
        expect(page.locator(".detail mark.now")).to_be_in_viewport()
    expect(page.get_by_role("button", name="Copy link")).to_be_visible()
    page.keyboard.press("n")
    expect(count).to_have_text(f"1 of {total}")
    page.keyboard.press("Shift+N")
    expect(count).to_have_text(f"{total} of {total}")
    assert violations(page) == []
    page.reload()
    expect(count).to_have_text(f"{total} of {total}")
    assert page.evaluate("window.stillTheSamePage") is None


def test_beside_the_list_hits_are_walked_and_the_list_stays(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?q=refund"))
    page.mouse.wheel(0, 500)
    page.locator(".hit a").nth(12).click()
    count = page.locator("trace-sheet .find-count")
    expect(count).to_contain_text("of")
    expect(page.locator("trace-sheet .detail mark.now")).to_be_in_viewport()
    first = count.text_content() or ""
    page.keyboard.press("n")
    expect(count).not_to_have_text(first)
    page.locator("trace-sheet").get_by_label("Find in this trace").fill("order")
    page.keyboard.press("Enter")
    expect(page.locator("trace-sheet mark", has_text="order").first).to_be_attached()
    page.reload()
    expect(page.locator("trace-sheet").get_by_label("Find in this trace")).to_have_value("order")
    page.go_back()
    expect(page.locator("trace-sheet")).to_be_hidden()
    assert page.url.endswith("/traces?q=refund")


def test_the_find_bar_is_one_line_at_every_width(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?q=refund"))
    hit = page.locator(".hit a").first
    address = hit.get_attribute("href")
    hit.click()
    is_one_line(page, "trace-sheet .find")
    page.goto(f"{demo.url}{address}")
    for width in (1600, 1280, 1100, 1000, 800, 600):
        page.set_viewport_size({"width": width, "height": 900})
        is_one_line(page, ".find")


def is_one_line(page: Page, selector: str) -> None:
    bar = page.locator(selector)
    expect(bar.locator(".find-current")).to_be_visible()
    parts = [box for part in bar.locator("> *").all() if (box := part.bounding_box())]
    assert len(parts) == 6
    assert max(box["y"] for box in parts) < min(box["y"] + box["height"] for box in parts)
    assert bar.locator(".find-current").evaluate("each => each.clientWidth") > 150
