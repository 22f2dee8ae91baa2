"""Failed runs arrive, are judged by the server, and stand in the open list of failures."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from .conftest import Halo, until
from .senders import send_run


def test_runs_that_fail_alike_become_one_failure(halo: Halo, page: Page) -> None:
    page.goto(f"{halo.dashboard}/clusters")
    page.evaluate("window.stillTheSamePage = true")
    ids = [send_run("grpc", halo.collector, f"What failed ({number})?", fail=True) for number in range(3)]
    until(lambda: halo.get("/clusters.json")["judged"] == 3)
    item = next(each for each in halo.get("/clusters.json")["items"] if each["cause"] == "timeout")
    assert (item["runs"], item["failed_runs"]) == (3, 3)
    expect(page.get_by_role("link", name=item["title"]).first).to_be_visible()
    assert page.evaluate("window.stillTheSamePage") is True

    page.get_by_role("link", name=item["title"]).first.click()
    expect(page.locator("h1")).to_have_text(item["title"])
    shown = {each["trace_id"] for each in halo.get(f"/clusters/{item['name']}.json")["detail"]["examples"]}
    assert shown <= set(ids)
    page.locator(".quotes a").first.click()
    expect(page.locator("mark").first).to_contain_text("timed out")

    page.goto(f"{halo.dashboard}/clusters/{item['name']}")
    page.get_by_role("button", name="Mark fixed").click()
    expect(page.locator("#cluster-top")).to_contain_text("said to be fixed")
    send_run("grpc", halo.collector, "What failed again?", fail=True)
    until(lambda: halo.get("/clusters.json")["judged"] == 4)
    expect(page.locator("#cluster-top")).to_contain_text("and seen since")
