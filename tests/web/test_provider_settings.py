"""The way to a model on the settings page: what is configured, a test of it, and every connection made."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from halo_dash.config import EngineSettings
from tests.analysis.scripted import ScriptedServer, call, fail, say

from .browsing import Open, violations
from .conftest import Dashboard, Serve

CANARY = "sk-canary-5f2a9d"


def with_engine(serve: Serve, scripted: ScriptedServer) -> Dashboard:
    engine = EngineSettings(base_url=scripted.base_url, model="gpt-test", api_key_env="CANARY_KEY")
    return serve(engine=engine)


@pytest.fixture
def scripted() -> Iterator[ScriptedServer]:
    server = ScriptedServer().start()
    yield server
    server.close()
    assert not server.failures


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANARY_KEY", CANARY)


def test_nothing_was_ever_connected_to(dashboard: Dashboard) -> None:
    page = dashboard.ask("/settings").text
    assert "none: nothing has ever left this machine" in page
    assert "none: the built-in analyst works without one" in page
    assert dashboard.ask("/settings.json").json["engine"]["connections"] == []


def test_a_test_says_what_works_and_where_it_asked(
    serve: Serve, scripted: ScriptedServer, open_page: Open
) -> None:
    scripted.script = lambda request: call("report_number", number=7) if request.tools else say("ready")
    dashboard = with_engine(serve, scripted)
    page = open_page(f"{dashboard.url}/settings")
    page.get_by_role("button", name="Test it").click()
    said = page.locator("#engine").inner_text()
    assert "It works" in said
    assert "calls tools" in said
    assert f"127.0.0.1:{scripted.port}" in said
    assert violations(page) == []
    (made,) = dashboard.ask("/settings.json").json["engine"]["connections"]
    assert (made["host"], made["port"], made["purpose"]) == ("127.0.0.1", scripted.port, "diagnosis")


def test_what_is_wrong_is_said_without_the_key(serve: Serve, scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: fail(401, f"Incorrect API key provided: {CANARY}")
    dashboard = with_engine(serve, scripted)
    answer = dashboard.ask("/settings/test.json", method="POST", headers={"x-halo-request": "1"})
    assert answer.json["is_ok"] is False
    assert any(step["state"] == "fail" for step in answer.json["steps"])
    assert scripted.requests[-1].headers["authorization"] == f"Bearer {CANARY}"
    for text in (answer.text, dashboard.ask("/settings").text, dashboard.ask("/settings.json").text):
        assert CANARY not in text
    assert all(
        CANARY.encode() not in file.read_bytes() for file in dashboard.db.parent.rglob("*") if file.is_file()
    )


def test_only_our_own_page_can_spend_tokens(serve: Serve, scripted: ScriptedServer) -> None:
    dashboard = with_engine(serve, scripted)
    assert dashboard.ask("/settings/test", method="POST").status == 403
    assert scripted.requests == []
