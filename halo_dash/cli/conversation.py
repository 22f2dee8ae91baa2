"""`halo conversation` (`conv`): list, get, ask."""

from __future__ import annotations

import json
from typing import Any

import click

from halo_dash.cli.analyses import open_analyses
from halo_dash.cli.answer import echo_list, table_of
from halo_dash.cli.group import AliasGroup
from halo_dash.cli.options import json_option
from halo_dash.cli.reader import Document, reader_options
from halo_dash.cli.table import Column, plain
from halo_dash.errors import NotFoundError
from halo_dash.model.twin.prose import conversation_prose

CONVERSATION_COLUMNS = (
    Column("CHANGED"),
    Column("STATE"),
    Column("TITLE", is_flexible=True),
    Column("RUNS", align="right", rank=1),
    Column("CONVERSATION"),
)


@click.group(cls=AliasGroup)
def conversation() -> None:
    """Read reports, and ask on."""


@conversation.command("list")
@click.option("--limit", type=click.IntRange(1, 500), default=50, show_default=True, help="How many.")
@json_option
@reader_options
def conversation_list(limit: int, as_json: bool, **flags: Any) -> None:
    """List conversations, the last changed first."""
    with open_analyses(flags) as (analyses, _):
        found = analyses.conversations(limit)
    nothing = "There is no conversation yet: `halo run create -p QUESTION` begins one."
    said = "" if found["items"] else nothing
    echo_list(found, table_of(CONVERSATION_COLUMNS, _row), said, as_json=as_json)


@conversation.command()
@click.argument("conversation_id")
@click.option("--brief", metavar="N", help="Only the brief of finding N, to hand to a coding agent.")
@json_option
@reader_options
def get(conversation_id: str, brief: str | None, as_json: bool, **flags: Any) -> None:
    """Print a report and what was asked after it, as Markdown."""
    with open_analyses(flags) as (analyses, _):
        found = analyses.conversation(conversation_id)
    if brief is not None:
        click.echo(_brief(found, brief))
    elif as_json:
        click.echo(json.dumps(found))
    else:
        click.echo(_prose(found))


@conversation.command()
@click.argument("conversation_id")
@click.argument("prompt")
@json_option
@reader_options
def ask(conversation_id: str, prompt: str, as_json: bool, **flags: Any) -> None:
    """Ask on: the same traces, with all that was read and computed before."""
    with open_analyses(flags) as (analyses, _):
        made = analyses.ask(conversation_id, prompt)
    if as_json:
        click.echo(json.dumps(made))
        return
    click.echo(f"run           {made['run_id']}")
    click.echo(f"`halo run poll {made['run_id']}` waits for it.", err=True)


def _row(found: Document) -> tuple[str, ...]:
    return (
        found["updated"][:19].replace("T", " "),
        found["runs"][-1]["state"],
        plain(found["title"]),
        str(len(found["runs"])),
        found["conversation_id"],
    )


def _brief(found: Document, number: str) -> str:
    """The brief of a finding of the newest report that has one of that number."""
    for message in reversed(found["messages"]):
        for each in (message["report"] or {}).get("findings", ()):
            if each["finding_id"] == number and each["brief"]:
                return str(each["brief"])
    raise NotFoundError(
        f"Conversation {found['conversation_id']} has no finding {number[:20]!r} with a brief.",
        hint=f"`halo conversation get {found['conversation_id']}` shows its findings.",
    )


def _prose(found: Document) -> str:
    """What the page's Markdown has."""
    prose = conversation_prose((each["role"], each["content"]) for each in found["messages"])
    return prose or f"Nothing was found yet: its run is {found['runs'][-1]['state']}."
