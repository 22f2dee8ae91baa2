"""Finding the rules there are: ours, those of installed packages, and those in a folder.

Whatever goes wrong with one file or package is told and leaves the others alone. That goes for one that never
ends as well: see `jobs/rule_guard.py`.
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import importlib.util
import inspect
import re
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import TypeAlias

import pluggy

from halo_dash.detect import RULES, Rule
from halo_dash.errors import HaloError
from halo_dash.jobs.rule_guard import ImportStopped, RuleGuard
from halo_dash.model.judged import RuleProblem
from halo_dash.plugins.hooks import GROUP, Hooks

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MODULES = "halo_rules_"
"""Modules of the folder are imported under this name and their own, so that they hide no other module."""

Importing: TypeAlias = Callable[[str, str], AbstractContextManager[None]]
"""(source, its version) -> what to import it in; raises `ImportStopped` where that takes too long."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """All rules that can be used, ours first, and what cannot."""

    rules: tuple[Rule, ...]
    problems: tuple[RuleProblem, ...] = ()


def load_rules(folder: Path | None = None, importing: Importing | None = None) -> LoadedRules:
    """Every rule there is. Never raises for what others wrote; in the main thread it always comes back."""
    importing = importing or RuleGuard().importing
    rules: dict[str, Rule] = {rule.name: rule for rule in RULES}
    problems: list[RuleProblem] = []
    of_folder = _of_folder(folder, importing, problems) if folder is not None else ()
    for rule in [*_of_packages(importing, problems), *of_folder]:
        problem = _problem(rule, rules)
        if problem is None:
            rules[rule.name] = rule
        else:
            problems.append(RuleProblem(rule.source, problem))
    return LoadedRules(tuple(rules.values()), tuple(problems))


def load_file(path: Path, importing: Importing | None = None) -> tuple[Rule, ...]:
    """The rules of one file. Raises whatever the file raises, and `ImportStopped` where it does not end."""
    source = path.read_bytes()
    digest = hashlib.blake2b(source, digest_size=6).hexdigest()
    with (importing or RuleGuard().importing)(str(path), digest):
        module = _imported(path, digest)
        found = [each for each in vars(module).values() if isinstance(each, Rule)]
    return tuple(
        replace(
            rule,
            is_builtin=False,
            digest=digest,
            source=str(path),
            claim=inspect.getdoc(rule.find) or rule.claim,
        )
        for rule in {id(each): each for each in found}.values()
        if rule.module == module.__name__
    )


def said_of(error: BaseException, path: Path | None = None) -> str:
    """What a file or a package raised, and at which of its lines."""
    if isinstance(error, ImportStopped):
        return str(error)
    text = error.message if isinstance(error, HaloError) else f"{type(error).__name__}: {error}"
    hint = f" {error.hint}" if isinstance(error, HaloError) and error.hint else ""
    frames = traceback.extract_tb(error.__traceback__)
    lines = [each.lineno for each in frames if path is not None and each.filename == str(path)]
    return f"{f'line {lines[-1]}: ' if lines else ''}{text}{hint}"


def _problem(rule: Rule, rules: dict[str, Rule]) -> str | None:
    if not _NAME.fullmatch(rule.name):
        return f"The rule {rule.name!r} needs a name of lower-case letters, digits and hyphens."
    if rule.name in rules:
        whose = "halo" if rules[rule.name].is_builtin else rules[rule.name].source
        return f"The rule {rule.name} has the name of one of {whose}: give it another."
    return None


def _of_packages(importing: Importing, problems: list[RuleProblem]) -> Iterator[Rule]:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(Hooks)
    for offered in importlib.metadata.entry_points(group=GROUP):
        version = offered.dist.version if offered.dist is not None else ""
        try:
            with importing(offered.value, version):
                manager.load_setuptools_entrypoints(GROUP, offered.name)
                plugin = manager.get_plugin(offered.name)
                found = [] if plugin is None else _given(plugin, offered.name)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a broken package must not keep halo from starting
            problems.append(RuleProblem(offered.value, said_of(error)))
        else:
            yield from found


def _given(plugin: object, name: str) -> list[Rule]:
    offered: Iterable[object] = getattr(plugin, "halo_rules", tuple)()
    rules: list[Rule] = []
    for each in offered:
        if not isinstance(each, Rule):
            raise TypeError(f"halo_rules() returned {each!r}, which is no rule")
        rules.append(replace(each, is_builtin=False, source=name, digest=_version_of(plugin)))
    return rules


def _version_of(plugin: object) -> str:
    return str(getattr(plugin, "__version__", ""))


def _of_folder(folder: Path, importing: Importing, problems: list[RuleProblem]) -> Iterator[Rule]:
    for path in sorted(folder.glob("*.py")) if folder.is_dir() else ():
        if path.name.startswith((".", "_")):
            continue
        try:
            rules = load_file(path, importing)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the same; also a syntax error
            problems.append(RuleProblem(str(path), said_of(error, path)))
            continue
        if not rules:
            problems.append(RuleProblem(str(path), "The file has no rule: mark a function with @rule(…)."))
        yield from rules


def _imported(path: Path, digest: str) -> ModuleType:
    """The module of a file as it is now. Its folder is not searched for other modules."""
    name = f"{_MODULES}{path.stem}_{digest}"
    if name in sys.modules:
        return sys.modules[name]
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{path} cannot be imported")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise
    return module
