"""The tools a model was offered."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from halo_dash.model.observation import ToolDefinition
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import SaidAttributes, items, mapping, string
from halo_dash.semconv.embedded_json import parse

_REQUEST_KEYS = (
    "llm.invocation_parameters",
    "input.value",
    "mlflow.spanInputs",
    "langfuse.observation.input",
)
_SCHEMA_KEYS = (
    "parameters",
    "inputSchema",
    "input_schema",
    "parameters_json_schema",
    "json_schema",
    "schema",
)


def read_tool_definitions(said: SaidAttributes) -> tuple[ToolDefinition, ...]:
    """From the first place that lists any."""
    return next((found for value in _candidates(said) if (found := _definitions(value))), ())


def _candidates(said: SaidAttributes) -> Iterator[AttributeValue]:
    yield said.json("gen_ai.tool.definitions")
    yield [mapping(mapping(raw).get("tool")).get("json_schema") for raw in items(said.tree("llm.tools."))]
    yield said.tree("llm.request.functions.")
    yield said.json("ai.prompt.tools")
    yield said.json("mlflow.chat.tools")
    yield said.json("agent.tools")
    yield mapping(said.json("model_request_parameters")).get("function_tools")
    for key in _REQUEST_KEYS:
        yield mapping(said.json(key)).get("tools")


def _definitions(value: AttributeValue) -> tuple[ToolDefinition, ...]:
    return tuple(
        definition
        for raw in items(value)
        for definition in (_written(raw) if isinstance(raw, str) else _definition(raw))
    )


@lru_cache(maxsize=512)
def _written(text: str) -> tuple[ToolDefinition, ...]:
    """Of a definition that is a text: every call of an agent offers the same tools."""
    return tuple(_definition(parse(text)))


def _definition(raw: AttributeValue) -> list[ToolDefinition]:
    if isinstance(raw, str):
        return [ToolDefinition(name=raw)] if raw else []
    fields = mapping(raw)
    for key in ("function_declarations", "functionDeclarations"):  # Gemini groups its functions
        if declared := items(fields.get(key)):
            return [definition for inner in declared for definition in _definition(inner)]
    inner = mapping(fields.get("function")) or mapping(fields.get("toolSpec")) or fields
    name = string(inner.get("name")) or string(inner.get("type"))
    if name is None:
        return []
    parameters = next((parse(inner[key]) for key in _SCHEMA_KEYS if inner.get(key) is not None), None)
    if set(mapping(parameters)) == {"json"}:  # Bedrock
        parameters = mapping(parameters)["json"]
    return [ToolDefinition(name=name, description=string(inner.get("description")), parameters=parameters)]
