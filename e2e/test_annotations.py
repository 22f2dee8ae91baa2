"""A person judges a run in the browser, and finds it again by filter and by the words of the note."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .conftest import Halo, until
from .senders import send_run


def test_a_note_is_written_filtered_by_and_found(halo: Halo, page: Page) -> None:
    trace_id = send_run("grpc", halo.collector, "How tall is the Eiffel Tower?")
    send_run("grpc", halo.collector, "How tall is the Eiffel Tower?")
    until(lambda: halo.get("/traces.json")["total"] == 2)
    page.goto(f"{halo.dashboard}/traces/{trace_id}")
    expect(page.locator("live-status")).to_contain_text("live")
    page.keyboard.press("a")
    page.get_by_role("button", name="Bad").click()
    editor = page.locator("#annotate-trace")
    editor.get_by_label("Note", exact=True).fill("The zeppelin was never mentioned.")
    editor.get_by_role("button", name="Add note").click()
    expect(page.locator("#annotate-trace-remarks")).to_contain_text("zeppelin")

    page.goto(f"{halo.dashboard}/traces")
    page.get_by_text("Verdict").first.click()
    page.get_by_role("link", name="bad").first.click()
    expect(page.locator("tbody.run")).to_have_count(1)
    # The indexer, a process of its own, hears of the note as it hears of spans.
    until(lambda: halo.get("/traces.json?q=zeppelin")["total"] == 1)
    page.goto(f"{halo.dashboard}/traces?q=zeppelin")
    expect(page.locator(".hit")).to_contain_text("note")
    page.locator(".hit a").click()
    expect(page.locator("mark", has_text="zeppelin").first).to_be_visible()

    send_run("grpc", halo.collector, "And the Atomium?")
    assert halo.get(f"/traces/{trace_id}.json")["annotations"]["verdict"] == "bad"
