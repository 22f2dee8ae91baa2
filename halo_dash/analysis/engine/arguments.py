"""Arguments of the tools that the engine itself has."""

from __future__ import annotations

import json
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from halo_dash.errors import InvalidInputError

Model = TypeVar("Model", bound=BaseModel)


class _Arguments(BaseModel):
    model_config = ConfigDict(extra="forbid")


class CodeArguments(_Arguments):
    """Of `run_code`."""

    code: str = Field(description="The cell to run.", max_length=200_000)


class SubagentArguments(_Arguments):
    """Of `call_subagent`."""

    question: str = Field(
        description="All that it needs to know; it sees nothing else of yours.",
        min_length=1,
        max_length=50_000,
    )
    filter: str | dict[str, Any] | None = Field(
        default=None,
        description='Narrows the selection, as everywhere: "status=error&tool=web_search" or an object.',
    )
    trace_ids: list[str] = Field(
        default_factory=list, description="Narrows it to these traces.", max_length=5_000
    )


class SynthesisArguments(_Arguments):
    """Of `synthesize_traces`."""

    trace_ids: list[str] = Field(description="Whole trace ids.", min_length=1, max_length=50)
    question: str = Field(description="What to find out about them.", min_length=1, max_length=20_000)


class ItemArguments(_Arguments):
    """Of `get_context_item`."""

    id: int = Field(description="The number of the item, as the summary lists it.", ge=0)
    offset: int = Field(default=0, description="Where to go on in a long item.", ge=0)


def read_arguments(kind: type[Model], arguments: str, example: dict[str, Any]) -> Model:
    """The arguments of a call. Raises `InvalidInputError` with what is wrong and a right example."""
    try:
        return kind.model_validate_json(arguments)
    except ValidationError as error:
        problems = "; ".join(
            f"{'.'.join(map(str, each['loc'])) or 'the arguments'}: {each['msg']}" for each in error.errors()
        )
        raise InvalidInputError(
            f"The arguments are not accepted: {problems}.", hint=f"For example: {json.dumps(example)}"
        ) from error


def schema_of(kind: type[BaseModel]) -> dict[str, Any]:
    """As a model is told of it."""
    schema = kind.model_json_schema()
    schema.pop("title", None)
    schema.pop("description", None)
    for each in schema["properties"].values():
        each.pop("title", None)
    return schema
