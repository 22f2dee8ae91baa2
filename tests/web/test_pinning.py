"""Pinning a trace from its page."""

from __future__ import annotations

from .conftest import Answer, Dashboard, put, run

TRACE = f"{1:032x}"


def press(dashboard: Dashboard, wish: str, trace_id: str = TRACE, *, token: str | None = None) -> Answer:
    given = dashboard.ask("/settings").text.split('name="csrf_token" value="')[1].split('"')[0]
    body = f"csrf_token={token or given}&pinned={wish}".encode()
    headers = {"content-type": "application/x-www-form-urlencoded"}
    return dashboard.ask(f"/traces/{trace_id}/pin", method="POST", body=body, headers=headers)


def test_a_trace_is_pinned_and_unpinned(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2))
    assert ">Pin</button>" in dashboard.ask(f"/traces/{TRACE}").text
    answer = press(dashboard, "yes")
    assert (answer.status, answer.headers["location"]) == (303, f"/traces/{TRACE}")
    page = dashboard.ask(f"/traces/{TRACE}").text
    assert ">Unpin</button>" in page
    assert ">pinned</span>" in page
    pinned = {item["trace_id"]: item["pinned"] for item in dashboard.ask("/traces.json").json["items"]}
    assert pinned == {TRACE: True, f"{2:032x}": False}
    assert dashboard.ask("/settings.json").json["space"]["pinned_traces"] == 1
    assert press(dashboard, "no").status == 303
    assert not dashboard.ask(f"/traces/{TRACE}.json").json["pinned"]


def test_what_is_refused_changes_nothing(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    assert press(dashboard, "yes", token="made-up").status == 403
    assert press(dashboard, "perhaps").status == 400
    assert press(dashboard, "yes", f"{9:032x}").status == 404
    assert not dashboard.ask(f"/traces/{TRACE}.json").json["pinned"]


def test_the_settings_say_what_takes_the_space(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    page = dashboard.ask("/settings").text
    assert "What takes the space" in page
    space = dashboard.ask("/settings.json").json["space"]
    parts = ("database_bytes", "log_bytes", "index_bytes", "findings_bytes")
    assert space["total_bytes"] == sum(space[part] for part in parts)
    assert {"spans", "bodies"} <= {part["name"] for part in space["parts"]}


def test_pinned_traces_are_a_filter_once_there_are_some(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2), run(3))
    assert 'id="facet-pinned"' not in dashboard.ask("/traces").text
    press(dashboard, "yes")
    assert 'id="facet-pinned"' in dashboard.ask("/traces").text
    for address in ("/traces.json?pinned=yes", "/traces.json?q=is%3Apinned", "/traces.json?not.pinned=no"):
        assert [item["trace_id"] for item in dashboard.ask(address).json["items"]] == [TRACE]
    assert dashboard.ask("/traces.json?pinned=no").json["total"] == 2
    assert 'id="facet-pinned"' in dashboard.ask("/traces?pinned=no&q=nothing").text
