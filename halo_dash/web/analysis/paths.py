"""Addresses of the Analysis tab, and of what a report points at."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import quote, urlencode

from halo_dash.model.report import Citation
from halo_dash.web.raw_path import segment

ANALYSIS = "/analysis"
_WORDS = 16
"""Of a quote, as many as are looked for: the first ones find the place."""
_DEEPLINK = 6_000
"""Characters of a prompt in an address that another program opens; longer ones are cut by some systems."""


def conversation_path(conversation_id: str, *rest: str) -> str:
    """`/analysis/{conversation_id}`, or a part of it."""
    return "/".join((ANALYSIS, segment(conversation_id), *rest))


def analysis_address(pairs: Iterable[tuple[str, str]] = ()) -> str:
    """The page where an analysis is asked for, with these filters."""
    text = urlencode(list(pairs))
    return ANALYSIS + (f"?{text}" if text else "")


def traces_address(pairs: Iterable[tuple[str, str]] = ()) -> str:
    """The list of the traces that these filters select."""
    text = urlencode(list(pairs))
    return "/traces" + (f"?{text}" if text else "")


def citation_address(citation: Citation) -> str:
    """The trace, opened at the span, with the quote looked for and marked."""
    query = {"span": citation.span_id}
    if words := re.findall(r"\w+", citation.quote)[:_WORDS]:
        query["find"] = f'"{" ".join(words)}"'
    return f"/traces/{segment(citation.trace_id)}?{urlencode({k: v for k, v in query.items() if v})}"


def cursor_address(brief: str) -> str:
    """Opens Cursor with the brief as a prompt; empty where it is too long for an address.

    The form is Cursor's: https://docs.cursor.com/deeplinks.
    """
    address = f"cursor://anysphere.cursor-deeplink/prompt?text={quote(brief, safe='')}"
    return address if len(address) <= _DEEPLINK else ""
