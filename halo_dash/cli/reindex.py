"""`halo storage reindex`: make the full-text index anew."""

from __future__ import annotations

import json
import time
from typing import Any

import click

from halo_dash.cli.options import json_option, settings_from, store_options


class IndexProgress:
    """Says on standard error how far indexing is, once it takes longer than a moment."""

    _EVERY_S = 2.0

    def __init__(self) -> None:
        self._next_s = time.monotonic() + self._EVERY_S

    def __call__(self, traces: int) -> None:
        now_s = time.monotonic()
        if now_s >= self._next_s:
            click.echo(f"indexing: {traces:,} traces done", err=True)
            self._next_s = now_s + self._EVERY_S


@click.command()
@json_option
@store_options
def reindex(as_json: bool, **flags: Any) -> None:
    """Make the full-text index anew from the stored traces, also while `halo serve` runs.

    Searches go on in the old index until the new one takes its place. Interrupted, it goes on where it was
    the next time.
    """
    from halo_dash.jobs.indexer import rebuild
    from halo_dash.store import Store

    with Store.open(settings_from(**flags).store_path, mode="ro") as store:
        rebuild(store, IndexProgress())
        stats = store.stats()
    if as_json:
        click.echo(json.dumps({"indexed_spans": stats.indexed_spans, "index_bytes": stats.index_bytes}))
        return
    megabytes = stats.index_bytes / 1e6
    click.echo(f"{stats.indexed_spans or 0:,} spans are indexed; the index takes {megabytes:,.1f} MB.")
