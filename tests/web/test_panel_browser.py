"""The filter panel in a real browser: narrowing, values in place, folding, the drawer."""

from __future__ import annotations

from playwright.sync_api import expect

from .browsing import Open, listening, violations
from .conftest import Dashboard, put, run


def test_values_of_a_field_are_found_in_place(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?limit=8"))
    page.locator("#facet-session > summary").click()
    expect(page.locator("filter-panel:defined")).to_have_count(1)
    page.locator("#facet-session .facet-more").click()
    find = page.get_by_label("Find a session")
    expect(find).to_be_focused()
    find.fill("support-01")
    expect(page.locator("#facet-session .choice").first).to_contain_text("support-01")
    expect(page.locator("#facet-session .choice", has_text="researcher")).to_have_count(0)
    assert violations(page) == []
    page.locator("#facet-session .choice").first.click()
    page.wait_for_url("**/traces?session=support-01*")
    page.go_back()
    expect(page.locator("#facet-session")).to_be_visible()


def test_a_folded_panel_stays_folded(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?limit=8"))
    panel = page.locator("#filter-panel")
    panel.locator("> summary").click()
    expect(panel).not_to_have_attribute("open", "")
    expect(page.locator("filter-panel:defined")).to_have_count(1)
    page.reload()
    expect(panel).not_to_have_attribute("open", "")
    assert violations(page) == []


def test_on_a_narrow_screen_the_panel_is_a_drawer_that_needs_no_script(
    demo: Dashboard, open_page: Open
) -> None:
    page = open_page(f"{demo.url}/traces", width=360, height=760, java_script_enabled=False)
    expect(page.locator("#filter-panel")).to_be_hidden()
    page.get_by_role("link", name="Filters").click()
    page.locator("#facet-agent").get_by_text("Billing").click()
    page.wait_for_url("**/traces?agent=Billing")
    expect(page.locator("#filter-panel")).to_be_hidden()


def test_keys_and_values_of_attributes_are_suggested(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?limit=8"))
    page.get_by_label("Attribute key").press_sequentially("gen_ai.tool.na")
    expect(page.locator("#attribute-keys option").first).to_have_attribute("value", "gen_ai.tool.name")
    page.get_by_label("Attribute key").fill("gen_ai.tool.name")
    page.get_by_label("Attribute value").press_sequentially("refund")
    expect(page.locator("#attribute-values option").first).to_have_attribute("value", "refund_order")
    page.get_by_label("Attribute value").fill("refund_order")
    page.keyboard.press("Enter")
    page.wait_for_url("**/traces?limit=8&attr.gen_ai.tool.name=refund_order")
    expect(page.get_by_role("link", name="Remove the filter gen_ai.tool.name: refund_order")).to_be_visible()


def test_a_view_is_saved_and_opened_again(dashboard: Dashboard, open_page: Open) -> None:
    put(dashboard.db, run(1), run(2, fails=True))
    page = listening(open_page(f"{dashboard.url}/traces?status=error"))
    page.locator("#menu-views > summary").click()
    page.get_by_label("Name of this list").fill("Failures")
    page.keyboard.press("Enter")
    expect(page.locator("#menu-views > summary")).to_contain_text("Failures")
    page.locator("#menu-views > summary").click()
    assert violations(page) == []
    page.get_by_role("button", name="Begin with Failures").click()
    page.goto(dashboard.url)
    assert page.url.endswith("/traces?status=error")


def test_a_range_is_dragged(demo: Dashboard, open_page: Open) -> None:
    page = listening(open_page(f"{demo.url}/traces?limit=8"))
    page.get_by_label("Tokens, at least").focus()
    slider = page.get_by_label("tokens from")
    expect(slider).to_be_visible()
    page.locator("live-region").first.evaluate("region => region.refresh()")
    expect(page.locator(".range .ends input")).to_have_count(10)
    expect(slider).to_be_visible()
    assert violations(page) == []
    box = slider.bounding_box()
    assert box
    page.mouse.move(box["x"] + 7, box["y"] + box["height"] / 2)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
    least = page.get_by_label("Tokens, at least").input_value()
    assert int(least) > 0
    page.mouse.up()
    page.wait_for_url(f"**/traces?*tokens={least}..*")
    expect(page.get_by_role("link", name=f"Remove the filter tokens: {least}..")).to_be_visible()
