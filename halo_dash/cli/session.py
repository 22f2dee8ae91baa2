"""`halo session`: list, get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from halo_dash.cli.answer import echo_list, page_words, table_of
from halo_dash.cli.filters import filter_options, pairs_from
from halo_dash.cli.group import AliasGroup
from halo_dash.cli.listing import cost, status_word
from halo_dash.cli.options import json_option
from halo_dash.cli.reader import Document, open_reader, reader_options
from halo_dash.cli.said import said_lines
from halo_dash.cli.table import Column, plain
from halo_dash.model.figures import DEFAULT_GROUP_SORT, GROUP_SORTS
from halo_dash.model.filter_fields import DEFAULT_LIMIT, MAX_LIMIT
from halo_dash.model.group_query import parse_group_query
from halo_dash.web import words

SESSION_COLUMNS = (
    Column("LAST"),
    Column("SESSION ID"),
    Column("TURNS", align="right"),
    Column("FAILED", align="right", rank=1),
    Column("ACTIVE", align="right", rank=4),
    Column("TOKENS", align="right", rank=2),
    Column("COST", align="right", rank=5),
    Column("USER", rank=6, is_flexible=True),
    Column("AGENTS", rank=7, is_flexible=True),
    Column("FIRST INPUT", rank=3, is_flexible=True),
)


@click.group(cls=AliasGroup)
def session() -> None:
    """List sessions, and show one as a thread."""


@session.command("list")
@json_option
@click.option(
    "--sort", metavar="KEY", help=f"Order (default {DEFAULT_GROUP_SORT}): {', '.join(GROUP_SORTS)}."
)
@click.option("--limit", metavar="N", help=f"Sessions a page (default {DEFAULT_LIMIT}, at most {MAX_LIMIT}).")
@click.option("--cursor", metavar="CURSOR", help="Where the page before ended (its next_cursor).")
@filter_options
@reader_options
def list_(as_json: bool, **flags: Any) -> None:
    """List sessions with a trace that the filters select, the one with the latest activity first."""
    query = parse_group_query(pairs_from(flags))
    with open_reader(flags) as reader:
        page = reader.sessions(query)
    echo_list(page, table_of(SESSION_COLUMNS, _row), page_words(page), as_json=as_json)


@session.command()
@click.argument("session_id")
@click.option("--thread", is_flag=True, help="With --json: the conversation instead of figures and traces.")
@json_option
@reader_options
def get(session_id: str, thread: bool, as_json: bool, **flags: Any) -> None:
    """Show one session: its figures, and what was said turn by turn, each thing once."""
    with open_reader(flags) as reader:
        if as_json:
            found = reader.session_thread(session_id) if thread else reader.session(session_id)
            click.echo(json.dumps(found))
            return
        whole, said = reader.session(session_id), reader.session_thread(session_id)
    click.echo("\n".join(_lines(whole, said["items"])))


def _row(item: Document) -> tuple[str, ...]:
    return (
        words.when(item["last_ns"], item["last_ns"])[:19],
        item["session_id"],
        words.count(item["trace_count"]),
        words.count(item["failed"]),
        _duration(item["active_ms"]),
        words.count(item["tokens"]["total"]),
        cost(item),
        ", ".join(item["users"]),
        ", ".join(item["agents"]),
        item["first_input"] or "",
    )


def _lines(whole: Document, items: list[Document]) -> Iterator[str]:
    facts = {
        "session": whole["session_id"],
        "turns": words.count(whole["trace_count"]),
        "failed": words.count(whole["failed"]) if whole["failed"] else None,
        "started": words.when(whole["first_ns"], whole["first_ns"]).partition(",")[0],
        "active": f"{_duration(whole['active_ms'])} of {_duration(whole['duration_ms'])}",
        "users": ", ".join(whole["users"]),
        "agents": ", ".join(whole["agents"]),
        "environment": whole["environment"],
        "tokens": words.count(whole["tokens"]["total"]),
        "cost": cost(whole),
    }
    yield from (f"{name:<12}{plain(str(value))}" for name, value in facts.items() if value)
    said: dict[str, list[Document]] = {}
    for item in items:
        said.setdefault(item["trace_id"], []).append(item)
    for trace in whole["traces"]:
        yield ""
        yield _turn_head(trace)
        for item in said.get(trace["trace_id"], []):
            yield from ("", said_lines(item))
        yield from _ending(trace, has_thread=trace["trace_id"] in said)


def _turn_head(trace: Document) -> str:
    started = words.when(trace["start_ns"], trace["start_ns"])[:19]
    tokens = trace["tokens"]["total"]
    said = [started, status_word(trace), _duration(trace["duration_ms"])]
    said += [f"{words.count(tokens)} tok"] if tokens is not None else []
    return f"--- turn {trace['turn']} · {' · '.join(said)} · {plain(trace['trace_id'])}"


def _ending(trace: Document, *, has_thread: bool) -> Iterator[str]:
    if not has_thread and (trace["input_preview"] or trace["output_preview"]):
        yield ""
        yield plain(f"{trace['input_preview'] or ''} -> {trace['output_preview'] or ''}")
    failure = trace.get("failure")
    if trace["status"] == "error":
        why = ": ".join(part for part in (failure["type"], failure["message"]) if part) if failure else ""
        yield from ("", f"failed: {plain(why)}" if why else "failed")


def _duration(milliseconds: float | None) -> str:
    return words.duration(None if milliseconds is None else round(milliseconds * 1e6))
