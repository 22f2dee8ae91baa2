"""Finding the rules there are: ours, those of installed packages, and those in a folder.

Whatever goes wrong with one file or package is told and leaves the others alone.
"""

from __future__ import annotations

import hashlib
import importlib.util
import inspect
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

import pluggy

from halo_dash.detect import RULES, Rule
from halo_dash.model.judged import RuleProblem
from halo_dash.plugins.hooks import GROUP, Hooks

_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_MODULES = "halo_rules_"
"""Modules of the folder are imported under this name and their own, so that they hide no other module."""


@dataclass(frozen=True, slots=True)
class LoadedRules:
    """All rules that can be used, ours first, and what cannot."""

    rules: tuple[Rule, ...]
    problems: tuple[RuleProblem, ...] = ()


def load_rules(folder: Path | None = None) -> LoadedRules:
    """Every rule there is. Never raises for what others wrote."""
    rules: dict[str, Rule] = {rule.name: rule for rule in RULES}
    problems: list[RuleProblem] = []
    found = [*_of_packages(problems), *(_of_folder(folder, problems) if folder is not None else ())]
    for rule in found:
        problem = _problem(rule, rules)
        if problem is None:
            rules[rule.name] = rule
        else:
            problems.append(RuleProblem(rule.source, problem))
    return LoadedRules(tuple(rules.values()), tuple(problems))


def load_file(path: Path) -> tuple[Rule, ...]:
    """The rules of one file. Raises whatever the file raises."""
    source = path.read_bytes()
    digest = hashlib.blake2b(source, digest_size=6).hexdigest()
    module = _imported(path, digest)
    found = (each for each in vars(module).values() if isinstance(each, Rule))
    return tuple(
        replace(
            rule,
            is_builtin=False,
            digest=digest,
            source=str(path),
            claim=inspect.getdoc(rule.find) or rule.claim,
        )
        for rule in dict.fromkeys(found)
        if rule.module == module.__name__
    )


def _problem(rule: Rule, rules: dict[str, Rule]) -> str | None:
    if not _NAME.fullmatch(rule.name):
        return f"The rule {rule.name!r} needs a name of lower-case letters, digits and hyphens."
    if rule.name in rules:
        whose = "halo" if rules[rule.name].is_builtin else rules[rule.name].source
        return f"The rule {rule.name} has the name of one of {whose}: give it another."
    return None


def _of_packages(problems: list[RuleProblem]) -> Iterator[Rule]:
    manager = pluggy.PluginManager(GROUP)
    manager.add_hookspecs(Hooks)
    try:
        manager.load_setuptools_entrypoints(GROUP)
    except Exception as error:  # noqa: BLE001 - a broken package must not keep halo from starting
        problems.append(RuleProblem(f"entry points of {GROUP}", f"{type(error).__name__}: {error}"))
    for plugin in manager.get_plugins():
        name = manager.get_name(plugin) or str(plugin)
        try:
            yield from _given(plugin, name)
        except Exception as error:  # noqa: BLE001 - the same
            problems.append(RuleProblem(name, f"{type(error).__name__}: {error}"))


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


def _of_folder(folder: Path, problems: list[RuleProblem]) -> Iterator[Rule]:
    for path in sorted(folder.glob("*.py")) if folder.is_dir() else ():
        if path.name.startswith((".", "_")):
            continue
        try:
            rules = load_file(path)
        except (Exception, SystemExit) as error:  # noqa: BLE001 - the same; also a syntax error
            problems.append(RuleProblem(str(path), f"{type(error).__name__}: {error}"))
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
