"""From a page's view to a response: HTML, a fragment of it, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import dataclasses
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, cast

import orjson
from litestar import Request, Response
from litestar.datastructures import State
from litestar.response import Stream
from litestar.types import Scope

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.web.formats import MEDIA_TYPES, header, requested
from halo_dash.web.site import THEMES, Chrome, Site, Theme

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

HaloRequest = Request[None, None, State]

FRAGMENT_HEADER = b"halo-fragment"
"""A page asks for a part of itself (or of another page) by this header; the URL stays the page's own."""

_COMPRESS_FROM = 1024

_LONGEST_NAME = 100
"""Of a file; systems take 255 bytes."""

_ROWS = 500
"""Of a table in one piece of the answer."""


@dataclass(frozen=True, slots=True)
class View:
    """One page, ready to be written in any of its forms."""

    template: str
    context: DataclassInstance
    """A frozen dataclass; its fields are the template's variables."""
    section: str = ""
    fragments: Mapping[str, str] = field(default_factory=dict)
    """Name of a part -> its template."""
    data: Callable[[], object] | None = None
    """The JSON twin."""
    table: Callable[[], Iterable[Sequence[object]]] | None = None
    """The CSV twin: a header row and rows."""
    prose: Callable[[], str] | None = None
    """The Markdown twin."""
    status: int = 200


def respond(request: HaloRequest, site: Site, view: View) -> Response[bytes]:
    """Write the view in the form that was asked for.

    Raises NotFoundError for a form the page does not have, InvalidInputError for an unknown fragment.
    """
    form = requested(request.scope)
    if form == "json" and view.data is not None:
        body = to_json(view.data())
    elif form == "csv" and view.table is not None:
        return _streamed(request.scope, view, view.table())
    elif form == "md" and view.prose is not None:
        body = view.prose().encode()
    elif form == "html":
        body = to_html(request.scope, site, view)
    else:
        raise NotFoundError(
            f"{request.scope['path']} has no .{form} form.", hint="Leave the ending off for the page itself."
        )
    return finish(request.scope, body, media_type=MEDIA_TYPES[form], status=view.status)


def to_html(scope: Scope, site: Site, view: View) -> bytes:
    """The page, or the part of it that the `Halo-Fragment` header names."""
    wanted = header(scope, FRAGMENT_HEADER)
    if wanted and wanted not in view.fragments:
        raise InvalidInputError(
            f"{scope['path']} has no part called {wanted!r}.",
            hint=f"It has: {', '.join(sorted(view.fragments)) or 'none'}.",
        )
    chrome = Chrome(
        section=view.section,
        theme=theme_of(scope),
        path=address(scope),
        now_ns=site.clock(),
        is_fragment=bool(wanted),
    )
    values = {f.name: getattr(view.context, f.name) for f in dataclasses.fields(view.context)}
    template = site.templates.get_template(view.fragments[wanted] if wanted else view.template)
    return template.render(**values, chrome=chrome).encode("utf-8", "replace")


def finish(
    scope: Scope, body: bytes, *, media_type: str, status: int = 200, headers: Mapping[str, str] | None = None
) -> Response[bytes]:
    """A response that is never cached by others, compressed where that pays."""
    out = {"cache-control": "private, no-cache", "vary": "accept, accept-encoding, cookie, halo-fragment"}
    out.update(headers or {})
    if len(body) >= _COMPRESS_FROM and "gzip" in header(scope, b"accept-encoding"):
        body = gzip.compress(body, compresslevel=4, mtime=0)
        out["content-encoding"] = "gzip"
    return Response(content=body, media_type=media_type, status_code=status, headers=out)


def see_other(location: str) -> Response[bytes]:
    """An answer that leads to another address, to be read."""
    return Response(content=b"", status_code=303, headers={"location": location})


def theme_of(scope: Scope) -> Theme:
    """The theme chosen on the settings page, from its cookie."""
    chosen = cookie(scope, "halo_theme")
    return next((theme for theme in THEMES if theme == chosen), "system")


def cookie(scope: Scope, wanted: str) -> str:
    """The value of a cookie, or an empty string."""
    for pair in header(scope, b"cookie").split(";"):
        name, _, value = pair.strip().partition("=")
        if name == wanted:
            return value
    return ""


def address(scope: Scope) -> str:
    """Path and query of this request, without a format suffix."""
    query = scope["query_string"].decode("latin-1")
    return scope["path"] + (f"?{query}" if query else "")


def to_json(value: object) -> bytes:
    """JSON, indented for people; what orjson refuses (lone surrogates, huge integers) goes the slow way."""
    try:
        return orjson.dumps(value, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    except TypeError:
        return json.dumps(value, indent=2).encode() + b"\n"


def to_csv(rows: Iterable[Sequence[object]]) -> bytes:
    """CSV for spreadsheets; text that one would run as a formula begins with an apostrophe."""
    out = io.StringIO()
    writer = csv.writer(out)
    for row in rows:
        writer.writerow([_cell(value) for value in row])
    return out.getvalue().encode("utf-8", "replace")


def _streamed(scope: Scope, view: View, rows: Iterable[Sequence[object]]) -> Response[bytes]:
    """A table of any length, some rows in memory at a time."""

    def parts() -> Iterator[bytes]:
        left = iter(rows)
        while some := list(islice(left, _ROWS)):
            yield to_csv(some)

    headers = {
        "cache-control": "private, no-cache",
        "vary": "accept, cookie",
        "content-disposition": f'attachment; filename="{file_name(scope["path"])}.csv"',
    }
    stream = Stream(parts(), media_type=MEDIA_TYPES["csv"], status_code=view.status, headers=headers)
    return cast("Response[bytes]", stream)


def file_name(path: str) -> str:
    """A name for what a page is saved as: `/agents/a b/traces` is `agents-a-b-traces`.

    Paths hold names that senders chose, and a header takes no quotes and no line ends.
    """
    return re.sub(r"[^A-Za-z0-9._]+", "-", path).strip("-.")[:_LONGEST_NAME] or "halo"


def _cell(value: object) -> object:
    if isinstance(value, str) and value[:1] in {"=", "+", "-", "@", "\t", "\r"}:
        return "'" + value
    return "" if value is None else value


def site_of(request: HaloRequest) -> Site:
    """The site a request belongs to."""
    return cast("Site", request.app.state.site)
