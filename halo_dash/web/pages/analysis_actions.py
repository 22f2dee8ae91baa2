"""What can be done on `/analysis`: start a run, ask on, stop, go on, delete."""

from __future__ import annotations

from typing import Annotated

from litestar import Response, post
from litestar.enums import RequestEncodingType
from litestar.params import Body

from halo_dash.model.run import Run
from halo_dash.model.twin.runs import run_json
from halo_dash.store import Store
from halo_dash.web.analysis.asking import Asked
from halo_dash.web.analysis.paths import ANALYSIS, analysis_address, conversation_path
from halo_dash.web.formats import MEDIA_TYPES, requested
from halo_dash.web.render import HaloRequest, finish, site_of, to_json

_Form = Annotated[dict[str, str | list[str]], Body(media_type=RequestEncodingType.URL_ENCODED)]


@post(f"{ANALYSIS}/preview", status_code=303, sync_to_thread=False)
def preview(request: HaloRequest, data: _Form) -> Response[bytes]:
    """What was typed as an address, which shows what would be read."""
    asked = Asked.parse(_pairs(data), has_model=bool(site_of(request).settings.engine.model))
    return _to(analysis_address(asked.pairs()))


@post(f"{ANALYSIS}/start", status_code=303, sync_to_thread=True)
def start(request: HaloRequest, data: _Form) -> Response[bytes]:
    """Queue a run and show it. What cannot be read is said on the form; a program gets `UsageError`."""
    site = site_of(request)
    asked = Asked.parse(_pairs(data), has_model=bool(site.settings.engine.model))
    if asked.problems and requested(request.scope) == "html":
        return _to(analysis_address(_readable(data)))
    now_ns = site.clock()
    wanted = asked.request(site.settings, now_ns)
    with Store.open(site.settings.store_path) as store, store.writing() as tx:
        run = tx.runs.create_conversation(wanted, now_ns)
    return _told(request, run, conversation_path(run.conversation_id))


@post(f"{ANALYSIS}/ask", status_code=303, sync_to_thread=True)
def ask(request: HaloRequest, data: _Form) -> Response[bytes]:
    """Queue the question `prompt` to what was found. Raises NotFoundError, InvalidInputError."""
    site, conversation_id = site_of(request), _text(data, "conversation")
    with Store.open(site.settings.store_path) as store, store.writing() as tx:
        run = tx.runs.follow_up(conversation_id, _text(data, "prompt"), site.clock())
    return _told(request, run, f"{conversation_path(conversation_id)}#run-{run.run_id}")


@post(f"{ANALYSIS}/cancel", status_code=303, sync_to_thread=True)
def cancel(request: HaloRequest, data: _Form) -> Response[bytes]:
    """End what is under way; what was found until then is kept. Raises NotFoundError."""
    site, conversation_id = site_of(request), _text(data, "conversation")
    last = site.store.runs.conversation(conversation_id).runs[-1]
    with Store.open(site.settings.store_path) as store, store.writing() as tx:
        run = tx.runs.cancel(last.run_id, _text(data, "reason") or "Stopped by the user.", site.clock())
    return _told(request, run, conversation_path(conversation_id))


@post(f"{ANALYSIS}/retry", status_code=303, sync_to_thread=True)
def retry(request: HaloRequest, data: _Form) -> Response[bytes]:
    """Go on with a run that ended before its answer did. Raises NotFoundError, InvalidInputError."""
    site, conversation_id = site_of(request), _text(data, "conversation")
    last = site.store.runs.conversation(conversation_id).runs[-1]
    with Store.open(site.settings.store_path) as store, store.writing() as tx:
        run = tx.runs.retry(last.run_id)
    return _told(request, run, conversation_path(conversation_id))


@post(f"{ANALYSIS}/delete", status_code=303, sync_to_thread=True)
def delete(request: HaloRequest, data: _Form) -> Response[bytes]:
    """Forget a conversation with its runs. Raises NotFoundError."""
    with Store.open(site_of(request).settings.store_path) as store, store.writing() as tx:
        tx.runs.delete(_text(data, "conversation"))
    if requested(request.scope) == "json":
        return finish(
            request.scope, to_json({"deleted": _text(data, "conversation")}), media_type=MEDIA_TYPES["json"]
        )
    return _to(ANALYSIS)


def _told(request: HaloRequest, run: Run, location: str) -> Response[bytes]:
    """A program gets the run, a browser the page that shows it."""
    if requested(request.scope) == "json":
        return finish(request.scope, to_json(run_json(run)), media_type=MEDIA_TYPES["json"])
    return _to(location)


def _text(data: dict[str, str | list[str]], name: str) -> str:
    given = data.get(name, "")
    return given if isinstance(given, str) else given[-1]


def _pairs(data: dict[str, str | list[str]]) -> list[tuple[str, str]]:
    """The fields of the form; a name that stands several times has a list."""
    return [
        (name, value)
        for name, given in data.items()
        for value in (given if isinstance(given, list) else [given])
        if value and name != "csrf_token"
    ]


def _readable(data: dict[str, str | list[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, value in _pairs(data) if len(value) < 8_000]


def _to(location: str) -> Response[bytes]:
    return Response(content=b"", status_code=303, headers={"location": location})
