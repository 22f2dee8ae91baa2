"""The spans of a run of our own engine, in the words of the GenAI conventions (1.37) as we read them best.

A call names what was new in it since the agent's call before: whole prompts again and again would make the
trace of a long run a thousand times larger than what was said in it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from halo_dash import __version__
from halo_dash.model.span import Attributes, Resource, Scope, Span, SpanKind, StatusCode

AGENT_NAME = "halo"
RESOURCE = Resource({"service.name": "halo-engine", "service.version": __version__})
SCOPE = Scope("halo_dash.analysis.engine", __version__)


def agent_span(
    trace_id: str,
    span_id: str,
    parent_span_id: str,
    start_ns: int,
    end_ns: int,
    *,
    conversation_id: str,
    path: str,
    question: str,
    answer: str = "",
    error: str = "",
) -> Span:
    """An agent at work, or one that has answered (`end_ns` is not 0)."""
    name = AGENT_NAME if path == "0" else f"{AGENT_NAME} subagent"
    attributes: Attributes = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": name,
        "gen_ai.agent.id": f"{AGENT_NAME}-engine" if path == "0" else f"{AGENT_NAME}-engine-subagent",
        "gen_ai.agent.version": __version__,
        "gen_ai.conversation.id": conversation_id,
        "halo.agent.path": path,
        "gen_ai.input.messages": messages([("user", question)]),
    }
    if answer:
        attributes["gen_ai.output.messages"] = messages([("assistant", answer)])
    return _span(
        trace_id, span_id, parent_span_id, f"invoke_agent {name}", (start_ns, end_ns), attributes, error
    )


def model_span(
    trace_id: str,
    span_id: str,
    parent_span_id: str,
    start_ns: int,
    end_ns: int,
    *,
    role: str,
    request_model: str,
    response_model: str,
    said: str,
    answered: str,
    finish: str,
    usage: Mapping[str, int],
    cost_usd: float | None,
    parameters: Mapping[str, Any],
    price_provider: str | None = None,
    tools: str = "",
    error: str = "",
) -> Span:
    """One call of a model. `usage` has `input`, `output` and `cached` tokens.

    `price_provider` is whom the price table is asked for; None: it goes by the model's name.
    """
    attributes: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": request_model,
        "gen_ai.response.model": response_model,
        "gen_ai.response.finish_reasons": [finish],
        "gen_ai.usage.input_tokens": usage["input"],
        "gen_ai.usage.output_tokens": usage["output"],
        "gen_ai.usage.cache_read.input_tokens": usage["cached"],
        "gen_ai.input.messages": said,
        "gen_ai.output.messages": answered,
        "halo.role": role,
    }
    if cost_usd is not None:
        attributes["gen_ai.usage.cost"] = cost_usd
    if price_provider is not None:
        attributes["gen_ai.provider.name"] = price_provider
    if tools:
        attributes["gen_ai.tool.definitions"] = tools
    attributes |= {f"gen_ai.request.{name}": value for name, value in parameters.items() if value is not None}
    return _span(
        trace_id, span_id, parent_span_id, f"chat {request_model}", (start_ns, end_ns), attributes, error
    )


def tool_span(
    trace_id: str,
    span_id: str,
    parent_span_id: str,
    start_ns: int,
    end_ns: int,
    *,
    name: str,
    call_id: str,
    arguments: str,
    result: str,
    error: str = "",
) -> Span:
    """One use of a tool."""
    attributes: Attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": name,
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.call.arguments": arguments,
        "gen_ai.tool.call.result": result,
    }
    return _span(
        trace_id, span_id, parent_span_id, f"execute_tool {name}", (start_ns, end_ns), attributes, error
    )


def messages(said: Iterable[tuple[str, str]], finish: str = "") -> str:
    """(role, text) as the conventions write messages."""
    found = [{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in said]
    return json.dumps(
        [each | ({"finish_reason": finish} if finish else {}) for each in found], ensure_ascii=False
    )


def call_message(text: str, calls: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
    """What a model said, with its tool calls (id, name, arguments)."""
    parts: list[dict[str, Any]] = [{"type": "text", "content": text}] if text else []
    parts += [
        {"type": "tool_call", "id": call_id, "name": name, "arguments": _parsed(arguments)}
        for call_id, name, arguments in calls
    ]
    return {"role": "assistant", "parts": parts}


def result_message(call_id: str, text: str) -> dict[str, Any]:
    """What a tool answered."""
    return {"role": "tool", "parts": [{"type": "tool_call_response", "id": call_id, "response": text}]}


def text_message(role: str, text: str) -> dict[str, Any]:
    """What somebody said."""
    return {"role": role, "parts": [{"type": "text", "content": text}]}


def _parsed(arguments: str) -> Any:
    """Arguments that cannot be read, or written again, stay the text that they are."""
    try:
        value = json.loads(arguments)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return arguments
    return value


def _span(  # noqa: PLR0917 - the place of a span
    trace_id: str,
    span_id: str,
    parent_span_id: str,
    name: str,
    period: tuple[int, int],
    attributes: Attributes,
    error: str,
) -> Span:
    if error:
        attributes["error.type"] = error.partition(":")[0][:80]
    return Span(
        trace_id,
        span_id,
        parent_span_id,
        name,
        int(SpanKind.INTERNAL),
        *period,
        int(StatusCode.ERROR) if error else int(StatusCode.UNSET),
        error,
        attributes=attributes,
        resource=RESOURCE,
        scope=SCOPE,
    )
