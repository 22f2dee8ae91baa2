"""Saved views: under a name, as an address, as the beginning; changed by our own forms alone."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urlencode

from .conftest import Answer, Dashboard, put, run


def post(dashboard: Dashboard, path: str, **form: str) -> Answer:
    headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Halo-Request": "1"}
    return dashboard.ask(path, method="POST", body=urlencode(form).encode(), headers=headers)


def views(dashboard: Dashboard) -> dict[str, str]:
    menu = re.search(r'<div class="sheaf views">.*?</ul>', dashboard.ask("/traces").text, re.DOTALL)
    found = (
        re.findall(r'class="choice" href="([^"]+)"[^>]*><span class="cut">([^<]+)<', menu[0]) if menu else []
    )
    return {unescape(name): unescape(href) for href, name in found}


def test_a_list_is_saved_under_a_name_and_is_an_address(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1), run(2, fails=True))
    assert views(dashboard) == {}
    saved = post(dashboard, "/views/save", name=" Failures <b> ", query="status=error&sort=-cost")
    assert (saved.status, saved.headers["location"]) == (303, "/traces?status=error&sort=-cost")
    assert views(dashboard) == {"Failures <b>": "/traces?status=error&sort=-cost"}
    page = dashboard.ask("/traces?sort=-cost&status=error").text
    assert '<summary class="button quiet">Failures &lt;b&gt;' in page
    post(dashboard, "/views/save", name="Failures <b>", query="q=timeout")
    assert views(dashboard) == {"Failures <b>": "/traces?q=timeout"}


def test_the_dashboard_begins_with_the_view_that_was_chosen(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    for name in ("one", "two"):
        post(dashboard, "/views/save", name=name, query=f"agent={name}")
        post(dashboard, "/views/default", name=name, query="")
    assert dashboard.ask("/").headers["location"] == "/traces?agent=two"
    post(dashboard, "/views/default", name="", query="")
    assert dashboard.ask("/").headers["location"] == "/traces"
    post(dashboard, "/views/default", name="one", query="")
    assert (
        post(dashboard, "/views/delete", name="one", query="agent=two").headers["location"]
        == "/traces?agent=two"
    )
    assert dashboard.ask("/").headers["location"] == "/traces"
    assert views(dashboard) == {"two": "/traces?agent=two"}


def test_what_cannot_be_saved_says_why(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    assert post(dashboard, "/views/save", name=" ", query="").status == 400
    assert post(dashboard, "/views/save", name="x" * 81, query="").status == 400
    assert post(dashboard, "/views/save", name="x", query="agnt=1").status == 422
    assert post(dashboard, "/views/save", name="x", query=urlencode([("q", "y" * 9000)])).status == 400
    assert post(dashboard, "/views/delete", name="x", query="").status == 404
    assert post(dashboard, "/views/default", name="x", query="").status == 404
    assert views(dashboard) == {}
    for number in range(100):
        post(dashboard, "/views/save", name=f"view {number}", query="")
    full = post(dashboard, "/views/save", name="one more", query="")
    assert full.status == 400
    assert "100 saved views" in full.text
    assert post(dashboard, "/views/save", name="view 7", query="status=ok").status == 303


def test_a_foreign_page_changes_nothing(dashboard: Dashboard) -> None:
    put(dashboard.db, run(1))
    body = b"name=x&query="
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": "https://evil.example"}
    assert dashboard.ask("/views/save", method="POST", body=body, headers=headers).status == 403
    assert views(dashboard) == {}
