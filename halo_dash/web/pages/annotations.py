"""`POST /annotations`: change what is said about a trace, a span or a session; a form or JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from litestar import Response, post
from litestar.concurrency import sync_to_thread
from litestar.exceptions import SerializationException

from halo_dash.errors import InvalidInputError
from halo_dash.model.annotation import AnnotationChange, Annotations, Target
from halo_dash.model.twin import annotated_json
from halo_dash.store import Store
from halo_dash.web.formats import MEDIA_TYPES, requested
from halo_dash.web.render import HaloRequest, finish, see_other, site_of, to_json
from halo_dash.web.site import Site

_TEXTS = ("trace_id", "span_id", "session_id", "verdict", "note", "note_id")
_LISTS = {"tag": "tags", "tags": "tags", "untag": "untag"}
_OTHERS = {"back", "csrf_token", "delete"}
"""Members of a form besides what is noted; `delete` is a note's button, whatever stands in its field."""

_Given = Mapping[str, Sequence[str]]


@post("/annotations", status_code=200)
async def annotate(request: HaloRequest) -> Response[bytes]:
    """Change, then show the page again; a program gets all that is said about the target now.

    Raises InvalidInputError, NotFoundError.
    """
    is_json = request.headers.get("content-type", "").startswith("application/json")
    given = await _json(request) if is_json else await _form(request)
    held = await sync_to_thread(_change, site_of(request), given)
    if is_json or requested(request.scope) == "json":
        return finish(request.scope, to_json(annotated_json(held)), media_type=MEDIA_TYPES["json"])
    return see_other(_back(given, held.target))


def _change(site: Site, given: _Given) -> Annotations:
    target, wanted = _target(given), _wanted(given)
    with Store.open(site.settings.store_path) as store:
        with store.writing() as tx:
            tx.annotate(target, wanted, site.clock())
        return store.annotations.of(target)


def _target(given: _Given) -> Target:
    return Target(**{name: _text(given, name) or "" for name in ("trace_id", "span_id", "session_id")})


def _wanted(given: _Given) -> AnnotationChange:
    wanted = AnnotationChange.read(
        verdict=_text(given, "verdict"),
        tags=[each for name in ("tag", "tags") for each in given.get(name, ())],
        untag=given.get("untag", ()),
        note=_text(given, "note"),
        note_id=_text(given, "note_id"),
    )
    if not wanted:
        raise InvalidInputError(
            "Nothing is to be changed.", hint="Send verdict, tags, untag, note, or note with note_id."
        )
    return wanted


def _text(given: _Given, name: str) -> str | None:
    texts = given.get(name, ())
    if len(texts) > 1:
        raise InvalidInputError(f"{name} was given more than once.")
    return texts[0] if texts else None


async def _form(request: HaloRequest) -> _Given:
    form = await request.form()
    found: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            found.setdefault(name, []).append(value)
    return _known(found | {"note": [""]} if "delete" in found else found)


async def _json(request: HaloRequest) -> _Given:
    """Members are texts, or lists of texts where there may be several; null is left out."""
    try:
        document = json.loads(await request.body())
    except (ValueError, RecursionError, SerializationException) as error:
        raise InvalidInputError(f"The body is no JSON: {error}.") from None
    if not isinstance(document, dict):
        raise InvalidInputError("The body is no JSON object.")
    found: dict[str, list[str]] = {}
    for name, value in document.items():
        texts = value if isinstance(value, list) else [] if value is None else [value]
        is_fitting = isinstance(value, list) == (name in _LISTS) or value is None
        if name in {*_TEXTS, *_LISTS} and not (is_fitting and all(isinstance(each, str) for each in texts)):
            raise InvalidInputError(f"{name} must be {'a list of texts' if name in _LISTS else 'a text'}.")
        found[name] = texts
    return _known(found)


def _known(found: Mapping[str, list[str]]) -> _Given:
    unknown = sorted(set(found) - {*_TEXTS, *_LISTS, *_OTHERS})
    if unknown:
        raise InvalidInputError(
            f"{unknown[0][:40]!r} is nothing that can be noted.",
            hint=f"There are: {', '.join((*_TEXTS, 'tags', 'untag'))}.",
        )
    return found


def _back(given: _Given, target: Target) -> str:
    """The page the form stood on; only our own, so that no link can lead elsewhere through here."""
    back = _text(given, "back") or ""
    is_ours = back.startswith("/") and not back.startswith(("//", "/\\")) and back.isprintable()
    if is_ours and back.isascii():
        return back
    return (
        f"/traces/{target.trace_id}" if target.trace_id.isalnum() and target.trace_id.isascii() else "/traces"
    )
