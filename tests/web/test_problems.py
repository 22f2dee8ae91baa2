"""Refusals: the right code, words for people, JSON for programs, a way back."""

from __future__ import annotations

import pytest
from litestar.exceptions import MethodNotAllowedException, NotFoundException, ValidationException

from halo_dash import errors
from halo_dash.web.problems import problem_of

from .conftest import Dashboard

TREE = [
    (errors.UsageError, 422, "usage"),
    (errors.InvalidInputError, 400, "invalid_input"),
    (errors.TooLargeError, 413, "too_large"),
    (errors.NotFoundError, 404, "not_found"),
    (errors.UnavailableError, 503, "unavailable"),
    (errors.StoreError, 503, "store"),
]


@pytest.mark.parametrize(("kind", "status", "code"), TREE)
def test_every_error_of_ours_has_its_status(kind: type[errors.HaloError], status: int, code: str) -> None:
    problem = problem_of(kind("It broke.", hint="Mend it."))
    assert (problem.status, problem.code, problem.message, problem.hint) == (
        status,
        code,
        "It broke.",
        "Mend it.",
    )


def test_an_error_nobody_foresaw_tells_no_secret() -> None:
    problem = problem_of(ValueError("password=hunter2"))
    assert problem.status == 500
    assert "hunter2" not in problem.message + (problem.hint or "")


@pytest.mark.parametrize(
    "error", [NotFoundException(), MethodNotAllowedException(), ValidationException("no")]
)
def test_the_frameworks_refusals_speak_as_ours_do(error: Exception) -> None:
    problem = problem_of(error)
    assert problem.status in {400, 404, 405}
    assert problem.message.endswith((".", "no"))


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nowhere", "GET", 404),
        ("/traces", "DELETE", 405),
        ("/collector.csv", "GET", 404),
        ("/static/old/app.css", "GET", 404),
        ("/live?since=x", "GET", 400),
    ],
)
def test_a_refusal_is_a_page_with_a_way_back_and_json_for_programs(
    shared: Dashboard, path: str, method: str, status: int
) -> None:
    page = shared.ask(path, method=method, headers={"X-Halo-Request": "1"})
    assert page.status == status
    if not path.endswith(".csv"):
        assert page.headers["content-type"].startswith("text/html")
        assert 'href="/traces"' in page.text
    twin = shared.ask(path, method=method, headers={"Accept": "application/json", "X-Halo-Request": "1"})
    assert twin.status == status
    assert set(twin.json["error"]) == {"code", "message", "hint"}


def test_head_answers_as_get_without_a_body(shared: Dashboard) -> None:
    answer = shared.ask("/traces", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.headers["content-length"]) > 1000


def test_a_store_that_is_gone_is_not_available_for_now(dashboard: Dashboard) -> None:
    for leftover in dashboard.db.parent.glob("halo.db*"):
        leftover.write_bytes(b"not a database" * 1000)
    answer = dashboard.ask("/traces.json")
    assert answer.status == 503
    assert answer.json["error"]["code"] == "store"
    assert answer.headers["retry-after"]
