"""`halo trace tail`: what is new, again and again."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import click

from halo_dash.cli.listing import TRACE_COLUMNS, status_word, trace_row
from halo_dash.cli.reader import Document, Reader
from halo_dash.cli.table import cell, cut, plain, terminal_width
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import MAX_LIMIT

_WIDTHS = (19, 10, 32, 28, 18, 9, 6, 8, 10, 60)
"""A table that grows line by line cannot wait for its widest cell."""


class Follower:
    """Remembers what it has shown, and shows the rest."""

    def __init__(self, reader: Reader, query: ListQuery, *, as_json: bool) -> None:
        self._reader = reader
        self._query = replace(query, limit=MAX_LIMIT)
        self._as_json = as_json
        self._shown: dict[str, str] = {}

    def run(self, *, last: int, count: int | None, interval_s: float) -> None:
        """Show the `last` traces, then every change until `count` of them were shown."""
        first = self._changed()
        if not self._as_json:
            click.echo(_line([column.title for column in TRACE_COLUMNS]))
        self._show(first[-last:] if last else [])
        left = count
        while left is None or left > 0:
            time.sleep(interval_s)
            news = self._changed()
            self._show(news if left is None else news[:left])
            left = None if left is None else left - len(news)

    def _changed(self) -> list[Document]:
        """Return traces that are new or ended differently, oldest first."""
        found: list[Document] = []
        query = self._query
        while True:
            page = self._reader.traces(query)
            fresh = [item for item in page["items"] if self._shown.get(item["trace_id"]) != status_word(item)]
            found += fresh
            # Newest first: once a whole page is known, so is everything older (but for rare late changes).
            is_first_look = not self._shown
            if is_first_look or len(fresh) < MAX_LIMIT or not page["next_cursor"]:
                break
            query = replace(query, cursor=page["next_cursor"])
        self._shown.update({item["trace_id"]: status_word(item) for item in found})
        return found[::-1]

    def _show(self, items: list[Document]) -> None:
        for item in items:
            click.echo(json.dumps(item) if self._as_json else _line(trace_row(item)))


def _line(cells: tuple[str, ...] | list[str]) -> str:
    parts = [
        cell(column, plain(text), size)
        for column, text, size in zip(TRACE_COLUMNS, cells, _WIDTHS, strict=True)
    ]
    line = "  ".join(parts).rstrip()
    width = terminal_width()
    return line if width is None else cut(line, width)
