"""`halo cluster`: list, get."""

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
from halo_dash.cli.table import Column, plain
from halo_dash.web import words
from halo_dash.web.clusters.query import CLUSTER_SORTS, DEFAULT_SORT, LEVELS, ClusterQuery

CLUSTER_COLUMNS = (
    Column("FAILURE", is_flexible=True),
    Column("SEVERITY", rank=3),
    Column("RUNS", align="right"),
    Column("FAILED", align="right"),
    Column("RECOVERED", align="right", rank=1),
    Column("LAST", rank=4),
    Column("WASTED", align="right", rank=5),
    Column("STATE", rank=2),
    Column("NAME"),
)
_QUOTE = 160
"""Characters of a quote; `--json` has all of it."""


@click.group(cls=AliasGroup)
def cluster() -> None:
    """List what fails across runs, and show one failure closely."""


@cluster.command("list")
@click.option(
    "--detail",
    metavar="LEVEL",
    help=f"How finely failures are told apart (default coarse): {', '.join(LEVELS)}.",
)
@click.option("--sort", metavar="KEY", help=f"Order (default {DEFAULT_SORT}): {', '.join(CLUSTER_SORTS)}.")
@json_option
@filter_options
@reader_options
def cluster_list(detail: str | None, as_json: bool, **flags: Any) -> None:
    """List failures over the traces that the filters select, the most frequent first."""
    query = ClusterQuery.parse([*pairs_from(flags), ("detail", detail or "")])
    with open_reader(flags) as reader:
        found = reader.clusters(query)
    echo_list(found, table_of(CLUSTER_COLUMNS, _row), _head(found), as_json=as_json)


@cluster.command()
@click.argument("name")
@json_option
@filter_options
@reader_options
def get(name: str, as_json: bool, **flags: Any) -> None:
    """Show one failure: its figures, runs that show it, and what sets them apart from passing runs.

    NAME is what `halo cluster list` prints in its last column.
    """
    query = ClusterQuery.parse(pairs_from(flags))
    with open_reader(flags) as reader:
        found = reader.cluster(name, query)
    click.echo(json.dumps(found) if as_json else "\n".join(_closely(found)))


def _row(item: Document) -> tuple[str, ...]:
    return (
        item["title"],
        item["severity"],
        words.count(item["runs"]),
        words.count(item["failed_runs"]),
        words.count(item["recovered_runs"]),
        words.when(item["last_ns"], item["last_ns"])[:19],
        _wasted(item),
        _state(item["said"], item["last_ns"]),
        item["name"],
    )


def _head(found: Document) -> str:
    groups = sum(item["runs"] > 1 for item in found["items"])
    return (
        f"{words.plural(found['troubled'], 'run')} failed or had an error inside, in "
        f"{words.plural(groups, 'group')} ({found['covered'] - found['single']:,} covered, "
        f"{found['single']:,} single), of {words.plural(found['traces'], 'trace')}; "
        f"judged {found['judged']:,} of {found['traces']:,}."
    )


def _state(said: Document, last_ns: int) -> str:
    is_back = said["fixed_ns"] is not None and last_ns > said["fixed_ns"]
    fixed = "back" if is_back else "fixed" if said["fixed_ns"] is not None else ""
    return ", ".join(word for word in (fixed, "muted" if said["muted"] else "") if word)


def _wasted(item: Document) -> str:
    waste = item["waste"]
    parts = (
        f"{words.short_count(waste['tokens'])} tok" if waste["tokens"] else "",
        words.usd(waste["cost_usd"]) if waste["cost_usd"] else "",
    )
    return ", ".join(part for part in parts if part)


def _closely(found: Document) -> Iterator[str]:
    """Yield the lines of one failure."""
    head, detail = found["cluster"], found["detail"]
    facts = {
        "failure": head["title"],
        "name": head["name"],
        "rule": head["rule"],
        "cause": head["cause"],
        "about": head["subject"],
        "said": head["said"]["note"],
    }
    if detail is None:
        yield from _facts(facts)
        yield "No run of the selection has it."
        return
    yield from _facts(
        facts
        | {
            "state": _state(head["said"], detail["last_ns"]),
            "runs": f"{detail['runs']:,} of {words.plural(detail['traces'], 'trace')}",
            "failed": f"{detail['failed_runs']:,}, recovered {detail['recovered_runs']:,}",
            "first": words.when(detail["first_ns"], detail["first_ns"])[:19],
            "last": words.when(detail["last_ns"], detail["last_ns"])[:19],
            "wasted": _wasted(detail),
        }
        | {name: _values(values) for name, values in detail["values"].items()}
    )
    for example in detail["examples"]:
        yield from ("", f"{' and '.join(example['why'])}: halo trace get {example['trace_id']}")
        yield from (
            f"  {each['field']}  {plain(each['quote'])[:_QUOTE]}  (span {each['span_id']})"
            for each in example["evidence"]
        )
    if detail["traits"]:
        yield from ("", f"Against {words.plural(detail['references'], 'passing run')} of the same agents:")
        yield from (f"  {_trait(each)}" for each in detail["traits"])


def _facts(facts: Document) -> Iterator[str]:
    yield from (f"{name:<12}{plain(str(value))}" for name, value in facts.items() if value)


def _values(values: list[Document]) -> str:
    return ", ".join(f"{each['value']} ({each['runs']:,})" for each in values)


def _trait(trait: Document) -> str:
    return (
        f"{trait['field']} {plain(trait['value'])}: {trait['with_it']:,} of {trait['runs']:,}, "
        f"passing {trait['others_with']:,} of {trait['others']:,}, p = {trait['p_value']:.2g}"
    )
