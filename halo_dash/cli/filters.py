"""The filters of the trace list as flags, made from the same table as the page's URL."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import click

from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import DEFAULT_LIMIT, DEFAULT_SORT, FIELDS, MAX_LIMIT, SORTS

Command = TypeVar("Command", bound=Callable[..., Any])
_PREFIX = "filter_"
"""Keeps the filters apart from a command's own parameters (and `from` is no name in Python)."""


def filter_options(command: Command) -> Command:
    """Add one flag for every filter."""
    return filters_without()(command)


def filters_without(*names: str) -> Callable[[Command], Command]:
    """Add one flag for every filter but these, whose names a command has for something else."""

    def add(command: Command) -> Command:
        return _with_flags(command, names)

    return add


def _with_flags(command: Command, left_out: tuple[str, ...]) -> Command:
    for field in reversed([each for each in FIELDS if each.name not in left_out]):
        note = " Repeat for any of several." if field.is_repeatable else ""
        option = click.option(
            f"--{field.name.replace('_', '-')}",
            f"{_PREFIX}{field.name}",
            metavar=field.metavar if len(field.metavar) < 30 else "VALUE",
            multiple=field.is_repeatable,
            help=_help(field.help, field.choices if len(field.metavar) >= 30 else (), note),
        )
        command = option(command)
    return command


def page_options(command: Command) -> Command:
    """Add `--sort`, `--limit` and `--cursor`."""
    for option in (
        click.option("--cursor", metavar="CURSOR", help="Where the page before ended (its next_cursor)."),
        click.option(
            "--limit", metavar="N", help=f"Traces a page (default {DEFAULT_LIMIT}, at most {MAX_LIMIT})."
        ),
        click.option("--sort", metavar="KEY", help=f"Order (default {DEFAULT_SORT}): {', '.join(SORTS)}."),
    ):
        command = option(command)
    return command


def query_from(flags: Mapping[str, object]) -> ListQuery:
    """Return the query that a command's flags ask for. Raises UsageError naming every problem."""
    return ListQuery.parse(pairs_from(flags))


def pairs_from(flags: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return what was given as the pairs of a query string."""
    pairs: list[tuple[str, str]] = []
    for name, value in flags.items():
        key = name.removeprefix(_PREFIX)
        if key == name and name not in {"sort", "limit", "cursor"}:
            continue
        values = value if isinstance(value, tuple) else (value,)
        pairs += [(key, str(each)) for each in values if each is not None]
    return pairs


def _help(text: str, choices: tuple[str, ...], note: str) -> str:
    listed = f" One of: {', '.join(choices)}." if choices else ""
    return f"{text}{listed}{note}"
