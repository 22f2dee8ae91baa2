"""`POST /cluster-notes`: change what people say of a failure cluster; a form or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.exceptions import SerializationException

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.cluster_note import ClusterNote, ClusterNoteChange
from halo_dash.model.twin.clusters import cluster_note_json
from halo_dash.store import Store
from halo_dash.web.clusters.query import cluster_path
from halo_dash.web.formats import MEDIA_TYPES, requested
from halo_dash.web.render import HaloRequest, finish, see_other, site_of, to_json
from halo_dash.web.site import Site

_FLAGS = {"muted": "is_muted", "fixed": "is_fixed"}
_YES = {"yes": True, "no": False}
_OTHERS = {"name", "back", "csrf_token"}


@post("/cluster-notes", status_code=200)
async def note_cluster(request: HaloRequest) -> Response[bytes]:
    """Change, then show the page again; a program gets all that is said of the cluster now.

    Members: `name` of the cluster; `title`, `note` (empty takes it away); `muted`, `fixed` (`yes` or `no`, in
    JSON true or false). Raises InvalidInputError, NotFoundError.
    """
    is_json = request.headers.get("content-type", "").startswith("application/json")
    given = await _json(request) if is_json else await _form(request)
    note = await sync_to_thread(_change, site_of(request), given)
    if is_json or requested(request.scope) == "json":
        return finish(request.scope, to_json(cluster_note_json(note)), media_type=MEDIA_TYPES["json"])
    return see_other(_back(given, note.name))


def _change(site: Site, given: Mapping[str, object]) -> ClusterNote:
    name, wanted = str(given.get("name", "")), _wanted(given)
    if site.store.clusters.identity(name) is None and not site.store.cluster_notes.of(name):
        raise NotFoundError(f"There is no failure cluster {name[:80]!r}.")
    with Store.open(site.settings.store_path) as store:
        with store.writing() as tx:
            tx.note_cluster(name, wanted, site.clock())
        return store.cluster_notes.of(name)


def _wanted(given: Mapping[str, object]) -> ClusterNoteChange:
    unknown = sorted(set(given) - {*_FLAGS, *_OTHERS, "title", "note"})
    if unknown:
        raise InvalidInputError(
            f"{unknown[0][:40]!r} is nothing that can be said of a cluster.",
            hint="There are: title, note, muted, fixed.",
        )
    wanted = ClusterNoteChange(
        title=_text(given, "title"),
        note=_text(given, "note"),
        **{attribute: _flag(given, name) for name, attribute in _FLAGS.items()},
    )
    if not wanted:
        raise InvalidInputError("Nothing is to be changed.", hint="Send title, note, muted or fixed.")
    return wanted


def _text(given: Mapping[str, object], name: str) -> str | None:
    value = given.get(name)
    if value is None or isinstance(value, str):
        return value
    raise InvalidInputError(f"{name} must be a text.")


def _flag(given: Mapping[str, object], name: str) -> bool | None:
    value = given.get(name)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str) and value in _YES:
        return _YES[value]
    raise InvalidInputError(f"{name} must be yes or no.")


async def _form(request: HaloRequest) -> Mapping[str, object]:
    form = await request.form()
    return {name: value for name, value in form.multi_items() if isinstance(value, str)}


async def _json(request: HaloRequest) -> Mapping[str, object]:
    try:
        document = json.loads(await request.body())
    except (ValueError, RecursionError, SerializationException) as error:
        raise InvalidInputError(f"The body is no JSON: {error}.") from None
    if not isinstance(document, dict):
        raise InvalidInputError("The body is no JSON object.")
    return document


def _back(given: Mapping[str, object], name: str) -> str:
    """The page the form stood on, which is the cluster's own with some filter."""
    path, back = cluster_path(name), str(given.get("back", ""))
    is_ours = back.startswith(f"{path}?") and back.isascii() and back.isprintable()
    return back if is_ours else path
