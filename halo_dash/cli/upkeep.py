"""`halo storage stats|prune|compact|check`: how large the store is, and keeping it small and sound."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

import click

from halo_dash.cli.options import json_option, settings_from, store_options
from halo_dash.cli.table import Column, plain, render, terminal_width
from halo_dash.config import Settings
from halo_dash.errors import NotFoundError
from halo_dash.model.upkeep import RereadingProgress, RetentionLimits, UpkeepStep
from halo_dash.web import words

if TYPE_CHECKING:
    from halo_dash.store import Store

_AGE = re.compile(r"(\d+(?:\.\d+)?)\s*(s|m|h|d|w)")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_SIZE = re.compile(r"(?i)(\d+(?:\.\d+)?)\s*(k|m|g|t)?i?b?")
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


class Age(click.ParamType[int]):
    """A length of time, as nanoseconds."""

    name = "age"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """`30d`, `12h`, `90m`."""
        found = _AGE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no age: write 30d, 12h, 90m or 2w.", param, ctx)
        return int(float(found[1]) * _SECONDS[found[2]] * 1e9)


class Size(click.ParamType[int]):
    """A size in bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """`2GB`, `500MB` (powers of 1000), or bytes."""
        found = _SIZE.fullmatch(str(value).strip())
        if found is None:
            self.fail(f"{value!r} is no size: write 2GB or 500MB.", param, ctx)
        return int(float(found[1]) * 1000 ** _POWERS[(found[2] or "").lower()])


@contextmanager
def opened(flags: dict[str, Any], *, to_write: bool) -> Iterator[tuple[Store, Settings]]:
    """Open the store that is there. Raises NotFoundError, StoreError."""
    from halo_dash.semconv.pricing import PriceBook
    from halo_dash.store import Store

    settings = settings_from(**flags)
    if not settings.store_path.exists():
        raise NotFoundError(f"There is no store at {settings.store_path}.", hint="Give its path with --db.")
    mode: Literal["rw", "ro"] = "rw" if to_write else "ro"
    with Store.open(settings.store_path, mode, prices=PriceBook(settings.prices)) as store:
        yield store, settings


@click.command()
@json_option
@store_options
def stats(as_json: bool, **flags: Any) -> None:
    """Show how large the store is and what takes the space."""
    with opened(flags, to_write=False) as (store, settings):
        found, space = store.stats(), store.report()
        version = store.schema_version()
        rereading = store.rereading.progress()
    document = {
        "path": str(settings.store_path),
        "schema_version": version,
        "traces": found.traces,
        "spans": found.spans,
        "oldest_ns": found.oldest_ns,
        "newest_ns": found.newest_ns,
        "total_bytes": space.space.total_bytes,
        **asdict(space.space),
        "limits": {"max_retention_days": settings.max_retention_days, "max_size_gb": settings.max_size_gb},
        "pinned_traces": space.pinned_traces,
        "leftovers": space.leftovers,
        "conversations": space.conversations,
        "conversation_bytes": space.conversation_bytes,
        "rereading": asdict(rereading),
        "parts": [asdict(part) for part in space.parts],
        "days": [asdict(period) for period in space.periods],
        "copies": [{"name": name, "bytes": size} for name, size in space.copies],
    }
    click.echo(json.dumps(document) if as_json else _text(document))


def _text(found: dict[str, Any]) -> str:
    now_ns = time.time_ns()
    limits = found["limits"]
    facts = [
        ("store", f"{found['path']} (version {found['schema_version']})"),
        ("holds", f"{words.plural(found['spans'], 'span')} in {words.plural(found['traces'], 'trace')}"),
        ("from", words.when(found["oldest_ns"], now_ns) if found["oldest_ns"] else words.NONE),
        ("to", words.when(found["newest_ns"], now_ns) if found["newest_ns"] else words.NONE),
        ("on disk", words.size(found["total_bytes"])),
        ("database", f"{words.size(found['database_bytes'])}, of it free: {words.size(found['free_bytes'])}"),
        ("log", words.size(found["log_bytes"])),
        ("index", words.size(found["index_bytes"])),
        ("findings", words.size(found["findings_bytes"])),
        ("limits", f"{limits['max_retention_days'] or 'no'} days, {limits['max_size_gb'] or 'no'} GB"),
        ("pinned", words.plural(found["pinned_traces"], "trace")),
    ]
    if found["conversations"]:
        held = words.plural(found["conversations"], "conversation")
        facts.append(("analysis", f"{held}, {words.size(found['conversation_bytes'])}; kept until deleted"))
    if found["rereading"]["waiting_traces"]:
        facts.append(("to reread", words.rereading(RereadingProgress(**found["rereading"]))))
    facts += [("copy", f"{each['name']}: {words.size(each['bytes'])}") for each in found["copies"]]
    lines = [f"{name:<9} {plain(str(text))}" for name, text in facts]
    parts = [
        (each["name"], words.count(each["rows"]), words.size(each["bytes"]))
        for each in found["parts"]
        if each["rows"]
    ]
    columns = [Column("TABLE"), Column("ROWS", align="right"), Column("ABOUT", align="right")]
    return "\n".join([*lines, "", render(columns, parts, terminal_width())])


@click.command()
@click.option(
    "--older-than", metavar="AGE", type=Age(), help="Remove traces that started longer ago: 30d, 12h."
)
@click.option(
    "--max-size", metavar="SIZE", type=Size(), help="Remove the oldest until the store is no larger: 2GB."
)
@click.option("--dry-run", is_flag=True, help="Only say what would be removed.")
@json_option
@store_options
def prune(older_than: int | None, max_size: int | None, dry_run: bool, as_json: bool, **flags: Any) -> None:
    """Remove old traces and give their space back; pinned traces stay.

    Without --older-than and --max-size the limits of the configuration hold. It may run while halo serves.
    """
    from halo_dash.jobs.upkeep import give_back, work_off

    now_ns = time.time_ns()
    with opened(flags, to_write=not dry_run) as (store, settings):
        limits = RetentionLimits(
            started_before_ns=None if older_than is None else now_ns - older_than, max_bytes=max_size
        )
        if not limits:
            limits = RetentionLimits.configured(settings.max_retention_days, settings.max_size_gb, now_ns)
        before = store.space.measure().total_bytes
        plan = store.retention.plan(limits)
        done = {"traces": plan.traces, "spans": plan.spans}
        if not dry_run:
            stop, done = threading.Event(), {"traces": 0, "spans": 0}

            def heard(step: UpkeepStep) -> None:
                done["traces"] += step.traces
                done["spans"] += step.spans

            work_off(store, store.retention.prune(limits), stop, heard)
            give_back(store, stop, max_bytes=limits.max_bytes, everything=True)
        after = before - plan.bytes if dry_run else store.space.measure().total_bytes
    document = {
        "dry_run": dry_run, **done, "pinned_traces": plan.pinned_traces,
        "annotated_traces": plan.annotated_traces,
        "bytes_before": before, "bytes_after": after,
    }  # fmt: skip
    if as_json:
        click.echo(json.dumps(document))
        return
    what = f"{words.plural(done['traces'], 'trace')} ({words.plural(done['spans'], 'span')})"
    about = "about " if dry_run else ""
    sizes = f"{words.size(before)} before, {about}{words.size(after)} after"
    click.echo(f"{'Would remove' if dry_run else 'Removed'} {what}: {sizes}.")
    if plan.annotated_traces:
        whose = f"{words.plural(plan.annotated_traces, 'annotated trace')} of them"
        click.echo(f"{whose} {'go' if dry_run else 'went'} with what was noted; pin what is to stay.")


@click.command()
@json_option
@store_options
def compact(as_json: bool, **flags: Any) -> None:
    """Sweep up what removed traces left, and give all free space back.

    It may run while halo serves: it works in small steps.
    """
    from halo_dash.jobs.upkeep import give_back, work_off

    with opened(flags, to_write=True) as (store, _settings):
        before = store.space.measure().total_bytes
        stop = threading.Event()
        # No limits: this finishes what a prune that was stopped left behind.
        work_off(store, store.retention.prune(RetentionLimits()), stop)
        work_off(store, store.retention.sweep(time.time_ns()), stop)
        give_back(store, stop, everything=True)
        after = store.space.measure().total_bytes
    if as_json:
        click.echo(json.dumps({"bytes_before": before, "bytes_after": after}))
    else:
        click.echo(f"{words.size(before)} before, {words.size(after)} after.")


@click.command()
@click.option("--full", is_flag=True, help="Also compare every index with its table: slower.")
@click.option(
    "--sample",
    metavar="N",
    default=200,
    type=click.IntRange(0),
    help="Traces to summarise again and compare (200).",
)
@json_option
@store_options
def check(full: bool, sample: int, as_json: bool, **flags: Any) -> int:
    """Check that the store is sound: the file, and that the list says what the spans say.

    Exits with 1 when it is not.
    """
    with opened(flags, to_write=False) as (store, settings):
        problems = store.check(is_full=full, sample=sample)
    if as_json:
        click.echo(json.dumps({"ok": not problems, "problems": list(problems)}))
    elif problems:
        click.echo("\n".join(plain(problem) for problem in problems))
        click.echo("Copy the file away, then `halo storage restore` a backup.", err=True)
    else:
        click.echo(f"{settings.store_path} is sound.")
    return 1 if problems else 0
