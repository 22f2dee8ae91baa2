"""Options that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeVar

import click

from halo_dash.config import Settings, load
from halo_dash.errors import UsageError

Command = TypeVar("Command", bound=Callable[..., Any])


class Finite(click.FloatRange):
    """A number in a range, and no other: `nan` passes every comparison that click makes."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """As click's own, which fails where it is no number."""
        found: float = super().convert(value, param, ctx)
        if not math.isfinite(found):
            self.fail(f"{value!r} is no number that can be used.", param, ctx)
        return found


AMOUNT = Finite(min=0, min_open=True)


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


def checked_prompt(prompt: str | None) -> str | None:
    """The question; None: none was given. Raises UsageError for an empty one."""
    if prompt is not None and not prompt.strip():
        raise UsageError(
            "--prompt is empty.", hint="Say what you want to know, or leave it out to ask what goes wrong."
        )
    return prompt


def settings_from(**flags: object) -> Settings:
    """Return the settings in effect for a command's flags. Raises UsageError naming every problem."""
    return load(flags)
