"""`/sessions/{id}`: a session as one thread across its traces; its thread and its values as data."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from litestar import Response, get
from litestar.params import FromPath

from halo_dash.errors import NotFoundError, UsageError
from halo_dash.model.annotation import Target
from halo_dash.web.annotations import Noted, noted
from halo_dash.web.formats import query_pairs, requested
from halo_dash.web.pages.trace_span import value_response
from halo_dash.web.raw_path import segments
from halo_dash.web.render import HaloRequest, View, respond, see_other, site_of
from halo_dash.web.sessions.documents import session_document, session_thread_document
from halo_dash.web.sessions.paths import session_path
from halo_dash.web.sessions.reading import SessionReading, read_session, read_window
from halo_dash.web.sessions.turns import Head, Mark, Page, SessionTurn, anchor, head, strip, turn_href, turns
from halo_dash.web.trace.conversation import thread_document

_PARTS = {"session": "session/_session.html"}
_FRESH_NS = 1800 * 1_000_000_000
"""While something happened within half an hour, the next turn is looked for every few seconds."""


@dataclass(frozen=True, slots=True)
class SessionContext:
    """Variables of `session/show.html`."""

    session_id: str
    path: str
    head: Head
    marks: tuple[Mark, ...]
    pages: tuple[Page, ...]
    turns: tuple[SessionTurn, ...]
    selected: str | None
    """Anchor of the turn that was asked for."""
    total: int
    earlier: str | None
    later: str | None
    """The pages before and after this one."""
    noted: Noted
    """What people said about it."""
    live_ids: str
    every_s: int


@get("/sessions/{rest:path}", sync_to_thread=True)
def session(request: HaloRequest, rest: FromPath[str]) -> Response[bytes]:  # noqa: ARG001 - decoded; the raw path counts
    """The page and its JSON; below it `thread` (`.json`) and `value`. Raises NotFoundError."""
    *parts, last = segments(request.scope, "/sessions")
    if parts and last == "thread":
        return _thread(request, "/".join(parts))
    if parts and last == "value":
        return _value(request, "/".join(parts))
    return _page(request, "/".join((*parts, last)))


def _page(request: HaloRequest, session_id: str) -> Response[bytes]:
    site = site_of(request)
    now_ns = site.clock()
    found = read_session(site.store, session_id, now_ns)
    if requested(request.scope) == "json":
        data = partial(session_document, site.store, session_id, now_ns)
        return respond(request, site, View("session/show.html", found, data=data))
    row = site.store.figures.group("session", session_id, now_ns)
    given = dict(query_pairs(request.scope))
    at = _asked(found, given)
    shown = found.window(at)
    marks, pages = strip(found, shown, now_ns)
    summary = found.rows[at].summary
    target = Target(session_id=session_id)
    context = SessionContext(
        session_id=session_id,
        path=session_path(session_id),
        head=head(found, row, now_ns),
        marks=marks,
        pages=pages,
        turns=turns(found, shown, read_window(site.store, found, shown, now_ns), now_ns),
        selected=anchor(summary.trace_id) if given.get("trace") or given.get("turn") else None,
        total=len(found.rows),
        earlier=turn_href(found, found.window(shown.start - 1).start) if shown.start else None,
        later=turn_href(found, shown.stop) if shown.stop < len(found.rows) else None,
        noted=noted(target, site.store.annotations.of(target), session_path(session_id)),
        live_ids=" ".join(found.rows[each].summary.trace_id for each in shown),
        every_s=10 if now_ns - found.rows[-1].last_arrival_ns < _FRESH_NS else 120,
    )
    return respond(request, site, View("session/show.html", context, section="sessions", fragments=_PARTS))


def _asked(found: SessionReading, given: dict[str, str]) -> int:
    """The turn that was asked for by its trace or its number; a trace that has gone is no error."""
    if trace_id := given.get("trace"):
        return found.index(trace_id) or 0
    text = given.get("turn") or "1"
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise UsageError(f"turn must be a number from 1, not {text[:40]!r}.")
    return min(max(int(text), 1), len(found.rows)) - 1


def _thread(request: HaloRequest, session_id: str) -> Response[bytes]:
    site = site_of(request)
    if requested(request.scope) == "html":
        return see_other(session_path(session_id))
    data = partial(session_thread_document, site.store, session_id, site.clock())
    return respond(request, site, View("session/show.html", site, data=data))


def _value(request: HaloRequest, session_id: str) -> Response[bytes]:
    site = site_of(request)
    now_ns = site.clock()
    found = read_session(site.store, session_id, now_ns)
    given = dict(query_pairs(request.scope))
    at = found.index(given.get("trace", ""))
    if at is None:
        raise NotFoundError(
            f"There is no trace {given.get('trace', '')[:80]!r} in this session.",
            hint="Open the session and follow one of its own links.",
        )
    shown = found.window(at)
    items = read_window(site.store, found, shown, now_ns)[at - shown.start].items
    return value_response(
        request, thread_document(items), given.get("at", ""), f"session-{quote(session_id)}"
    )
