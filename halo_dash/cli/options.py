"""Options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from halo_dash.config import Settings, load

Command = TypeVar("Command", bound=Callable[..., Any])


def config_option(command: Command) -> Command:
    """`--config`."""
    option = click.option(
        "--config", metavar="FILE", help="The halo.toml to use, instead of the nearest one."
    )
    return option(command)


def store_options(command: Command) -> Command:
    """`--db`, `--data-dir`, `--storage` and `--config`: where the store is."""
    for option in (
        config_option,
        click.option("--storage", metavar="URL", help="The store as a URL: sqlite:///PATH."),
        click.option("--data-dir", metavar="DIR", help="The folder that holds the store (DIR/halo.db)."),
        click.option("--db", metavar="PATH", help="The store's file."),
    ):
        command = option(command)
    return command


def json_option(command: Command) -> Command:
    """`--json`."""
    option = click.option("--json", "as_json", is_flag=True, help="Print one JSON document and nothing else.")
    return option(command)


def settings_from(**flags: object) -> Settings:
    """Return the settings in effect for a command's flags. Raises UsageError naming every problem."""
    return load(flags)
