"""`halo compare`: two traces side by side."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import click

from halo_dash.cli.listing import cost, status_word
from halo_dash.cli.options import json_option
from halo_dash.cli.reader import Document, open_reader, reader_options
from halo_dash.cli.table import Column, plain, render, terminal_width
from halo_dash.web import words
from halo_dash.web.compare.address import pasted_id

COLUMNS = (
    Column("ROW", align="right"),
    Column(""),
    Column("KIND", rank=3),
    Column("STEP", is_flexible=True),
    Column("A", align="right", rank=1),
    Column("B", align="right", rank=2),
    Column("DIFFERS IN", is_flexible=True),
)
_SIGNS = {"same": "=", "changed": "*", "only_a": "A", "only_b": "B"}


@click.command()
@click.argument("a")
@click.argument("b")
@click.option("--differences", is_flag=True, help="Show only the steps that differ.")
@json_option
@reader_options
def compare(a: str, b: str, differences: bool, as_json: bool, **flags: Any) -> None:
    """Show two traces side by side, step by step.

    A and B are trace ids, or addresses of traces. Rows are marked = the same, * changed, A or B only there.
    """
    with open_reader(flags) as reader:
        found = reader.comparison(pasted_id(a), pasted_id(b))
    if as_json:
        click.echo(json.dumps(found))
        return
    for side in ("a", "b"):
        click.echo(_head(side.upper(), found[side]))
    click.echo(f"\n{_said(found)}")
    rows = [row for row in found["rows"] if not differences or row["state"] != "same"]
    if rows:
        click.echo("\n" + render(COLUMNS, list(map(_cells, rows)), terminal_width()))
    for note in _notes(found):
        click.echo(note, err=True)


def _head(side: str, trace: Document) -> str:
    parts = (
        trace["trace_id"],
        status_word(trace),
        words.duration(round(trace["duration_ms"] * 1e6)),
        f"{words.count(trace['tokens']['total'])} tokens",
        cost(trace),
        trace["input_preview"] or trace["name"],
    )
    return f"{side}  {plain('  '.join(parts))}"


def _said(found: Document) -> str:
    if not found["rows"]:
        return "There is nothing to compare."
    if not found["shared_steps"]:
        return "They have nothing in common: no step of one stands for a step of the other."
    if not found["differences"]:
        return f"They are the same in all {words.plural(len(found['rows']), 'step')}."
    differing, steps = (
        words.plural(found["differences"], "difference"),
        words.plural(len(found["rows"]), "step"),
    )
    return f"{differing} in {steps}; they part in row {found['first_difference']}."


def _cells(row: Document) -> tuple[str, ...]:
    names = dict.fromkeys(side["label"] for side in (row["a"], row["b"]) if side)
    return (
        str(row["row"]),
        _SIGNS[row["state"]],
        row["kind"],
        "  " * row["depth"] + " -> ".join(names),
        _duration(row["a"]),
        _duration(row["b"]),
        ", ".join(row["differs_in"]),
    )


def _duration(side: Document | None) -> str:
    if side is None:
        return ""
    mark = "failed " if side["status"] == "error" else ""
    milliseconds = side["duration_ms"]
    return mark + words.duration(None if milliseconds is None else round(milliseconds * 1e6))


def _notes(found: Document) -> Iterator[str]:
    if found["aligned_by"] == "occurrence":
        yield "These traces are large: the k-th call of a tool is paired with the k-th of the other."
    if not found["contents_compared"]:
        yield "What was said was not compared: one of them has more than 1,000 spans."
