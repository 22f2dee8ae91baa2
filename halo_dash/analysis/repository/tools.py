"""The repository as tools of a model, and as functions of its code."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from halo_dash.analysis.engine.arguments import read_arguments, schema_of
from halo_dash.analysis.engine.library import Answered, Bound, Library
from halo_dash.analysis.provider.wire import ToolSpec
from halo_dash.analysis.repository.repository import Repository
from halo_dash.errors import HaloError


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Tree(_Arguments):
    path: str = Field(".", description="a folder, from the root of the repository")
    depth: int = Field(2, ge=1, le=12, description="levels of folders that are listed")


class _Glob(_Arguments):
    pattern: str = Field(description="`**/*.py`, `src/*/tool*.ts`, or a bare file name")


class _Grep(_Arguments):
    pattern: str = Field(description="an extended regular expression (POSIX)")
    glob: str | None = Field(None, description="only files that match this pattern")
    ignore_case: bool = False


class _Read(_Arguments):
    path: str
    start: int = Field(1, ge=1, description="the first line")
    lines: int = Field(400, ge=1, description="how many lines, at most 400")


class _Log(_Arguments):
    path: str | None = Field(None, description="only commits that changed it")
    limit: int = Field(20, ge=1, le=400)


class _Pickaxe(_Log):
    text: str = Field(min_length=1, description="a piece of code, word for word")


class _Show(_Arguments):
    commit: str
    path: str | None = None


class _Diff(_Arguments):
    before: str = Field(description="a commit, branch or tag")
    after: str = "HEAD"
    path: str | None = None


class _Blame(_Arguments):
    path: str
    start: int = Field(ge=1)
    end: int = Field(ge=1)


@dataclass(frozen=True, slots=True)
class _Told:
    text: str
    is_error: bool


@dataclass(frozen=True, slots=True)
class RepositoryTool:
    """One way to look at the repository."""

    name: str
    about: str
    arguments: type[BaseModel]
    look: Callable[..., dict[str, Any]]
    example: dict[str, Any]

    @property
    def spec(self) -> ToolSpec:
        """As the model is told of it."""
        return ToolSpec(self.name, self.about, schema_of(self.arguments))

    def call(self, arguments_json: str) -> Answered:
        """Look; what is wrong is an answer too."""
        try:
            given = read_arguments(self.arguments, arguments_json or "{}", self.example)
            return _Told(json.dumps(self.look(**given.model_dump()), ensure_ascii=False), is_error=False)
        except HaloError as error:
            return _Told(f"{error.message} {error.hint or ''}".strip(), is_error=True)


_FILES: tuple[tuple[str, str, type[BaseModel], dict[str, Any]], ...] = (
    ("tree", "Lists folders and files of the agent's code.", _Tree, {"path": "src"}),
    ("glob", "Finds files by a pattern of their path.", _Glob, {"pattern": "**/*.py"}),
    ("grep", "Finds lines by a regular expression: `path:line:text`.", _Grep, {"pattern": "def web_search"}),
    ("read", "Reads lines of a file, numbered.", _Read, {"path": "agent.py", "start": 1}),
)
_HISTORY: tuple[tuple[str, str, type[BaseModel], dict[str, Any]], ...] = (
    ("log", "Lists commits, newest first.", _Log, {"path": "agent.py"}),
    ("show", "Shows a commit: its message and changes.", _Show, {"commit": "1a2b3c4"}),
    ("diff", "Shows what changed between two revisions.", _Diff, {"before": "v1.2"}),
    (
        "blame",
        "Names the commit that wrote each of some lines.",
        _Blame,
        {"path": "agent.py", "start": 1, "end": 9},
    ),
    ("pickaxe", "Finds the commits that introduced or removed a text.", _Pickaxe, {"text": "timeout=10"}),
)
"""(method of `Repository`, what it does, arguments, an example of them)"""


def repository_tools(repository: Repository) -> tuple[RepositoryTool, ...]:
    """All of them; those of history only where there is one."""
    offered = _FILES + (_HISTORY if repository.has_history else ())
    return tuple(
        RepositoryTool(f"repo_{name}", about, arguments, getattr(repository, name), example)
        for name, about, arguments, example in offered
    )


@dataclass(frozen=True, slots=True)
class CodeAware:
    """A library, and the repository of the code beside it."""

    traces: Library
    repository: Repository

    def overview(self) -> str:
        """Of the traces."""
        return self.traces.overview()

    def about(self) -> str:
        """What the selection is, and that there is code."""
        return (
            f"{self.traces.about()}\n\nThe code of these agents can be read with the repo_* tools (in code: "
            "functions of the same names). Name the places to change as path and line in `code`, and the "
            "commit that introduced the problem where history tells."
        )

    def tools(self) -> Sequence[Bound]:
        """Those of the traces, then those of the repository."""
        return (*self.traces.tools(), *repository_tools(self.repository))

    def functions(self) -> Mapping[str, Callable[..., Any]]:
        """The same as functions."""
        own = {each.name: each.look for each in repository_tools(self.repository)}
        return {**self.traces.functions(), **own}

    def whole(self, trace_id: str) -> str:
        """A trace as text. Raises `NotFoundError`."""
        return self.traces.whole(trace_id)

    def narrowed(self, asked: str | Mapping[str, Any] | None, trace_ids: Sequence[str]) -> Library:
        """A part of the traces; the code stays whole. Raises `HaloError`: no such filter."""
        return CodeAware(self.traces.narrowed(asked, trace_ids), self.repository)

    def for_agent(self, path: str) -> Library:
        """The same for another agent."""
        return CodeAware(self.traces.for_agent(path), self.repository)
