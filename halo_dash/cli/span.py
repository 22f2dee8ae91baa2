"""`halo span`: list and get."""

from __future__ import annotations

import json
from typing import Any

import click

from halo_dash.cli.group import AliasGroup
from halo_dash.cli.listing import cost, span_table
from halo_dash.cli.options import json_option
from halo_dash.cli.reader import Document, open_reader, reader_options
from halo_dash.cli.table import plain, terminal_width
from halo_dash.web import words


@click.group(cls=AliasGroup)
def span() -> None:
    """List and show spans."""


@span.command("list")
@click.option("--trace-id", required=True, metavar="ID", help="The trace whose spans to list.")
@json_option
@reader_options
def list_(trace_id: str, as_json: bool, **flags: Any) -> None:
    """List the spans of a trace, parents before children."""
    with open_reader(flags) as reader:
        spans = reader.trace(trace_id)["spans"]
    if as_json:
        click.echo(json.dumps({"items": spans, "total": len(spans)}))
        return
    click.echo(span_table(spans, terminal_width()))
    click.echo(f"{len(spans):,} of {len(spans):,}.", err=True)


@span.command()
@click.argument("trace_id")
@click.argument("span_id")
@json_option
@reader_options
def get(trace_id: str, span_id: str, as_json: bool, **flags: Any) -> None:
    """Show one span, whole."""
    with open_reader(flags) as reader:
        found = reader.span(trace_id, span_id)
    click.echo(json.dumps(found) if as_json else "\n".join(_lines(found)))


def _lines(found: Document) -> list[str]:
    milliseconds = found["duration_ms"]
    facts = {
        "span": found["span_id"],
        "name": found["name"],
        "kind": found["kind"],
        "status": found["status"],
        "parent": found["parent_span_id"],
        "started": words.when(found["start_ns"], found["start_ns"]).partition(",")[0],
        "duration": words.duration(None if milliseconds is None else round(milliseconds * 1e6)),
        "model": found["model"],
        "tool": found["tool_name"],
        "agent": found["agent_name"],
        "tokens": words.count(found["tokens"]["total"]),
        "cost": cost(found),
    }
    if found["failure"]:
        facts["failure"] = f"{found['failure']['type']}: {found['failure']['message']}"
    lines = [f"{name:<10}{plain(str(value))}" for name, value in facts.items() if value]
    for title in ("input", "output", "attributes", "events", "links"):
        if found.get(title) not in (None, [], {}):
            text = json.dumps(found[title], indent=2, ensure_ascii=False)
            lines += ["", title, *(f"  {plain(line)}" for line in text.splitlines())]
    return lines
