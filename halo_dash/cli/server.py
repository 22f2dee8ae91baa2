"""Talking to a running dashboard over its JSON."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import quote, urlencode
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from halo_dash.cli.reader import Document
from halo_dash.errors import HaloError, InvalidInputError, NotFoundError, UnavailableError, UsageError
from halo_dash.model.annotation import AnnotationChange, Target
from halo_dash.model.filter import Filter, ListQuery
from halo_dash.model.group_query import group_pairs
from halo_dash.model.twin import target_json
from halo_dash.web.agents.query import AgentQuery
from halo_dash.web.clusters.query import ClusterQuery, cluster_path
from halo_dash.web.insights.paths import insight_path
from halo_dash.web.sessions.paths import session_path

_TIMEOUT_S = 30
_ERRORS: dict[int, type[HaloError]] = {
    400: InvalidInputError,
    404: NotFoundError,
    413: InvalidInputError,
    422: UsageError,
}


class _NoRedirect(HTTPRedirectHandler):
    """A redirect would take the token to a place nobody named."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        return None


class ServerReader:
    """Reads from `halo serve`. Raises UnavailableError when it does not answer."""

    def __init__(self, url: str, *, token: str | None = None) -> None:
        if not url.startswith(("http://", "https://")):
            raise UsageError(f"{url!r} is no address of a dashboard.", hint="Use --url http://127.0.0.1:4280")
        self._url = url.rstrip("/")
        self._token = token
        # A proxy of the environment has no business between this machine and itself.
        self._opener = build_opener(ProxyHandler({}), _NoRedirect())

    def traces(self, query: ListQuery) -> Document:
        return self._get("/traces.json", [*query.pairs(), ("facets", "0")])

    def trace(self, trace_id: str) -> Document:
        path = f"/traces/{quote(trace_id, safe='')}.json"
        whole = page = self._get(path)
        while after := page.get("next_after"):
            page = self._get(path, [("after", str(after))])
            whole["spans"] += page["spans"]
        return {**whole, "next_after": None} if "next_after" in whole else whole

    def thread(self, trace_id: str) -> Document:
        return self._get(f"/traces/{quote(trace_id, safe='')}/thread.json")

    def span(self, trace_id: str, span_id: str) -> Document:
        return self._get(f"/traces/{quote(trace_id, safe='')}/spans/{quote(span_id, safe='')}.json")

    def comparison(self, a: str, b: str) -> Document:
        return self._get("/compare.json", [("a", a), ("b", b)])

    def annotate(self, target: Target, change: AnnotationChange) -> Document:
        members = {
            **target_json(target),
            "verdict": change.verdict,
            "tags": list(change.tags),
            "untag": list(change.untag),
            "note": change.note,
            "note_id": change.note_id,
        }
        request = Request(  # noqa: S310 - http(s) only, checked in __init__
            f"{self._url}/annotations.json",
            json.dumps(members).encode(),
            {"Content-Type": "application/json", "X-Halo-Request": "1"},
        )
        return self._answer(request)

    def agents(self, query: AgentQuery) -> Document:
        return self._get("/agents.json", query.pairs())

    def agent(self, key: str, query: AgentQuery) -> Document:
        return self._get(f"/agents/{quote(key, safe='')}.json", query.filter.pairs())

    def insights(self, chosen: Filter) -> Document:
        return self._get("/insights.json", chosen.pairs())

    def insight(self, name: str, chosen: Filter) -> Document:
        return self._get(f"{insight_path(name)}.json", chosen.pairs())

    def sessions(self, query: ListQuery) -> Document:
        return self._get("/sessions.json", group_pairs(query))

    def session(self, session_id: str) -> Document:
        return self._get(f"{session_path(session_id)}.json")

    def session_thread(self, session_id: str) -> Document:
        return self._get(f"{session_path(session_id)}/thread.json")

    def clusters(self, query: ClusterQuery) -> Document:
        return self._get("/clusters.json", query.pairs())

    def cluster(self, name: str, query: ClusterQuery) -> Document:
        return self._get(f"{cluster_path(name)}.json", query.filter.pairs())

    def close(self) -> None:
        """Nothing is held open between questions."""

    def get(self, path: str, pairs: Iterable[tuple[str, str]] = ()) -> Document:
        """Return what stands at a path. Raises as everything here does."""
        return self._get(path, pairs)

    def post(self, path: str, pairs: Iterable[tuple[str, str]]) -> Document:
        """Send a form; return what it is answered with."""
        body = urlencode(list(pairs)).encode()
        headers = {"Content-Type": "application/x-www-form-urlencoded", "X-Halo-Request": "1"}
        return self._answer(Request(f"{self._url}{path}", body, headers))  # noqa: S310 - http(s) only, checked in __init__

    def _get(self, path: str, pairs: Iterable[tuple[str, str]] = ()) -> Document:
        text = urlencode(list(pairs))
        address = f"{self._url}{path}{'?' if text else ''}{text}"
        request = Request(address, headers={"Accept": "application/json"})  # noqa: S310 - http(s) only, checked above
        return self._answer(request)

    def _answer(self, request: Request) -> Document:
        if self._token:
            request.add_header("Authorization", f"Bearer {self._token}")
        try:
            with self._opener.open(request, timeout=_TIMEOUT_S) as answer:
                found = json.load(answer)
        except HTTPError as problem:
            with problem:
                raise self._refusal(problem.code, problem.read()) from problem
        except (URLError, OSError, http.client.HTTPException) as problem:
            reason = getattr(problem, "reason", problem)
            raise UnavailableError(
                f"The dashboard at {self._url} does not answer ({reason}).",
                hint="Start it with `halo serve`, or leave --url out to read the store itself.",
            ) from problem
        except ValueError as problem:
            raise UnavailableError(f"What answers at {self._url} is no halo dashboard.") from problem
        if not isinstance(found, dict):
            raise UnavailableError(f"What answers at {self._url} is no halo dashboard.")
        return found

    def _refusal(self, status: int, body: bytes) -> HaloError:
        if status == 401:
            return UnavailableError(
                f"The dashboard at {self._url} needs its token.", hint="Set HALO_TOKEN to it."
            )
        try:
            said = json.loads(body)["error"]
            message, hint = str(said["message"]), said.get("hint")
        except (ValueError, KeyError, TypeError, AttributeError):
            message, hint = f"The dashboard at {self._url} answered with HTTP {status}.", None
        return _ERRORS.get(status, UnavailableError)(message, hint=hint)
