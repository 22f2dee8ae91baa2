"""`halo annotate`: note, verdict and tags on a trace, a span or a session."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import click

from halo_dash.cli.options import json_option
from halo_dash.cli.reader import Document, open_reader, reader_options
from halo_dash.cli.table import plain
from halo_dash.errors import UsageError
from halo_dash.model.annotation import NO_VERDICT, VERDICTS, AnnotationChange, Target
from halo_dash.web import words

Command = TypeVar("Command", bound=Callable[..., Any])


@click.group()
def annotate() -> None:
    """Note, judge and tag a trace, a span or a session."""


def _change_options(command: Command) -> Command:
    for option in (
        click.option("--untag", metavar="TAG", multiple=True, help="Take this tag away; may be repeated."),
        click.option("--tag", metavar="TAG", multiple=True, help="Add this tag; may be repeated."),
        click.option(
            "--verdict",
            type=click.Choice([*VERDICTS, NO_VERDICT]),
            help="Say that it is good or bad; none takes it back.",
        ),
        click.option(
            "--note-id",
            metavar="ID",
            help="Change this note instead of adding one; an empty --note removes it.",
        ),
        click.option("--note", metavar="TEXT", help="Add a note."),
    ):
        command = option(command)
    return command


@annotate.command()
@click.argument("trace_id")
@_change_options
@json_option
@reader_options
def trace(trace_id: str, as_json: bool, **flags: Any) -> None:
    """Annotate a trace."""
    _annotate(Target(trace_id), flags, as_json=as_json)


@annotate.command()
@click.argument("trace_id")
@click.argument("span_id")
@_change_options
@json_option
@reader_options
def span(trace_id: str, span_id: str, as_json: bool, **flags: Any) -> None:
    """Annotate one span of a trace."""
    _annotate(Target(trace_id, span_id), flags, as_json=as_json)


@annotate.command()
@click.argument("session_id")
@_change_options
@json_option
@reader_options
def session(session_id: str, as_json: bool, **flags: Any) -> None:
    """Annotate a session: it counts for all of its traces, also those that come later."""
    _annotate(Target(session_id=session_id), flags, as_json=as_json)


def _annotate(target: Target, flags: dict[str, Any], *, as_json: bool) -> None:
    wanted = AnnotationChange.read(
        verdict=flags.pop("verdict"),
        tags=flags.pop("tag"),
        untag=flags.pop("untag"),
        note=flags.pop("note"),
        note_id=flags.pop("note_id"),
    )
    if not wanted:
        raise UsageError("Nothing is to be changed.", hint="Give --note, --verdict, --tag or --untag.")
    with open_reader(flags) as reader:
        found = reader.annotate(target, wanted)
    click.echo(json.dumps(found) if as_json else _said(target, found["annotations"]))


def _said(target: Target, held: Document) -> str:
    """Return what is said now: the marks on a line, then each note with its id."""
    name = target.session_id or target.span_id or target.trace_id
    marks = [*([held["verdict"]] if held["verdict"] else []), *held["tags"]]
    if held["notes"]:
        marks.append(words.plural(len(held["notes"]), "note"))
    lines = [f"{target.noun} {plain(name)}: {plain(' · '.join(marks)) or 'nothing is said about it'}"]
    for note in held["notes"]:
        lines += [
            f"  {note['id']}  {note['created']}",
            *(f"    {plain(line)}" for line in note["text"].splitlines()),
        ]
    return "\n".join(lines)
