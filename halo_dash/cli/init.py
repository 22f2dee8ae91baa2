"""`halo init`."""

from __future__ import annotations

from pathlib import Path

import click

from halo_dash.config.template import render
from halo_dash.errors import UsageError

_TRACES = "halo-traces"


@click.command()
@click.option("--project", metavar="NAME", help="Name of the project (default: the folder's name).")
@click.argument("directory", metavar="[DIR]", default=".", type=click.Path(path_type=Path, file_okay=False))
def init(project: str | None, directory: Path) -> None:
    """Write a commented halo.toml and make the trace folder.

    A halo.toml that is already there is left as it is.
    """
    folder = directory.absolute()
    target = folder / "halo.toml"
    name = project if project is not None else folder.name
    if not name.strip() or not name.isprintable():
        raise UsageError(f"{name!r} cannot be a project's name.", hint="Use a text that is not empty.")
    try:
        (folder / _TRACES).mkdir(parents=True, exist_ok=True)
        # What is recorded may be private: it does not belong into version control.
        (folder / _TRACES / ".gitignore").write_text("*\n", encoding="utf-8")
        with target.open("x", encoding="utf-8") as file:
            file.write(render(name))
    except FileExistsError:
        raise UsageError(f"{target} is already there; nothing was changed in it.") from None
    except OSError as problem:
        raise UsageError(f"{folder} cannot be written to: {problem.strerror or problem}.") from problem
    click.echo(f"Wrote {target}.\nTraces of this folder go to {folder / _TRACES}.\nNext: halo serve")
