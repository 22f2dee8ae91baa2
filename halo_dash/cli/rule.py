"""`halo rule`: list, get, test."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from halo_dash.cli.group import AliasGroup
from halo_dash.cli.options import config_option, json_option, settings_from, store_options
from halo_dash.cli.table import Column, plain, render, terminal_width
from halo_dash.errors import InvalidInputError, NotFoundError, UsageError
from halo_dash.web import words

if TYPE_CHECKING:
    from halo_dash.check.gathering import Gathered
    from halo_dash.detect import Judged
    from halo_dash.plugins import Rule

_COLUMNS = (
    Column("RULE"),
    Column("VERSION", rank=1),
    Column("FINDS", is_flexible=True),
    Column("FROM", rank=2, is_flexible=True),
)
_QUOTED = 200
_LIMIT_S = 10.0
"""As in `halo serve` (`jobs/rule_guard.py`)."""


@dataclass(frozen=True, slots=True)
class _Trial:
    """Rules on one trace."""

    trace_id: str
    file: str
    judged: Judged


@click.group(cls=AliasGroup)
def rule() -> None:
    """List the rules that judge traces, and try one on trace files."""


@rule.command("list")
@json_option
@config_option
def rule_list(as_json: bool, config: str | None) -> None:
    """List the rules: those that come with halo, of installed packages, and of the folder `rules.dir`."""
    from halo_dash.plugins import load_rules

    loaded = load_rules(settings_from(config=config).rules_dir)
    if as_json:
        problems = [asdict(problem) for problem in loaded.problems]
        click.echo(json.dumps({"items": [_document(each) for each in loaded.rules], "problems": problems}))
        return
    rows = [(each.name, _version(each), each.title, each.source or "halo") for each in loaded.rules]
    click.echo(render(_COLUMNS, rows, terminal_width()))
    for problem in loaded.problems:
        click.echo(plain(f"Not usable: {problem.source}: {problem.message}"), err=True)


@rule.command()
@click.argument("name", metavar="RULE")
@json_option
@config_option
def get(name: str, as_json: bool, config: str | None) -> None:
    """Show what a rule claims, when it abstains, and its known false alarms."""
    (found,) = _chosen(name, settings_from(config=config).rules_dir)[:1]
    if as_json:
        click.echo(json.dumps(_document(found)))
        return
    click.echo(plain(f"{found.name}: {found.title}"))
    click.echo(plain(f"version {_version(found)}, from {found.source or 'halo'}"))
    click.echo("")
    for line in inspect.cleandoc(found.claim).splitlines():
        click.echo(plain(line))


@rule.command()
@click.argument("name", metavar="RULE")
@store_options
def enable(name: str, **flags: str | None) -> None:
    """Try a rule again that was switched off, or failed: it judges all traces again.

    RULE is the name of a rule, or the Python file that could not be imported. A running `halo serve` hears of
    it by itself.
    """
    from halo_dash.jobs.rule_guard import import_name
    from halo_dash.store import Store

    settings = settings_from(**flags)
    asked = import_name(str(Path(name).absolute())) if name.endswith(".py") else name
    with Store.open(settings.store_path, mode="ro") as store:
        if not store.findings.try_again(asked):
            raise NotFoundError(
                f"No rule {name!r} has failed.", hint="The page /rules, and /rules.json, say which have."
            )
    click.echo(plain(f"{name} is tried again: all traces are judged again while `halo serve` runs."))


@rule.command("test")
@click.argument("name", metavar="RULE")
@click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option(
    "--limit",
    metavar="SECONDS",
    type=click.FloatRange(min=0.1),
    default=_LIMIT_S,
    help="Time a rule has for one trace, and its file to be imported; then it is stopped (10).",
)
@json_option
@config_option
def test_rule(name: str, files: tuple[Path, ...], limit: float, as_json: bool, config: str | None) -> int:
    """Try a rule on trace files, and show what it finds in each trace.

    RULE is the name of a rule, or a Python file: then all rules in it. Needs no server. Exit code 1: it
    raised, or did not come to an end.
    """
    from halo_dash.check.gathering import gathered
    from halo_dash.semconv.pricing import PriceBook

    settings = settings_from(config=config)
    rules = _chosen(name, settings.rules_dir, limit)
    with gathered(files, PriceBook(settings.prices)) as read:
        trials = list(_tried(read, rules, limit))
    if as_json:
        click.echo(json.dumps(_trials_document(rules, trials)))
    else:
        for line in _trial_lines(rules, trials):
            click.echo(plain(line))
    return 1 if any(trial.judged.errors for trial in trials) else 0


def usable_rules(folder: Path) -> tuple[Rule, ...]:
    """All rules. Raises `UsageError` where some cannot be used: a check without them proves little."""
    from halo_dash.plugins import load_rules

    loaded = load_rules(folder)
    if loaded.problems:
        listed = "\n".join(f"  {each.source}: {each.message}" for each in loaded.problems)
        raise UsageError(
            f"Not all rules can be used:\n{listed}", hint="Mend them, or take them out of the folder."
        )
    return loaded.rules


def _chosen(name: str, folder: Path, limit_s: float = _LIMIT_S) -> tuple[Rule, ...]:
    from halo_dash.jobs.rule_guard import RuleGuard
    from halo_dash.plugins import load_rules
    from halo_dash.plugins.loading import load_file, said_of

    if name.endswith(".py"):
        path = Path(name)
        if not path.is_file():
            raise UsageError(f"There is no file {name}.")
        try:
            rules = load_file(path.absolute(), RuleGuard(limit_s).importing)
        except (Exception, SystemExit) as error:  # whatever a file of others raises
            said = said_of(error, path.absolute())
            raise InvalidInputError(f"{name} cannot be loaded: {said}") from error
        if not rules:
            raise InvalidInputError(f"{name} has no rule.", hint="Mark a function with @rule(…).")
        return rules
    loaded = load_rules(folder)
    found = tuple(each for each in loaded.rules if each.name == name)
    if not found:
        raise NotFoundError(f"There is no rule {name!r}.", hint="halo rule list shows those there are.")
    return found


def _tried(read: Gathered, rules: tuple[Rule, ...], limit_s: float) -> Iterator[_Trial]:
    from halo_dash.detect import judge
    from halo_dash.jobs.rule_guard import RuleGuard
    from halo_dash.jobs.rule_health import version_of
    from halo_dash.jobs.subjects import read_whole
    from halo_dash.semconv import read_subject

    endless: set[str] = set()
    guard = RuleGuard(limit_s)
    watched = [
        each if each.is_builtin else guard.watched(each, version_of(each), lambda it: endless.add(it.name))
        for each in rules
    ]
    for trace_id, file in read.files.items():
        trace = read.store.traces.get(trace_id)
        if trace is None:
            continue
        subject = read_subject(trace_id, read_whole(read.store, trace_id), summary=trace.summary)
        # As in `halo serve`: what did not come to an end once is left out from there on.
        judged = judge(subject, [each for each in watched if each.name not in endless])
        yield _Trial(trace_id, file, judged)


def _trial_lines(rules: tuple[Rule, ...], trials: list[_Trial]) -> Iterator[str]:
    hits = [trial for trial in trials if trial.judged.verdict.findings]
    for trial in hits:
        yield f"trace {trial.trace_id} in {trial.file}"
        for found in trial.judged.verdict.findings:
            yield f"  {found.severity:<7}{found.title}"
            yield f"         {found.explanation}"
            for shown in found.evidence:
                yield f"         span {shown.span_id} {shown.field}: {shown.quote[:_QUOTED]}"
    errors = [error for trial in trials for error in trial.judged.errors]
    for error in errors:
        source = next((each.source for each in rules if each.name == error.rule), "")
        where = f" ({source})" if source else ""
        yield f"{error.rule}{where} failed on trace {error.trace_id}: {error.message}"
    count = sum(len(trial.judged.verdict.findings) for trial in hits)
    yield (
        f"{words.plural(len(rules), 'rule')}: {words.plural(count, 'finding')} in {len(hits):,} of "
        f"{words.plural(len(trials), 'trace')}" + (f", raised on {len(errors):,}." if errors else ".")
    )


def _trials_document(rules: tuple[Rule, ...], trials: list[_Trial]) -> dict[str, object]:
    from halo_dash.model.twin.findings import finding_json

    return {
        "rules": [each.name for each in rules],
        "traces": len(trials),
        "items": [
            {
                "trace_id": trial.trace_id,
                "file": trial.file,
                "findings": [finding_json(found) for found in trial.judged.verdict.findings],
            }
            for trial in trials
            if trial.judged.verdict.findings
        ],
        "errors": [asdict(error) for trial in trials for error in trial.judged.errors],
    }


def _document(each: Rule) -> dict[str, object]:
    return {
        "name": each.name,
        "title": each.title,
        "version": _version(each),
        "claim": inspect.cleandoc(each.claim),
        "is_builtin": each.is_builtin,
        "source": each.source or None,
    }


def _version(each: Rule) -> str:
    from halo_dash.jobs.rule_health import version_of

    return version_of(each)
