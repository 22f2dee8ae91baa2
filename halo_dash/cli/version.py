"""`halo version`."""

from __future__ import annotations

import json
import platform

import click

from halo_dash import __version__
from halo_dash.cli.options import json_option


@click.command()
@json_option
def version(as_json: bool) -> None:
    """Show the versions of halo-dash and what it runs on."""
    facts = {"halo-dash": __version__, "python": platform.python_version(), "sqlite": _sqlite_version()}
    if as_json:
        click.echo(json.dumps(facts))
    else:
        click.echo("\n".join(f"{name} {value}" for name, value in facts.items()))


def _sqlite_version() -> str:
    from halo_dash.store.driver import SQLITE_VERSION  # the drivers load slowly

    return SQLITE_VERSION
