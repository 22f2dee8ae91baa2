"""What a rule is: a function of one trace, with a name, a version and a promise."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

Find: TypeAlias = Callable[[Subject], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Rule:
    """A check on one trace."""

    name: str
    """In addresses and files, so it stays: lower case with hyphens."""
    title: str
    """What it finds, in a few words."""
    version: int
    """Raised whenever it may judge a trace otherwise; traces are then judged again."""
    find: Find
    claim: str
    """What it claims, when it abstains, and its known false alarms: the docstring of its module."""
    is_builtin: bool = True
    digest: str = ""
    """Of the source of a user's rule: it counts as another version when it is edited."""
    source: str = ""
    """The file or package it comes from; empty for ours."""
    module: str = ""
    """Where its function was defined."""


@dataclass(frozen=True, slots=True)
class RuleError:
    """A rule raised on a trace."""

    rule: str
    trace_id: str
    message: str


def rule(name: str, *, title: str, version: int = 1) -> Callable[[Find], Rule]:
    """Make a rule of a function that yields the findings of one trace."""

    def made(find: Find) -> Rule:
        module = inspect.getmodule(find)
        claim = (module and module.__doc__) or inspect.getdoc(find) or title
        return Rule(name=name, title=title, version=version, find=find, claim=claim, module=find.__module__)

    return made
