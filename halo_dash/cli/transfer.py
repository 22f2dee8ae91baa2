"""`halo export` and `halo import`."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from halo_dash.cli.filters import filter_options, pairs_from, query_from
from halo_dash.cli.options import json_option, settings_from, store_options
from halo_dash.config import Settings
from halo_dash.errors import NotFoundError, UsageError
from halo_dash.model.filter import ListQuery
from halo_dash.model.filter_fields import MAX_LIMIT
from halo_dash.web import words

if TYPE_CHECKING:
    from halo_dash.store import Store
    from halo_dash.transfer.importing import ImportReport

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("more_ids", metavar="[ID]...", nargs=-1)
@click.option("--trace-id", metavar="ID", multiple=True, help="A trace to export; further ids may follow it.")
@click.option(
    "--output", "-o", metavar="FILE", required=True, type=_FILE, help="The file to write; - is stdout."
)
@click.option(
    "--format", "form", type=click.Choice(["snapshot"]), default="snapshot", help="What to write (snapshot)."
)
@json_option
@filter_options
@store_options
def export(
    trace_id: tuple[str, ...], more_ids: tuple[str, ...], output: Path, form: str, as_json: bool, **flags: Any
) -> None:
    """Write traces to a file that `halo import` reads back without loss.

    Name traces with --trace-id, or select them with filters.
    """
    from halo_dash.store import Store  # loads SQLite
    from halo_dash.transfer.exporting import export_snapshot, export_snapshot_file

    query = query_from(flags)
    has_filters = bool(pairs_from(flags))
    wanted = [*trace_id, *more_ids]
    if wanted and has_filters:
        raise UsageError("Use either --trace-id or filters, not both.")
    if not wanted and not has_filters:
        raise UsageError(
            "Nothing was selected.",
            hint="Give --trace-id ID, or a filter such as --range 1d (or --range all).",
        )
    with Store.open(_settings(flags).store_path, mode="ro") as store:
        ids = wanted or _selected(store, query)
        if str(output) == "-":
            export_snapshot(store, ids, sys.stdout.buffer)
            return
        summary = export_snapshot_file(store, ids, output)
    facts = {"file": str(output), "format": form, **asdict(summary)}
    click.echo(json.dumps(facts) if as_json else f"Wrote {words.plural(len(ids), 'trace')} to {output}.")


@click.command("import")
@click.argument("more_files", metavar="[FILE]...", nargs=-1, type=_FILE)
@click.option(
    "--file", "files", metavar="FILE", multiple=True, type=_FILE, help="A file to read; others may follow it."
)
@click.option(
    "--skip-bad-lines", is_flag=True, help="Leave out what cannot be read instead of refusing the file."
)
@json_option
@store_options
def import_(
    files: tuple[Path, ...], more_files: tuple[Path, ...], skip_bad_lines: bool, as_json: bool, **flags: Any
) -> None:
    """Read traces from files: snapshots, OTLP JSON or protobuf, HALO JSONL, each also as .gz.

    What kind of file it is shows in its content. Importing a file twice changes nothing.
    """
    from halo_dash.ingest import Ingest  # loads SQLite
    from halo_dash.semconv.pricing import PriceBook
    from halo_dash.store import Store
    from halo_dash.transfer.importing import import_file

    named = (*files, *more_files)
    if not named:
        raise UsageError("There is no file to read.", hint="Name one: halo import --file FILE")
    settings = _settings(flags)
    path = settings.store_path
    path.parent.mkdir(parents=True, exist_ok=True)
    reports: list[ImportReport] = []
    prices = PriceBook(settings.prices)
    with Store.open(path, mode="rw", prices=prices) as store, Ingest(store) as ingest:
        for file in named:
            report = import_file(ingest, file, skip_bad=skip_bad_lines)
            reports.append(report)
            if not as_json:
                _report(report)  # at once: a later file that is refused takes nothing of this one back
    if as_json:
        click.echo(json.dumps({"files": [_document(report) for report in reports]}))


def _report(report: ImportReport) -> None:
    click.echo(_said(report))
    for part in report.skipped:
        click.echo(f"  left out {part}", err=True)
    for warning in report.warnings:
        click.echo(f"  {warning}", err=True)


def _settings(flags: dict[str, Any]) -> Settings:
    return settings_from(**{name: flags.get(name) for name in ("db", "data_dir", "storage", "config")})


def _selected(store: Store, query: ListQuery) -> list[str]:
    """Return the ids of every trace the query selects, whatever its page."""
    query = replace(query, limit=MAX_LIMIT)
    found: list[str] = []
    now_ns = time.time_ns()
    while True:
        page = store.traces.page(query, now_ns=now_ns, facets=False)
        found += [row.summary.trace_id for row in page.items]
        if page.next_cursor is None:
            break
        query = query.at(page.next_cursor)
    if not found:
        raise NotFoundError("No trace matches these filters; nothing was written.")
    return found


def _document(report: ImportReport) -> dict[str, object]:
    return {
        **asdict(report),
        "skipped": [{"where": part.where, "reason": part.reason} for part in report.skipped],
    }


def _said(report: ImportReport) -> str:
    new = f"{report.inserted:,} new" + (f", {report.updated:,} completed" if report.updated else "")
    known = f", {report.duplicates:,} already there" if report.duplicates else ""
    what = f"{words.plural(report.spans, 'span')} in {words.plural(len(report.traces), 'trace')}"
    said = f" and {words.plural(report.annotations, 'annotation')}" if report.annotations else ""
    return f"{report.name}: {report.title}, {what} ({new}{known}){said}."
