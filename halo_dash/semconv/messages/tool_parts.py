"""Tool calls and tool results, in every spelling, as one part each."""

from __future__ import annotations

from halo_dash.model.message import ToolCall, ToolResult
from halo_dash.model.span import AttributeValue
from halo_dash.semconv.attributes import mapping, string
from halo_dash.semconv.embedded_json import parse
from halo_dash.semconv.unwrap import unwrap_arguments, unwrap_result

CALL_TYPES = frozenset({
    "tool_call", "tool-call", "tool_use", "tool-use", "server_tool_use", "mcp_tool_use", "function_call",
    "custom_tool_call", "mcp_call",
})  # fmt: skip
RESULT_TYPES = frozenset({
    "tool_call_response", "tool-result", "tool_result", "tool_response", "tool-response", "tool_return",
    "tool-return", "function_call_output", "custom_tool_call_output", "web_search_tool_result",
    "mcp_tool_result", "function_response",
})  # fmt: skip

_CALL_IDS = ("call_id", "toolCallId", "tool_call_id", "toolUseId", "id")
_CALL_NAMES = ("name", "toolName", "tool_name")
_CALL_ARGUMENTS = ("arguments", "args", "input", "arguments_json", "parameters")
_RESULT_IDS = ("tool_call_id", "toolCallId", "tool_use_id", "toolUseId", "call_id", "id")
_RESULT_CONTENTS = ("response", "result", "output", "content", "value")


def tool_call(raw: dict[str, AttributeValue]) -> ToolCall | None:
    """A call in any of the provider shapes; None where nothing names a tool.

    Shapes: OTel part, OpenAI `{"id","function":{"name","arguments"}}`, Responses `function_call`,
    Anthropic `tool_use`, Vercel `tool-call`, LangChain `{"name","args","id"}`, OpenInference
    `{"tool_call": {…}}`.
    """
    inner = mapping(raw.get("tool_call")) or raw
    function = mapping(inner.get("function"))
    # Responses items carry an item id (`id`) beside the call id; the result answers the call id.
    call_id = _first_string(inner, _CALL_IDS)
    named = function or inner
    name = _first_string(named, _CALL_NAMES)
    arguments = _first_present(named, _CALL_ARGUMENTS)
    if name is None and (call_id is None or (arguments is None and not function)):
        return None
    return ToolCall(name=name or "", id=call_id, arguments=call_arguments(arguments))


def call_arguments(value: AttributeValue) -> AttributeValue:
    """Arguments as parsed JSON, or the raw string where they are malformed."""
    return unwrap_arguments(value)


def tool_result(raw: dict[str, AttributeValue]) -> ToolResult:
    """A result in any of the provider shapes."""
    content = _first_present(raw, _RESULT_CONTENTS)
    return ToolResult(
        content=result_content(content),
        id=_first_string(raw, _RESULT_IDS),
        name=_first_string(raw, _CALL_NAMES),
    )


def result_content(value: AttributeValue) -> AttributeValue:
    """What the tool said: unwrapped, JSON parsed, a list of text parts joined."""
    parsed = parse(value)
    if isinstance(parsed, list) and len(parsed) == 1:
        only = parsed[0]
        if isinstance(only, dict) and set(only) == {"json"}:  # Bedrock
            return only["json"]
    if isinstance(parsed, dict) and set(parsed) == {"output"}:
        # A message's content is already the result: `{"output": …}` is what the tool itself returned.
        return parsed
    return unwrap_result(parsed)


def _first_string(raw: dict[str, AttributeValue], keys: tuple[str, ...]) -> str | None:
    return next((found for key in keys if (found := string(raw.get(key)))), None)


def _first_present(raw: dict[str, AttributeValue], keys: tuple[str, ...]) -> AttributeValue:
    return next((raw[key] for key in keys if raw.get(key) is not None), None)
