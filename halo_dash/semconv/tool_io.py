"""What a span was given and what it gave back: generic input and output, tool arguments and results."""

from __future__ import annotations

from halo_dash.model.observation import Kind
from halo_dash.model.span import AttributeValue, Span
from halo_dash.semconv.attributes import SaidAttributes, items, mapping
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.unwrap import unwrap_arguments, unwrap_result

_ARGUMENT_KEYS = (
    "gen_ai.tool.call.arguments", "tool_arguments", "ai.toolCall.args", "ai.toolCall.input", "input.value",
    "langfuse.observation.input", "traceloop.entity.input", "mlflow.spanInputs", "gen_ai.prompt", "input",
    "gcp.vertex.agent.tool_call_args", "tool.parameters",
)  # fmt: skip
"""`tool.parameters` comes last: most senders put the JSON schema of the tool there."""
_RESULT_KEYS = (
    "gen_ai.tool.call.result", "tool_response", "ai.toolCall.result", "ai.toolCall.output", "output.value",
    "langfuse.observation.output", "traceloop.entity.output", "mlflow.spanOutputs", "gen_ai.completion",
    "output", "gcp.vertex.agent.tool_response",
)  # fmt: skip
_INPUT_KEYS = (
    "input.value", "langfuse.observation.input", "traceloop.entity.input", "mlflow.spanInputs", "ai.prompt",
    "gen_ai.prompt", "gen_ai.retrieval.query.text", "reranker.query", "ai.value", "ai.values",
    "langfuse.trace.input", "input",
)  # fmt: skip
_OUTPUT_KEYS = (
    "output.value", "langfuse.observation.output", "traceloop.entity.output", "mlflow.spanOutputs",
    "final_result", "ai.response.text", "ai.response.object", "gen_ai.completion", "langfuse.trace.output",
    "output",
)  # fmt: skip
_SCHEMA_KEYS = frozenset({"properties", "$schema", "$defs", "required", "additionalProperties"})
_ONLY_ON_ROOTS = frozenset({"langfuse.trace.input", "langfuse.trace.output"})


def read_input(span: Span, said: SaidAttributes, kind: Kind) -> AttributeValue:
    """Tool arguments on a TOOL span, the generic input on any other; None where nothing was said."""
    if kind is not Kind.TOOL:
        return _generic(said, _INPUT_KEYS, is_root=not span.parent_span_id)
    key = said.first_key(_ARGUMENT_KEYS)
    if key is None:
        return unwrap_arguments(_in_event(span, "gen_ai.tool.message", "content"))
    arguments = unwrap_arguments(said.get(key))
    return None if key == "tool.parameters" and _is_schema(arguments) else arguments


def read_output(span: Span, said: SaidAttributes, kind: Kind) -> AttributeValue:
    """A tool's result on a TOOL span, the generic output on any other; None where nothing was said."""
    if kind is not Kind.TOOL:
        return _generic(said, _OUTPUT_KEYS, is_root=not span.parent_span_id)
    for key in _RESULT_KEYS:
        value = said.first(key)
        if value is None or (key == "gen_ai.completion" and parse(value) == {}):
            continue  # LangSmith writes an empty object where a failed tool gave no result
        return unwrap_result(value)
    if any(said.get(key) == "" for key in _RESULT_KEYS):
        return ""
    return unwrap_result(_in_event(span, "gen_ai.choice", "message"))


def _in_event(span: Span, name: str, key: str) -> AttributeValue:
    """Strands agents put a tool's arguments and result into span events."""
    return next((event.attributes.get(key) for event in span.events if event.name == name), None)


def _generic(said: SaidAttributes, keys: tuple[str, ...], *, is_root: bool) -> AttributeValue:
    for key in keys:
        if key in _ONLY_ON_ROOTS and not is_root:
            continue
        if said.first(key) is not None:
            value = said.json(key)
            if key == "ai.values":
                return [parse(item) for item in items(value)] or value
            return _entity_value(value) if key == "traceloop.entity.input" else value
    return None


def _entity_value(value: AttributeValue) -> AttributeValue:
    peeled = unwrap_arguments(value)
    arguments = mapping(peeled)
    if set(arguments) == {"args", "kwargs"} and not arguments["kwargs"]:
        return arguments["args"]
    return peeled


def _is_schema(value: AttributeValue) -> bool:
    return isinstance(value, dict) and (bool(_SCHEMA_KEYS & set(value)) or value.get("type") == "object")
