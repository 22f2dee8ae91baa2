"""`halo serve` and `halo demo`."""

from __future__ import annotations

from dataclasses import replace

import click

from halo_dash.cli.options import settings_from, store_options
from halo_dash.errors import UsageError


@click.command()
@click.option("--host", metavar="ADDRESS", help="Address to listen on (default 127.0.0.1).")
@click.option("--port", metavar="N", help="Port of the dashboard (default 4280); 0 takes a free one.")
@click.option(
    "--collector-port", metavar="N", help="Port of the collector (default 4281); 0 takes a free one."
)
@click.option(
    "--watch", metavar="PATH", multiple=True, help="Also read a span file or a folder of them as it grows."
)
@click.option("--otlp-default-ports", is_flag=True, default=None, help="Listen on 4317 and 4318 as well.")
@click.option("--open/--no-open", "open_on_start", default=None, help="Open the dashboard in the browser.")
@click.option("--demo", is_flag=True, default=None, help="Load demo traces when the store is empty.")
@click.option(
    "--log-format",
    type=click.Choice(["text", "json"]),
    help="Print text for people, or one JSON object a line.",
)
@click.option(
    "--quiet", is_flag=True, default=None, help="Print only what goes wrong (and, as JSON, the ready line)."
)
@click.argument("more", metavar="[PATH]...", nargs=-1)
@store_options
def serve(more: tuple[str, ...], watch: tuple[str, ...], **flags: object) -> int:
    """Start the collector and the dashboard.

    Serves until Ctrl-C or SIGTERM, then finishes what was accepted. Further paths after --watch PATH are
    watched as well.
    """
    if more and not watch:
        raise UsageError(f"{more[0]!r} says nothing to halo serve.", hint="Watch a path with --watch PATH.")
    from halo_dash.app.serve import serve as run  # `halo serve --help` needs none of it

    return run(settings_from(watch=(*watch, *more), **flags))


@click.command()
@click.option(
    "--port", metavar="N", default="0", help="Port of the dashboard; a free one is taken by default."
)
@click.option(
    "--collector-port", metavar="N", default="0", help="Port of the collector; a free one by default."
)
@click.option("--open/--no-open", "open_on_start", default=None, help="Open the dashboard in the browser.")
def demo(**flags: object) -> int:
    """Serve with demo traces, kept apart from yours.

    The demo's store is made anew each time, in a temporary folder that is removed at the end.
    """
    import tempfile
    from pathlib import Path

    from halo_dash.app.serve import serve as run

    with tempfile.TemporaryDirectory(prefix="halo-demo-", ignore_cleanup_errors=True) as folder:
        settings = settings_from(**flags)
        return run(replace(settings, demo=True, store_path=Path(folder) / "halo.db"))
