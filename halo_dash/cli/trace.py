"""`halo trace`: list, search, get, tail; and `halo list-traces`."""

from __future__ import annotations

import json
from typing import Any

import click

from halo_dash.cli.answer import echo_list, page_words
from halo_dash.cli.filters import filter_options, page_options, query_from
from halo_dash.cli.findings import finding_lines
from halo_dash.cli.found import found_lines, search_notes
from halo_dash.cli.group import AliasGroup
from halo_dash.cli.listing import span_table, summary_lines, trace_table
from halo_dash.cli.options import json_option, store_options
from halo_dash.cli.reader import Document, open_reader, reader_options
from halo_dash.cli.said import said_lines
from halo_dash.cli.table import terminal_width


@click.group(cls=AliasGroup)
def trace() -> None:
    """List, show and follow traces."""


def _list(as_json: bool, **flags: Any) -> None:
    """List traces, newest first."""
    query = query_from(flags)
    with open_reader(flags) as reader:
        page = reader.traces(query)
    echo_list(page, lambda items: trace_table(items, terminal_width()), page_words(page), as_json=as_json)


def _listing(group: click.Group | None, name: str) -> click.Command:
    """Return a listing command; two names lead to the same one."""
    make = click.command(name) if group is None else group.command(name)
    return make(reader_options(filter_options(page_options(json_option(_list)))))


trace_list = _listing(trace, "list")
list_traces = _listing(None, "list-traces")


class _SearchCommand(click.Command):
    """Says how a query that begins with a minus is given, where it was taken for an option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        try:
            return super().parse_args(ctx, args)
        except click.NoSuchOption as problem:
            how = "A query that begins with a minus goes last, behind --: -- '-refund'"
            raise click.UsageError(f"{problem.format_message()}\n{how}", ctx) from problem


@trace.command(cls=_SearchCommand)
@click.argument("query")
@json_option
@page_options
@filter_options
@reader_options
def search(query: str, as_json: bool, **flags: Any) -> None:
    """Find traces by what was said in them, newest first.

    QUERY is what the search field of the dashboard takes: words, "a phrase", -not, OR, begin*, and
    field:value such as status:error, duration:>2s or attr.customer.tier:gold. One that begins with a
    minus goes last, behind --: halo trace search --json -- '-refund'.
    """
    asked = query_from({**flags, "filter_q": " ".join(filter(None, [query, flags.get("filter_q")]))})
    with open_reader(flags) as reader:
        page = reader.traces(asked)
    notes = search_notes(page.get("search") or {})
    echo_list(page, _found, *notes, page_words(page), as_json=as_json)


@trace.command()
@click.argument("trace_id")
@click.option("--thread", is_flag=True, help="Show the conversation instead of the spans.")
@json_option
@reader_options
def get(trace_id: str, thread: bool, as_json: bool, **flags: Any) -> None:
    """Show one trace: its summary, what rules found in it, and the tree of its spans."""
    with open_reader(flags) as reader:
        found = reader.thread(trace_id) if thread else reader.trace(trace_id)
    if as_json:
        click.echo(json.dumps(found))
    elif thread:
        click.echo("\n\n".join(said_lines(item) for item in found["items"]))
    else:
        spans = span_table(found["spans"], terminal_width())
        lines = [*summary_lines(found), "", *finding_lines(found), "", spans]
        click.echo("\n".join(lines))


@trace.command()
@click.option(
    "--last", "-n", metavar="N", default=10, type=click.IntRange(0, 500), help="First show this many (10)."
)
@click.option(
    "--count", metavar="N", type=click.IntRange(1), help="End after this many new or changed traces."
)
@click.option(
    "--interval",
    metavar="SECONDS",
    default=1.0,
    type=click.FloatRange(0.1, 3600),
    help="How often to look (1).",
)
@json_option
@filter_options
@reader_options
def tail(last: int, count: int | None, interval: float, as_json: bool, **flags: Any) -> None:
    """Follow traces as they arrive, until Ctrl-C.

    A trace is shown when it first appears and again when its outcome changes. With --json, one document
    a line.
    """
    from halo_dash.cli.follow import Follower  # only this command waits for anything

    query = query_from(flags)
    with open_reader(flags) as reader:
        Follower(reader, query, as_json=as_json).run(last=last, count=count, interval_s=interval)


def _found(items: list[Document]) -> str:
    return "\n".join(line for item in items for line in found_lines(item))


def _pin(trace_id: str, flags: dict[str, Any], *, is_pinned: bool, as_json: bool) -> None:
    from halo_dash.cli.upkeep import opened

    with opened(flags, to_write=True) as (store, _settings), store.writing() as tx:
        tx.pin(trace_id, is_pinned=is_pinned)
    if as_json:
        click.echo(json.dumps({"trace_id": trace_id, "pinned": is_pinned}))
    else:
        click.echo(
            f"{trace_id} {'stays whatever retention removes' if is_pinned else 'is no longer pinned'}."
        )


@trace.command()
@click.argument("trace_id")
@json_option
@store_options
def pin(trace_id: str, as_json: bool, **flags: Any) -> None:
    """Keep a trace whatever the limits of age and size remove."""
    _pin(trace_id, flags, is_pinned=True, as_json=as_json)


@trace.command()
@click.argument("trace_id")
@json_option
@store_options
def unpin(trace_id: str, as_json: bool, **flags: Any) -> None:
    """Let retention remove a trace again when its time comes."""
    _pin(trace_id, flags, is_pinned=False, as_json=as_json)
