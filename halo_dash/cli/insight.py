"""`halo insight`: list, get."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from halo_dash.cli.answer import echo_list, table_of
from halo_dash.cli.filters import filter_options, pairs_from
from halo_dash.cli.group import AliasGroup
from halo_dash.cli.options import json_option
from halo_dash.cli.reader import Document, open_reader, reader_options
from halo_dash.cli.table import Column, plain, render, terminal_width
from halo_dash.model.filter import Filter
from halo_dash.web import words

INSIGHT_COLUMNS = (
    Column("IMPACT", align="right"),
    Column("INSIGHT", is_flexible=True),
    Column("LIFE"),
    Column("SHARE", align="right"),
    Column("RUNS", align="right", rank=1),
    Column("SEVERITY", rank=2),
    Column("AGENT", rank=3, is_flexible=True),
    Column("NAME"),
)
_RELEASES = (
    Column("RELEASE", is_flexible=True),
    Column("RUNS", align="right"),
    Column("SHARE", align="right"),
    Column("95 %", align="right"),
)
_STRIP = 60
"""Runs that are drawn; `--json` has more."""
_QUOTE = 160
"""Characters of a quote; `--json` has all of it."""


@click.group(cls=AliasGroup)
def insight() -> None:
    """List what goes wrong again and again, and show one closely."""


@insight.command("list")
@json_option
@filter_options
@reader_options
def insight_list(as_json: bool, **flags: Any) -> None:
    """List insights over the traces that the filters select, the greatest impact first."""
    chosen = Filter.parse(pairs_from(flags))
    with open_reader(flags) as reader:
        found = reader.insights(chosen)
    echo_list(found, table_of(INSIGHT_COLUMNS, _row), _head(found), as_json=as_json)


@insight.command()
@click.argument("name")
@json_option
@filter_options
@reader_options
def get(name: str, as_json: bool, **flags: Any) -> None:
    """Show one insight: why it may be so, what to try, how its life goes, runs that show it.

    NAME is what `halo insight list` prints in its last column.
    """
    chosen = Filter.parse(pairs_from(flags))
    with open_reader(flags) as reader:
        found = reader.insight(name, chosen)
    click.echo(json.dumps(found) if as_json else "\n".join(_closely(found)))


def _row(item: Document) -> tuple[str, ...]:
    share = item["share"]
    return (
        f"{item['impact']['value']:.2f}",
        item["title"],
        _life(item["life"]),
        words.percent(share["value"]),
        f"{share['hits']:,} of {share['base']:,}",
        item["impact"]["severity"],
        ", ".join(item["agents"]),
        item["name"],
    )


def _head(found: Document) -> str:
    if not found["is_enough"]:
        return (
            f"{found['judged']:,} of {words.plural(found['least'], 'run')} that it takes are judged. "
            "`halo cluster list` shows what single runs show."
        )
    return (
        f"{words.plural(found['total'], 'insight')}; judged {found['judged']:,} of "
        f"{words.plural(found['traces'], 'run')}."
    )


def _life(life: Document) -> str:
    return f"{life['state']} in {life['version']}" if life["version"] else str(life["state"])


def _closely(found: Document) -> Iterator[str]:
    """Yield the lines of one insight."""
    impact = found["impact"]
    facts = {
        "insight": found["title"],
        "why": found["hypothesis"],
        "try": found["direction"],
        "life": f"{_life(found['life'])}, since {words.when(found['life']['since_ns'], 0)[:19]}",
        "share": f"{_runs(found['share'])}, 95 % interval {_interval(found['share'])}",
        "of agents": _runs(found["agent_share"]) if found["agent_share"] != found["share"] else "",
        "agents": ", ".join(found["agents"]),
        "impact": f"{impact['value']:.2f} = {words.percent(impact['share'])} of the runs x "
        f"{impact['weight']:g} ({impact['severity']}) x (1 + {words.percent(impact['waste_share'])} of their "
        f"{impact['waste_of']} in vain)",
        "check": " ".join([f"--rule {found['rule']}", *(f"--cluster {name}" for name in found["clusters"])]),
    }
    yield from (f"{name:<12}{plain(str(value))}" for name, value in facts.items() if value)
    drawn = "".join("#" if run["has_it"] else "." for run in found["runs"][-_STRIP:])
    yield from ("", f"Newest runs, oldest first (# has it): {drawn}")
    if found["life"]["releases"]:
        rows = [
            (each["version"], _runs(each), words.percent(each["value"]), _interval(each))
            for each in found["life"]["releases"]
        ]
        yield from ("", render(_RELEASES, rows, terminal_width()))
    for example in found["examples"]:
        yield from ("", f"halo trace get {example['trace_id']}", f"  {plain(example['title'])}")
        yield f"  {plain(example['quote'])[:_QUOTE]}  (span {example['span_id']})"


def _runs(share: Document) -> str:
    return f"{share['hits']:,} of {words.plural(share['base'], 'run')}"


def _interval(share: Document) -> str:
    return f"{share['low'] * 100:.0f} to {share['high'] * 100:.0f} %"
