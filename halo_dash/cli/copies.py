"""`halo storage backup|restore|migrate`: copies of the store, and older versions of it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from halo_dash.cli.options import json_option, settings_from, store_options
from halo_dash.cli.upkeep import opened
from halo_dash.errors import UsageError
from halo_dash.web import words

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command()
@click.argument("file", type=_FILE)
@click.option("--force", is_flag=True, help="Replace the file where it is there already.")
@json_option
@store_options
def backup(file: Path, force: bool, as_json: bool, **flags: Any) -> None:
    """Copy the store, as of this moment, to a file, and check the copy.

    It may run while halo serves. The full-text index is left out: it is made again.
    """
    with opened(flags, to_write=False) as (store, settings):
        if file.exists() and (not force or file.samefile(settings.store_path)):
            raise UsageError(f"{file} is there already.", hint="Choose another name, or add --force.")
        store.backup_to(file.absolute())
    size = file.stat().st_size
    if as_json:
        click.echo(json.dumps({"file": str(file), "bytes": size}))
    else:
        click.echo(f"Wrote {file} ({words.size(size)}) and checked it.")


@click.command()
@click.argument("file", type=_FILE)
@json_option
@store_options
def restore(file: Path, as_json: bool, **flags: Any) -> None:
    """Put a backup in the place of the store, which must not be in use.

    The store that was there is kept beside it, under its name with .before-restore.
    """
    from halo_dash.store.copies import restore as put_in_place

    path = settings_from(**flags).store_path
    path.parent.mkdir(parents=True, exist_ok=True)
    kept = put_in_place(file.absolute(), path)
    if as_json:
        click.echo(json.dumps({"store": str(path), "kept": str(kept) if kept else None}))
    else:
        also = f" What was there is kept as {kept}; delete it when it is no longer needed." if kept else ""
        click.echo(f"{path} is now {file}.{also}")


@click.command()
@json_option
@store_options
def migrate(as_json: bool, **flags: Any) -> None:
    """Bring a store of an older version to this one, after a copy of it was made beside it.

    `halo serve` does the same by itself.
    """
    with opened(flags, to_write=True) as (store, settings):
        version, done = store.schema_version(), store.migration
    path = settings.store_path
    if as_json:
        before = {
            "migrated_from": done.from_version if done else None,
            "copy": str(done.copy) if done and done.copy else None,
        }
        click.echo(json.dumps({"store": str(path), "schema_version": version, **before}))
    elif done is None:
        click.echo(f"{path} has version {version}, the newest: nothing was to be done.")
    else:
        kept = f" As it was it is kept as {done.copy}; delete that when it is no longer needed."
        click.echo(f"{path} was migrated from version {done.from_version} to {version}.{kept}")
