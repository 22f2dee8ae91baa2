"""Which form of a page was asked for: a suffix on the path, else the `Accept` header.

`/traces.json?status=error` is `/traces?status=error` as JSON. The suffix is taken off before
routing, so each page has one route and one handler whatever the format.
"""

from __future__ import annotations

from typing import Literal, TypeAlias, cast
from urllib.parse import parse_qsl

from litestar.types import ASGIApp, Receive, Scope, Send

Format: TypeAlias = Literal["html", "json", "csv", "md"]

MEDIA_TYPES: dict[Format, str] = {
    "html": "text/html",
    "json": "application/json",
    "csv": "text/csv",
    "md": "text/markdown",
}

_SUFFIXES: dict[str, Format] = {".json": "json", ".csv": "csv", ".md": "md"}
_KEY = "halo_format"


class SuffixLayer:
    """ASGI: moves a known suffix of the path into the scope."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with the path shortened where it ends in `.json`, `.csv` or `.md`."""
        if cast("str", scope["type"]) == "lifespan":  # Litestar's types leave it out, servers do not
            await self._app(scope, receive, send)
            return
        path = scope["path"]
        stem, dot, ending = path.rpartition(".")
        suffix = _SUFFIXES.get(dot + ending)
        raw = scope.get("raw_path") or path.encode()
        # An id may end like a format: then the dot is escaped. Or in a slash: then that is.
        is_suffix = raw.endswith((dot + ending).encode())
        raw_stem = raw[: -len(dot + ending)]
        if suffix and is_suffix and not raw_stem.endswith(b"/") and not path.startswith("/static/"):
            changed = {**scope, "path": stem, "raw_path": raw_stem, _KEY: suffix}
            scope = cast("Scope", changed)
            path, raw = stem, raw_stem
        if not raw.lower().rpartition(b"/")[2].replace(b"%2f", b"") and not raw.endswith(b"/"):
            # The router takes slashes at the end away: an id of nothing else would be no id.
            scope = cast("Scope", {**scope, "path": f"{path.rstrip('/')}/%2F"})
        await self._app(scope, receive, send)


def requested(scope: Scope) -> Format:
    """The form asked for: the suffix; else JSON where it is accepted or sent and HTML is not; else HTML."""
    suffix = cast("dict[str, object]", scope).get(_KEY)
    if suffix is not None:
        return cast("Format", suffix)
    accept = header(scope, b"accept")
    is_json = "application/json" in accept or header(scope, b"content-type").startswith("application/json")
    if is_json and "text/html" not in accept:
        return "json"
    return "html"


def suffix_of(scope: Scope) -> str:
    """The ending that was taken off the path, with its dot, or an empty string."""
    form = cast("dict[str, object]", scope).get(_KEY)
    return f".{form}" if form else ""


def header(scope: Scope, name: bytes) -> str:
    """One request header by its lower-case name, or an empty string."""
    for key, value in scope["headers"]:
        if key == name:
            return value.decode("latin-1")
    return ""


def query_pairs(scope: Scope) -> list[tuple[str, str]]:
    """The query string in its own order. Browsers escape it; what other programs send as it is, is UTF-8."""
    return parse_qsl(scope["query_string"].decode("utf-8", "replace"), keep_blank_values=True)
