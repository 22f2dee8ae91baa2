"""The command line: one file a command group, loaded when its command is used."""

from __future__ import annotations

import sys


def main() -> None:
    """Run `halo` with the process's own arguments."""
    from halo_dash.cli.root import run  # importing halo_dash.cli stays free of click

    sys.exit(run(sys.argv[1:]))
