"""What a rule is: a function of one trace, with a name, a version and a promise."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from halo_dash.errors import InvalidInputError
from halo_dash.model.finding import Finding
from halo_dash.model.subject import Subject

Find: TypeAlias = Callable[[Subject], Iterable[Finding]]

_FORM = 'Write @rule("its-name", title="What it finds") above a function of one argument.'


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

    def __post_init__(self) -> None:
        """Refuse what others may have put in place of a text or a number. Raises `InvalidInputError`."""
        for name, value in (("name", self.name), ("title", self.title)):
            if not isinstance(value, str) or not value.strip():
                raise InvalidInputError(f"The {name} of a rule is a text, not {value!r:.80}.", hint=_FORM)
        if type(self.version) is not int:
            raise InvalidInputError(
                f"The version of a rule is a whole number, not {self.version!r:.80}.", hint=_FORM
            )
        if not _takes_a_subject(self.find):
            raise InvalidInputError(
                f"The rule {self.name} is no function of one argument, the subject.", hint=_FORM
            )


@dataclass(frozen=True, slots=True)
class RuleError:
    """A rule raised on a trace."""

    rule: str
    trace_id: str
    message: str


def _takes_a_subject(find: object) -> bool:
    """Whether something can be called with a trace and give findings at once."""
    if not callable(find) or inspect.isclass(find):
        return False
    if inspect.iscoroutinefunction(find) or inspect.isasyncgenfunction(find):
        return False
    try:
        inspect.signature(find).bind(None)
    except TypeError:
        return False
    except ValueError:  # a function in C that does not say what it takes
        return True
    return True


def rule(name: str, *, title: str = "", version: int = 1) -> Callable[[Find], Rule]:
    """Make a rule of a function that yields the findings of one trace.

    Raises `InvalidInputError` where the name, the title or the version is none, and where what is marked is
    no function of one argument. The title must be given.
    """
    if not isinstance(name, str):
        raise InvalidInputError("A rule needs a name and a title.", hint=_FORM)

    def made(find: Find) -> Rule:
        module = inspect.getmodule(find)
        claim = (module and module.__doc__) or inspect.getdoc(find) or str(title)
        module_name = getattr(find, "__module__", "")
        return Rule(name=name, title=title, version=version, find=find, claim=claim, module=module_name)

    return made
