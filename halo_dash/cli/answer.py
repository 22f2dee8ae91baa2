"""What a command that lists answers: one JSON document, or a table with how much of it there is."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

import click

from halo_dash.cli.reader import Document
from halo_dash.cli.table import Column, render, terminal_width


def echo_list(
    found: Document, shown: Callable[[list[Document]], str], *said: str, as_json: bool = False
) -> None:
    """Print a list. What is said about it goes to standard error, so that a pipe has the list alone."""
    if as_json:
        click.echo(json.dumps(found))
        return
    if found["items"]:
        click.echo(shown(found["items"]))
    for line in filter(None, said):
        click.echo(line, err=True)


def table_of(
    columns: Sequence[Column], row: Callable[[Document], tuple[str, ...]]
) -> Callable[[list[Document]], str]:
    """How a list is shown as a table as wide as the terminal."""
    return lambda items: render(columns, [row(item) for item in items], terminal_width())


def page_words(page: Document) -> str:
    """How much of a list a page has, and how to get the next one."""
    more = f" Next page: --cursor {page['next_cursor']}" if page["next_cursor"] else ""
    return f"{len(page['items']):,} of {page['total']:,}.{more}"
