"""What keeps other pages of the same browser, and other machines, out."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest

from halo_dash.web.pages import ROUTES

from .conftest import Dashboard, Serve, put, run

FORM = {"content-type": "application/x-www-form-urlencoded"}


def csrf_token(shared: Dashboard) -> str:
    page = shared.ask("/settings").text
    return page.split('name="csrf_token" value="')[1].split('"')[0]


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost:1", "LocalHost", "[::1]:4280", "app.localhost:80"])
def test_this_machines_own_names_are_answered(shared: Dashboard, host: str) -> None:
    assert shared.ask("/traces", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:4280",
        "127.0.0.1.evil.example",
        "192.168.0.7",
        "localhost.evil",
        "",
        "[::2]",
    ],
)
@pytest.mark.parametrize("path", ["/traces", "/traces.json", "/live", "/static/x/app.css", "/nowhere"])
def test_any_other_name_is_refused_on_every_path(shared: Dashboard, host: str, path: str) -> None:
    answer = shared.ask(path, headers={"Host": host})
    assert answer.status == 421
    assert b"secret" not in answer.body


def test_configured_names_are_answered(serve: Serve) -> None:
    dashboard = serve(allowed_hosts=("Halo.test",))
    assert dashboard.ask("/traces", headers={"Host": "halo.test:4280"}).status == 200


@pytest.mark.parametrize(
    "path", ["/traces", "/traces.json", "/live", "/nowhere", "/settings", "/patterns", "/"]
)
def test_every_answer_carries_the_strict_headers(shared: Dashboard, path: str) -> None:
    headers = shared.ask(path, method="HEAD" if path == "/live" else "GET", headers={"Host": "evil"}).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["access-control-allow-origin"] is None


def test_no_page_has_an_inline_script_style_or_foreign_address(shared: Dashboard) -> None:
    for path in ("/traces", "/collector", "/settings", "/patterns", "/nowhere"):
        page = shared.ask(path).text
        assert " style=" not in page
        assert "<style" not in page
        assert " onclick=" not in page
        assert page.count("<script") == page.count('<script type="module" src="/static/')
        assert 'src="http' not in page
        assert 'href="http' not in page


MUTATIONS = sorted(
    (method, path)
    for handler in ROUTES
    for path in handler.paths
    for method in handler.http_methods - {"GET", "HEAD", "OPTIONS"}
)


def test_there_are_mutations_to_test() -> None:
    assert ("POST", "/settings/theme") in MUTATIONS


@pytest.mark.parametrize(("method", "path"), MUTATIONS)
def test_nothing_is_changed_without_the_token_of_our_own_form(
    shared: Dashboard, method: str, path: str
) -> None:
    for body in (b"", b"csrf_token=wrong", b"{}"):
        answer = shared.ask(path, method=method, body=body, headers=FORM)
        assert answer.status == 403, path


@pytest.mark.parametrize(
    "origin", [{"Origin": "http://evil.example"}, {"Origin": "null"}, {"Sec-Fetch-Site": "cross-site"},
               {"Sec-Fetch-Site": "same-site"}, {"Origin": "http://127.0.0.1:1"}]
)  # fmt: skip
def test_another_origin_changes_nothing_even_with_the_token(
    shared: Dashboard, origin: dict[str, str]
) -> None:
    body = urlencode({"csrf_token": csrf_token(shared), "theme": "dark"}).encode()
    answer = shared.ask("/settings/theme", method="POST", body=body, headers=FORM | origin)
    assert answer.status == 403
    assert answer.headers["set-cookie"] is None


def test_our_own_form_chooses_the_theme(shared: Dashboard) -> None:
    body = urlencode({"csrf_token": csrf_token(shared), "theme": "dark"}).encode()
    own = {"Origin": shared.url, "Sec-Fetch-Site": "same-origin"}
    answer = shared.ask("/settings/theme", method="POST", body=body, headers=FORM | own)
    assert (answer.status, answer.headers["location"]) == (303, "/settings")
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert '<html lang="en" data-theme="dark"' in shared.ask("/traces", headers={"Cookie": cookie}).text
    assert 'data-theme="system"' in shared.ask("/traces", headers={"Cookie": 'halo_theme="><script>'}).text


def test_a_program_says_so_by_a_header(shared: Dashboard) -> None:
    answer = shared.ask(
        "/settings/theme", method="POST", body=b"theme=light", headers=FORM | {"X-Halo-Request": "1"}
    )
    assert answer.status == 303
    answer = shared.ask(
        "/settings/theme", method="POST", body=b"theme=pink", headers=FORM | {"X-Halo-Request": "1"}
    )
    assert answer.status == 400


def test_with_a_token_nothing_is_shown_without_it(serve: Serve) -> None:
    dashboard = serve(token="s3cret")
    put(dashboard.db, run(1, question="a private question"))
    for path in ("/traces", "/traces.json", "/live", "/collector", "/traces?token=wrong"):
        refused = dashboard.ask(path)
        assert refused.status == 401
        assert b"private" not in refused.body
        assert b"s3cret" not in refused.body
    assert dashboard.ask("/traces.json", headers={"Authorization": "Bearer wrong"}).status == 401
    assert dashboard.ask("/traces.json", headers={"Authorization": "Bearer s3cret"}).json["total"] == 1


def test_the_printed_address_logs_a_browser_in_once(serve: Serve) -> None:
    dashboard = serve(token="s3cret")
    answer = dashboard.ask("/traces?status=ok&token=s3cret")
    assert (answer.status, answer.headers["location"]) == (303, "/traces?status=ok")
    cookie = answer.headers["set-cookie"]
    assert "s3cret" not in cookie
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    assert dashboard.ask("/traces", headers={"Cookie": cookie.partition(";")[0]}).status == 200
    for path, location in (
        ("//evil.example/", "/evil.example/"),
        ("/%5Cevil.example/", "/evil.example/"),
        ("/traces/%E6%97%A5%0D%0Aset-cookie:x=y", "/traces/%E6%97%A5%0D%0Aset-cookie%3Ax%3Dy"),
        ("/traces.json", "/traces.json"),
    ):
        assert dashboard.ask(f"{path}?token=s3cret").headers["location"] == location
