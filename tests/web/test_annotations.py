"""Notes, verdicts and tags: forms without a script, JSON for programs, and what the pages say of them."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest

from .conftest import Answer, Dashboard, index, put, run

TRACE = f"{1:032x}"
SPAN = f"{16:016x}"
NOTE = "The <b>wrong</b> city.\nSee run 2."


def press(dashboard: Dashboard, *fields: tuple[str, str], token: str | None = None) -> Answer:
    """Send a form as the page has it."""
    given = dashboard.ask(f"/traces/{TRACE}").text.split('name="csrf_token" value="')[1].split('"')[0]
    body = urlencode([("csrf_token", token or given), *fields]).encode()
    headers = {"content-type": "application/x-www-form-urlencoded", "accept": "text/html"}
    return dashboard.ask("/annotations", method="POST", body=body, headers=headers)


def send(dashboard: Dashboard, **document: Any) -> Answer:
    """As a program does."""
    headers = {"content-type": "application/json", "x-halo-request": "1"}
    return dashboard.ask("/annotations", method="POST", body=json.dumps(document).encode(), headers=headers)


def test_the_forms_of_a_trace_work_without_a_script(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2))
    target = ("trace_id", TRACE)
    back = ("back", f"/traces/{TRACE}?view=timeline")
    answer = press(dashboard, target, back, ("verdict", "bad"))
    assert (answer.status, answer.headers["location"]) == (303, back[1])
    assert press(dashboard, target, back, ("tag", "Regression")).status == 303
    assert press(dashboard, target, back, ("note", NOTE)).status == 303
    page = dashboard.ask(f"/traces/{TRACE}").text
    assert 'data-verdict="bad"' in page
    assert "/traces?tag=regression&amp;range=all" in page
    assert "The &lt;b&gt;wrong&lt;/b&gt; city.\nSee run 2." in page
    assert "<b>wrong" not in page
    held = dashboard.ask(f"/traces/{TRACE}.json").json["annotations"]
    assert (held["verdict"], held["tags"]) == ("bad", ["regression"])
    (note,) = held["notes"]
    assert note["text"] == NOTE
    assert (
        press(dashboard, target, ("note", "other"), ("note_id", note["id"]), ("delete", "yes")).status == 303
    )
    assert press(dashboard, target, ("untag", "regression")).headers["location"] == f"/traces/{TRACE}"
    press(dashboard, target, ("verdict", "none"))
    empty = {"verdict": None, "tags": [], "notes": []}
    assert dashboard.ask(f"/traces/{TRACE}.json").json["annotations"] == empty


def test_rows_facets_filters_csv_and_the_twin_know_them(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2), run(3))
    send(dashboard, trace_id=TRACE, span_id=SPAN, verdict="bad", tags=["a", "b", "c", "d"])
    send(dashboard, session_id="s2", tags=["a"])
    page = dashboard.ask("/traces.json?tag=a").json
    assert {item["trace_id"]: item["tags"] for item in page["items"]} == {
        TRACE: ["a", "b", "c", "d"],
        f"{2:032x}": ["a"],
    }
    assert page["facets"]["verdict"] == [{"value": "bad", "count": 1}]
    assert page["facets"]["tag"][0] == {"value": "a", "count": 2}
    listed = dashboard.ask("/traces?not.tag=b").text
    assert f"t-{TRACE}" not in listed
    html = dashboard.ask("/traces").text
    assert '<span class="tag verdict" data-verdict="bad">bad</span><span class="tag">a</span>' in html
    assert '<span class="tag">+2</span>' in html
    assert "bad,a b c d" in dashboard.ask("/traces.csv?verdict=bad").text
    assert {each["text"] for each in dashboard.ask("/complete.json?q=tag:").json["items"]} >= {"tag:a"}
    trace = dashboard.ask(f"/traces/{TRACE}").text
    assert "Span <a" in trace
    assert dashboard.ask("/sessions/s2.json").json["annotations"]["tags"] == ["a"]
    span = dashboard.ask(f"/traces/{TRACE}/spans/{SPAN}.json").json
    assert span["annotations"]["verdict"] == "bad"


def test_a_note_is_found_and_leads_to_where_it_stands(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2))
    send(dashboard, trace_id=TRACE, note="Quokka on the trace")
    send(dashboard, trace_id=TRACE, span_id=SPAN, note="quokka on a span")
    index(dashboard.db)
    (item,) = dashboard.ask("/traces.json?q=quokka").json["items"]
    assert {(each["field"], each["span_id"]) for each in item["matches"]} == {("note", None), ("note", SPAN)}
    assert item["hits"] == {"note": 2}
    listed = dashboard.ask("/traces?q=quokka").text
    assert f'href="/traces/{TRACE}?' in listed
    assert "<b>note</b>" in listed
    page = dashboard.ask(f"/traces/{TRACE}?find=quokka&hit=1").text
    assert 'data-hit="1" data-place="note"' in page
    assert "<mark>Quokka</mark> on the trace" in page
    page = dashboard.ask(f"/traces/{TRACE}?find=quokka&hit=2&span={SPAN}").text
    assert "<mark>quokka</mark> on a span" in page
    (hit, _other) = dashboard.ask("/search.json?q=quokka").json["items"]
    assert hit["span_id"] is None


def test_a_program_is_told_what_there_is_now(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    answer = send(dashboard, trace_id=TRACE, verdict="good", tags=["x"], note=None)
    assert answer.status == 200
    assert answer.json == {
        "trace_id": TRACE,
        "annotations": {"verdict": "good", "tags": ["x"], "notes": []},
    }


@pytest.mark.parametrize(
    ("document", "status", "said"),
    [
        ({"trace_id": "f" * 32, "verdict": "good"}, 404, "no trace"),
        ({"trace_id": TRACE, "span_id": "f" * 16, "verdict": "good"}, 404, "no span"),
        ({"session_id": "nobody", "verdict": "good"}, 404, "no session"),
        ({"trace_id": TRACE, "note_id": "gone", "note": ""}, 404, "no note"),
        ({"verdict": "good"}, 400, "belongs to"),
        ({"trace_id": TRACE, "session_id": "s1", "verdict": "good"}, 400, "belongs to"),
        ({"trace_id": TRACE}, 400, "Nothing"),
        ({"trace_id": TRACE, "verdict": "ugly"}, 400, "verdict must be"),
        ({"trace_id": TRACE, "tags": "x"}, 400, "tags must be a list"),
        ({"trace_id": TRACE, "note": ["x"]}, 400, "note must be a text"),
        ({"trace_id": TRACE, "tags": [1]}, 400, "tags must be a list"),
        ({"trace_id": TRACE, "note": "x" * 10_001}, 400, "at most 10,000"),
        ({"trace_id": TRACE, "stars": "5"}, 400, "nothing that can be noted"),
    ],
)
def test_what_is_refused_says_why_and_changes_nothing(
    shared: Dashboard, document: dict[str, Any], status: int, said: str
) -> None:
    answer = send(shared, **document)
    assert answer.status == status
    error = answer.json["error"]
    assert said in error["message"]
    assert error["code"] == ("not_found" if status == 404 else "invalid_input")
    assert shared.ask("/traces.json").json["facets"]["tag"] == []


def test_only_our_own_page_or_a_program_may_change_something(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    assert press(dashboard, ("trace_id", TRACE), ("tag", "x"), token="made-up").status == 403
    body = json.dumps({"trace_id": TRACE, "tags": ["x"]}).encode()
    plain = dashboard.ask(
        "/annotations", method="POST", body=body, headers={"content-type": "application/json"}
    )
    assert plain.status == 403
    for address in (
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "/a\r\nx: y",
        "javascript:1",
    ):
        answer = press(dashboard, ("trace_id", TRACE), ("verdict", "good"), ("back", address))
        assert answer.headers["location"] == f"/traces/{TRACE}"


def test_a_body_that_is_no_json_is_refused(shared: Dashboard) -> None:
    headers = {"content-type": "application/json", "x-halo-request": "1"}
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        assert shared.ask("/annotations", method="POST", body=body, headers=headers).status == 400
