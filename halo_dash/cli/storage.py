"""`halo storage`: looking after what is stored."""

from __future__ import annotations

import click

from halo_dash.cli.group import AliasGroup
from halo_dash.cli.reindex import reindex


@click.group(cls=AliasGroup)
def storage() -> None:
    """Look after the store and its full-text index."""


storage.add_command(reindex)
