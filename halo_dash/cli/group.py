"""A command group in which every `list` also answers to `ls`."""

from __future__ import annotations

import click

_ALIASES = {"ls": "list"}


class AliasGroup(click.Group):
    """Resolves the aliases; help shows each command once."""

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        return super().get_command(ctx, _ALIASES.get(cmd_name, cmd_name))
