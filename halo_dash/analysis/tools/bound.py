"""A tool that is bound to what an agent may read."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, ValidationError

from halo_dash.analysis.provider.wire import ToolSpec
from halo_dash.analysis.reading.shown import written
from halo_dash.errors import HaloError

Given = TypeVar("Given", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class ToolOutcome:
    """What a tool answers."""

    text: str
    is_error: bool = False


@dataclass(frozen=True, slots=True)
class BoundTool(Generic[Given]):
    """One tool."""

    spec: ToolSpec
    kind: type[Given]
    function: Callable[[Given], Any]
    example: dict[str, Any]
    """Right arguments, for whoever gave wrong ones."""

    def call(self, arguments_json: str) -> ToolOutcome:
        """Use it. Wrong arguments, and what the store refuses, are answers that say what to do instead."""
        try:
            given = self.kind.model_validate_json(arguments_json.strip() or "{}")
        except ValidationError as error:
            return ToolOutcome(self._wrong(error), is_error=True)
        try:
            return ToolOutcome(written(self.function(given)))
        except HaloError as error:
            said = error.message if error.hint is None else f"{error.message} {error.hint}"
            return ToolOutcome(f"Error: {said}", is_error=True)

    def _wrong(self, error: ValidationError) -> str:
        problems = []
        for each in error.errors(include_url=False):
            place = ".".join(map(str, each["loc"]))
            problems.append(f"{place}: {each['msg']}" if place else str(each["msg"]))
        known = ", ".join(self.kind.model_fields) or "none"
        return (
            f"Error: these are no arguments of {self.spec.name}: {'; '.join(problems)}. It knows {known}. "
            f"For example {json.dumps(self.example)}"
        )


def bound(
    name: str,
    about: str,
    kind: type[Given],
    function: Callable[[Given], Any],
    **example: Any,
) -> BoundTool[Given]:
    """A tool of this name. `example` are right arguments."""
    return BoundTool(ToolSpec(name, about, _schema(kind)), kind, function, example)


def _schema(kind: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema without titles and our own docstring, which tell a model nothing."""
    schema = kind.model_json_schema()
    schema.pop("title", None)
    schema.pop("description", None)
    for each in schema.get("properties", {}).values():
        each.pop("title", None)
    return schema
