"""`/runs.json`, `/runs/{run_id}.json` and its events: for programs; people see runs on `/analysis`."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, get
from litestar.params import QueryParameter

from halo_dash.errors import NotFoundError
from halo_dash.model.run import RUN_STATES
from halo_dash.model.twin.runs import event_json, run_json
from halo_dash.web.analysis.paths import ANALYSIS, conversation_path
from halo_dash.web.formats import requested
from halo_dash.web.raw_path import segments
from halo_dash.web.render import HaloRequest, View, respond, site_of

_MOST = 500
_Limit = Annotated[int, QueryParameter(ge=1, le=_MOST)]
_After = Annotated[int, QueryParameter(ge=0)]


@get("/runs", sync_to_thread=True)
def runs(request: HaloRequest, limit: _Limit = 50) -> Response[bytes]:
    """The newest runs, newest first."""
    site = site_of(request)
    if requested(request.scope) == "html":
        return _to(ANALYSIS)
    found = site.store.runs.list(states=RUN_STATES, limit=limit)
    document = {"items": [run_json(each) for each in found]}
    return respond(request, site, View("", site.settings, data=lambda: document))


@get("/runs/{rest:path}", sync_to_thread=True)
def run(request: HaloRequest, after: _After = 0, limit: _Limit = _MOST) -> Response[bytes]:
    """One run, or with `/events` what happened in it after the event `after`. Raises NotFoundError."""
    site = site_of(request)
    run_id, *rest = segments(request.scope, "/runs")
    if rest not in ([], ["events"]):
        raise NotFoundError("A run has no such part.", hint="It has: events.")
    found = site.store.runs.get(run_id)
    if requested(request.scope) == "html":
        return _to(f"{conversation_path(found.conversation_id)}#run-{found.run_id}")
    if not rest:
        return respond(request, site, View("", site.settings, data=lambda: run_json(found)))
    events = site.store.runs.events(run_id, after, limit)
    document = {
        "items": [event_json(each) for each in events],
        "next_after": events[-1].sequence if events else after,
        "state": found.state,
    }
    return respond(request, site, View("", site.settings, data=lambda: document))


def _to(location: str) -> Response[bytes]:
    return Response(content=b"", status_code=303, headers={"location": location})
