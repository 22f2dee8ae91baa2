"""`halo agent`: list, get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from halo_dash.cli.answer import echo_list, table_of
from halo_dash.cli.filters import filter_options, pairs_from
from halo_dash.cli.group import AliasGroup
from halo_dash.cli.listing import cost
from halo_dash.cli.options import json_option
from halo_dash.cli.reader import Document, open_reader, reader_options
from halo_dash.cli.table import Column, plain, render, terminal_width
from halo_dash.web import words
from halo_dash.web.agents.query import AGENT_SORTS, DEFAULT_SORT, AgentQuery
from halo_dash.web.agents.sums import share

_FIGURES = (
    Column("RUNS", align="right"),
    Column("FAILED", align="right"),
    Column("P50", align="right", rank=4),
    Column("P95", align="right", rank=1),
    Column("TOKENS", align="right", rank=2),
    Column("COST", align="right", rank=3),
)
AGENT_COLUMNS = (
    Column("AGENT", is_flexible=True),
    *_FIGURES,
    Column("LAST RUN", rank=5),
    Column("VERSION", rank=6, is_flexible=True),
    Column("FRAMEWORK", rank=7, is_flexible=True),
    Column("ID", rank=8, is_flexible=True),
)
_STEPS = (
    Column("STEP", is_flexible=True),
    Column("KIND", rank=3),
    Column("CALLS", align="right"),
    Column("ERRORS", align="right"),
    Column("IN ALL", align="right", rank=1),
    Column("P95", align="right", rank=2),
)
_SHOWN = 8
"""Rows of a table; `--json` has all."""


@click.group(cls=AliasGroup)
def agent() -> None:
    """List agents, and show how one is doing."""


@agent.command("list")
@click.option("--find", metavar="TEXT", help="A part of a name or an id.")
@click.option("--sort", metavar="KEY", help=f"Order (default {DEFAULT_SORT}): {', '.join(AGENT_SORTS)}.")
@json_option
@filter_options
@reader_options
def agent_list(find: str | None, as_json: bool, **flags: Any) -> None:
    """List agents with their figures over the traces that the filters select."""
    query = AgentQuery.parse([*pairs_from(flags), ("find", find or "")])
    with open_reader(flags) as reader:
        found = reader.agents(query)
    echo_list(
        found,
        table_of(AGENT_COLUMNS, _agent_row),
        f"{words.plural(found['total'], 'agent')}.",
        as_json=as_json,
    )


@agent.command()
@click.argument("key")
@json_option
@filter_options
@reader_options
def get(key: str, as_json: bool, **flags: Any) -> None:
    """Show one agent: its figures, by model, tool and version, and where its time goes.

    KEY is the agent's id; for one that has none, its name.
    """
    query = AgentQuery.parse(pairs_from(flags))
    with open_reader(flags) as reader:
        found = reader.agent(key, query)
    click.echo(json.dumps(found) if as_json else "\n".join(_overview(found)))


def _agent_row(item: Document) -> tuple[str, ...]:
    return (
        item["agent_name"],
        *_figures(item["figures"]),
        words.when(item["last_seen_ns"], item["last_seen_ns"])[:19],
        item["version"] or "",
        item["framework"] or "",
        item["agent_id"] or "",
    )


def _figures(figures: Document) -> tuple[str, ...]:
    """Return the cells of _FIGURES."""
    failed = figures["failed"]
    return (
        words.count(figures["runs"]),
        f"{failed:,} ({share(figures['error_rate'])})" if failed else "0",
        _duration(figures["duration_ms"]["p50"]),
        _duration(figures["duration_ms"]["p95"]),
        words.short_count(figures["tokens"]["total"]),
        cost(figures),
    )


def _overview(found: Document) -> Iterator[str]:
    """Yield the lines of one agent."""
    who = found["agent"]
    facts = {
        "agent": who["agent_name"],
        "id": who["agent_id"],
        "also called": ", ".join(who["other_names"]),
        "role": who["role"],
        "version": who["version"],
        "framework": who["framework"],
        "first run": words.when(who["first_seen_ns"], who["first_seen_ns"])[:19],
        "last run": words.when(who["last_seen_ns"], who["last_seen_ns"])[:19],
    }
    yield from (f"{name:<12}{plain(str(value))}" for name, value in facts.items() if value)
    width = terminal_width()
    periods = [("selection", found["figures"])]
    if found["before"] is not None:
        periods.append(("before", found["before"]))
    yield ""
    rows = [(name, *_figures(figures)) for name, figures in periods]
    yield render((Column(""), *_FIGURES), rows, width)
    for name, groups in found["groups"].items():
        if groups:
            yield ""
            head = Column(name.upper(), is_flexible=True)
            rows = [(group["value"], *_figures(group["figures"])) for group in groups[:_SHOWN]]
            yield render((head, *_FIGURES), rows, width)
    for title, steps in (("Where the time goes", found["steps"]), ("Failing tools", found["failing_tools"])):
        if steps:
            yield from ("", f"{title}:", render(_STEPS, [_step_row(step) for step in steps[:_SHOWN]], width))


def _step_row(step: Document) -> tuple[str, ...]:
    return (
        step["label"],
        step["kind"],
        words.count(step["calls"]),
        words.count(step["errors"]),
        _duration(step["total_ms"]),
        _duration(step["duration_ms"]["p95"]),
    )


def _duration(milliseconds: float | None) -> str:
    return words.duration(None if milliseconds is None else round(milliseconds * 1e6))
