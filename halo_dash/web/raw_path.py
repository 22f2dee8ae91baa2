"""Addresses that hold a text of any kind: `/sessions/{id}`, where the id may hold slashes, dots, anything.

A server decodes the path before routing, so that an escaped slash looks like one between two segments.
The path as it was sent still tells them apart.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote, unquote, urlencode

if TYPE_CHECKING:  # the command line writes addresses too, and has no use for a server
    from litestar.types import Scope


def segment(text: str) -> str:
    """The text as one segment of a path; also its dots are escaped where it might end like a format."""
    escaped = quote(text, safe="")
    stem, dot, ending = escaped.rpartition(".")
    return f"{stem}%2E{ending}" if dot else escaped


def with_query(path: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The path with a query, where there is anything to say in it."""
    text = urlencode(list(pairs))
    return f"{path}?{text}" if text else path


def segments(scope: Scope, prefix: str) -> tuple[str, ...]:
    """The segments behind `prefix` (`/sessions`) as they were sent, each decoded."""
    raw = (scope.get("raw_path") or quote(scope["path"]).encode()).decode("latin-1")
    rest = raw.partition("?")[0].removeprefix(prefix).removeprefix("/")
    return tuple(unquote(each) for each in rest.split("/"))
