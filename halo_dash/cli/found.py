"""What a search found, as lines: the trace, then where in it the words stand."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

import click

from halo_dash.cli.listing import status_word
from halo_dash.cli.reader import Document
from halo_dash.cli.table import plain
from halo_dash.web import words

_MARK = re.compile(r"</?mark>")


def found_lines(trace: Document) -> Iterator[str]:
    """Yield one line for the trace and one for each of its best matches."""
    started = words.when(trace["start_ns"], trace["start_ns"])[:19]
    yield f"{started}  {status_word(trace)}  {trace['trace_id']}  {plain(trace['name'])}"
    for match in trace.get("matches", ()):
        where = match["span_id"] or "(the trace)"
        yield f"    {match['field']:<12} {where:<16}  {_marked(match['snippet'])}"
    if trace.get("more_hits_inside"):
        yield "    more hits inside"


def search_notes(search: Document) -> Iterator[str]:
    """Yield what a person should know about how the search went."""
    if not search.get("ready", True):
        yield "Nothing is indexed yet. Try again in a moment."
    if search.get("partial"):
        since = f" before {search['back_to']}" if search.get("back_to") else ""
        yield f"The search took too long: traces{since} were not looked at. Search again to go on."
    if search.get("parts_of_words"):
        yield f"No word is exactly {', '.join(search['parts_of_words'])}: found inside of words."
    for note in search.get("notes", ()):
        yield plain(note["message"])
    if search.get("corrected"):
        yield f"Did you mean: {plain(search['corrected'])}"


def _marked(snippet: str) -> str:
    """The snippet as text for a terminal: terms bold where that is shown."""
    parts = _MARK.split(snippet)
    texts = [plain(html.unescape(part)) for part in parts]
    return "".join(click.style(text, bold=True) if number % 2 else text for number, text in enumerate(texts))
