"""Every refusal of the dashboard, as a page with a way back or as `{"error": {...}}`."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from litestar import Request, Response
from litestar.datastructures import State
from litestar.exceptions import HTTPException
from litestar.types import Scope

from halo_dash.errors import HaloError
from halo_dash.web.formats import MEDIA_TYPES, requested
from halo_dash.web.render import View, finish, to_html, to_json
from halo_dash.web.site import Site

_log = logging.getLogger(__name__)

_TITLES = {
    400: "That request cannot be read",
    401: "This dashboard needs its token",
    403: "Refused",
    404: "Not here",
    405: "Not that way",
    409: "Out of step",
    413: "Too large",
    421: "Not under that name",
    422: "Not understood as it was asked",
    500: "Something broke in halo-dash",
    503: "Not available just now",
}

_CODES = {
    400: "invalid_input",
    401: "unauthorized",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    413: "too_large",
    422: "usage",
    503: "unavailable",
}

_HINTS = {
    404: "The address may be mistyped, or what it named has been deleted.",
    405: "Go back and use the page's own buttons.",
}


@dataclass(frozen=True, slots=True)
class Problem:
    """One refusal: what the error page and the error JSON say."""

    status: int
    code: str
    message: str
    hint: str | None = None

    @property
    def title(self) -> str:
        """A heading for people."""
        return _TITLES.get(self.status, "That did not work")


@dataclass(frozen=True, slots=True)
class ProblemContext:
    """Template context of `errors/problem.html`."""

    problem: Problem


def problem_of(error: Exception) -> Problem:
    """The one place where exceptions become status codes and words."""
    if isinstance(error, HaloError):
        return Problem(error.http_status, error.code, error.message, error.hint)
    if isinstance(error, HTTPException):
        status = error.status_code
        message = {404: "There is no page at this address.", 405: "This address does not answer that method."}
        return Problem(
            status,
            _CODES.get(status, "error"),
            message.get(status, error.detail or "Refused."),
            _HINTS.get(status),
        )
    return Problem(
        500, "internal", f"{type(error).__name__} while this page was made.",
        "It is a fault of halo-dash, not of your traces. The full report is in the log of `halo serve`.",
    )  # fmt: skip


def refuse(scope: Scope, site: Site, problem: Problem) -> Response[bytes]:
    """The answer for a problem in the form the client reads."""
    headers = {"retry-after": "1"} if problem.status == 503 else {}
    if requested(scope) != "html":
        error = {"code": problem.code, "message": problem.message, "hint": problem.hint}
        return finish(
            scope,
            to_json({"error": error}),
            media_type=MEDIA_TYPES["json"],
            status=problem.status,
            headers=headers,
        )
    view = View(
        template="errors/problem.html",
        context=ProblemContext(problem),
        fragments=_AnyFragment("errors/_problem.html"),
    )
    body = to_html(scope, site, view)
    return finish(scope, body, media_type=MEDIA_TYPES["html"], status=problem.status, headers=headers)


class _AnyFragment(dict[str, str]):
    """Whatever part of a page was asked for, a problem answers with its own short form."""

    def __init__(self, template: str) -> None:
        super().__init__()
        self._template = template

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> str:
        return self._template


def on_error(request: Request[None, None, State], error: Exception) -> Response[bytes]:
    """Litestar's exception handler for everything."""
    problem = problem_of(error)
    if problem.status >= 500 and not isinstance(error, HaloError):
        _log.error("%s %s failed", request.method, request.scope["path"], exc_info=error)
    return refuse(request.scope, request.app.state.site, problem)
