"""`halo storage`: looking after what is stored."""

from __future__ import annotations

import click

from halo_dash.cli.copies import backup, migrate, restore
from halo_dash.cli.group import AliasGroup
from halo_dash.cli.reindex import reindex
from halo_dash.cli.upkeep import check, compact, prune, stats


@click.group(cls=AliasGroup)
def storage() -> None:
    """Look after the store and its full-text index."""


for command in (stats, prune, compact, backup, restore, check, migrate, reindex):
    storage.add_command(command)
