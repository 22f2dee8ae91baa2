"""`halo check`: trace files against a committed baseline."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from halo_dash.cli.options import config_option, settings_from
from halo_dash.cli.rule import usable_rules
from halo_dash.cli.table import plain
from halo_dash.errors import InvalidInputError, UsageError
from halo_dash.model.finding import Severity
from halo_dash.web import words

if TYPE_CHECKING:
    from halo_dash.check.baseline import Baseline
    from halo_dash.check.comparing import Change, Comparison
    from halo_dash.check.gathering import Gathered
    from halo_dash.plugins import Rule

_SHOWN = 20
"""Clusters of each kind that the terminal shows; the reports have all."""
_QUOTED = 200
FAIL_ON: tuple[Severity, ...] = ("high", "medium", "low")
_REPORTS = ("junit", "sarif", "markdown", "snapshot")
_OUT = click.Path(path_type=Path, dir_okay=False)
_IN = click.Path(path_type=Path, exists=True, dir_okay=False)


@click.command()
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=_IN)
@click.option(
    "--baseline",
    metavar="FILE",
    required=True,
    type=_OUT,
    help="What is known to go wrong; commit this file.",
)
@click.option("--update", is_flag=True, help="Record this run in the baseline, and accept what it has.")
@click.option(
    "--fail-on",
    type=click.Choice(FAIL_ON),
    default="medium",
    help="The least severity that fails the check (medium).",
)
@click.option(
    "--fail-on-any-new",
    "--strict",
    "is_strict",
    is_flag=True,
    help="Fail for everything that no recorded run has, also a single failure that may be chance.",
)
@click.option("--junit", metavar="FILE", type=_OUT, help="Write JUnit XML, a test case for each cluster.")
@click.option("--sarif", metavar="FILE", type=_OUT, help="Write SARIF 2.1.0, for code scanning.")
@click.option("--markdown", metavar="FILE", type=_OUT, help="Write Markdown, for a pull request.")
@click.option("--snapshot", metavar="FILE", type=_OUT, help="Write the traces, for `halo import`.")
@config_option
def check(files: tuple[Path, ...], baseline: Path, fail_on: str, config: str | None, **flags: Any) -> int:
    """Compare what goes wrong in trace files with a baseline; fail for what is new or grew.

    Needs no server. Reads what `halo import` reads, judges every trace by all rules, and compares the failure
    clusters with those of the runs that the baseline has. Exit code 1: a cluster is new, or shows more often
    than the variation between recorded runs allows for.
    """
    from halo_dash.check.comparing import compare
    from halo_dash.check.gathering import gathered, judged
    from halo_dash.semconv.pricing import PriceBook

    settings = settings_from(config=config)
    is_update = bool(flags["update"])
    known = _known(baseline, is_made=is_update)
    reports: dict[str, Path] = {name: flags[name] for name in _REPORTS if flags[name] is not None}
    _refuse_bad_targets([baseline, *reports.values()], files)
    rules = usable_rules(settings.rules_dir)
    severity = next(each for each in FAIL_ON if each == fail_on)
    with gathered(files, PriceBook(settings.prices)) as read:
        sample = judged(read, rules)
        compared = compare(known, sample, fail_on=severity, is_strict=flags["is_strict"])
        _write(compared, read, rules, reports)
    for line in _said(compared, is_update=is_update):
        click.echo(line)
    for error in sample.errors:
        click.echo(
            plain(f"The rule {error.rule} failed on trace {error.trace_id}: {error.message}"), err=True
        )
    if is_update:
        click.echo(_record(baseline, compared))
        return 0
    return 1 if compared.failing else 0


def _known(path: Path, *, is_made: bool) -> Baseline:
    from halo_dash.check.baseline import Baseline, read

    try:
        return read(path.read_bytes(), str(path))
    except FileNotFoundError:
        if is_made:
            return Baseline()
        raise UsageError(
            f"There is no baseline {path}.",
            hint="Make one from runs that are as they should be: add --update.",
        ) from None
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be read: {error.strerror or error}.") from None


def _refuse_bad_targets(targets: list[Path], files: tuple[Path, ...]) -> None:
    """Find out before anything is read or written."""
    read = {file.resolve() for file in files}
    for target in targets:
        if not target.absolute().parent.is_dir():
            raise UsageError(f"{target} cannot be written: there is no folder {target.parent}.")
        if target.resolve() in read:
            raise UsageError(f"{target} is one of the files to check, and would be overwritten.")
    if len({target.resolve() for target in targets}) < len(targets):
        raise UsageError("Two of the files to write are the same file.")


def _write(
    compared: Comparison, read: Gathered, rules: tuple[Rule, ...], reports: Mapping[str, Path]
) -> None:
    from halo_dash.check.junit import junit
    from halo_dash.check.markdown import markdown
    from halo_dash.check.sarif import sarif
    from halo_dash.transfer.exporting import export_snapshot_file

    made: dict[str, Callable[[], bytes]] = {
        "junit": lambda: junit(compared),
        "sarif": lambda: sarif(compared, rules),
        "markdown": lambda: markdown(compared).encode(errors="replace"),
    }
    for path, data in [(reports[name], make()) for name, make in made.items() if name in reports]:
        _put(path, data)
    if "snapshot" in reports:
        export_snapshot_file(read.store, compared.sample.traces, reports["snapshot"])


def _record(path: Path, compared: Comparison) -> str:
    from halo_dash.check.baseline import write
    from halo_dash.check.comparing import record

    if compared.baseline.has(compared.sample.digest):
        return f"{path} has this run already and stays as it is."
    kept = record(compared.baseline, compared.sample)
    _put(path, write(kept))
    clusters = words.plural(len(kept.clusters), "cluster")
    return f"Recorded in {path}: {words.plural(len(kept.runs), 'run')}, {clusters}."


def _put(path: Path, data: bytes) -> None:
    """Write a file: whole or not at all."""
    try:
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # a device or a pipe cannot be replaced
            return
        beside = path.with_name(f".{path.name}.{os.getpid()}.partial")
        try:
            beside.write_bytes(data)
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
    except OSError as error:
        raise InvalidInputError(f"{path} cannot be written: {error.strerror or error}.") from None


def _said(compared: Comparison, *, is_update: bool) -> Iterator[str]:
    from halo_dash.check.comparing import STATES
    from halo_dash.check.words import STATE_WORDS, scene, verdict

    yield scene(compared)
    for state in STATES:
        found = [change for change in compared.changes if change.state == state]
        if not found:
            continue
        yield f"\n{STATE_WORDS[state] if compared.baseline.runs else 'found'} ({len(found):,})"
        for change in found[:_SHOWN]:
            is_first = not compared.baseline.runs
            is_undecided = not is_first and change in compared.undecided
            yield from _change_lines(change, is_first=is_first, is_undecided=is_undecided)
        if len(found) > _SHOWN:
            yield f"  and {len(found) - _SHOWN:,} more; the reports have all"
    if not is_update:
        yield f"\n{verdict(compared)}"


def _change_lines(change: Change, *, is_first: bool, is_undecided: bool) -> Iterator[str]:
    from halo_dash.check.words import detail, reason, recorded_words, share_words

    mark = "FAIL" if change.is_failing else "look" if is_undecided else "    "
    share = share_words(change.now) + ("" if is_first else f"; before: {recorded_words(change)}")
    yield plain(f"{mark} {change.severity:<7}{change.title}  {share}")
    is_news = change.state not in {"same", "absent"}
    if is_news and not is_first:
        yield f"            {reason(change)}"
    if said := detail(change):
        yield plain(f"            {said[:_QUOTED]}")
    if is_news and (example := change.example) is not None:
        yield plain(f"            {example.title[:_QUOTED]}")
        yield plain(f"            trace {example.trace_id}, span {example.span_id}, in {example.file}")
