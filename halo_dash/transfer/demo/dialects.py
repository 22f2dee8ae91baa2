"""How the demo's spans spell what happened: OpenTelemetry GenAI and OpenInference.

Besides `semconv` this is the only module with attribute keys: it plays the sender.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from halo_dash.model.span import Attributes, Event, Resource, Scope
from halo_dash.transfer.demo.script import Agent, Retrieve, Tool, Trouble, Use


@dataclass(frozen=True, slots=True)
class Turn:
    """One message of the history that a model call sends."""

    role: str
    text: str = ""
    calls: tuple[tuple[str, Use], ...] = ()
    """(tool call id, use) of each call an assistant message asks for."""
    answers: tuple[str, Use] | None = None
    """The call that a tool message answers."""


@dataclass(frozen=True, slots=True)
class ModelCall:
    """What one model call sends and gets; tokens are None where the provider refused."""

    agent: Agent
    history: Sequence[Turn]
    output: Turn | None
    finish_reason: str = ""
    response_id: str = ""
    input_tokens: int = 0
    output_tokens: int = 0
    cached_tokens: int = 0


def resource_of(agent: Agent, version: str) -> Resource:
    """The process that runs `agent`."""
    return Resource(
        {
            "service.name": agent.service,
            "service.version": version,
            "deployment.environment.name": agent.environment,
            "telemetry.sdk.language": "python",
            "telemetry.sdk.name": "opentelemetry",
        }
    )


def scope_of(agent: Agent) -> Scope:
    """The instrumentation that `agent` uses."""
    return Scope(f"demo.{agent.dialect}", "1.0.0")


def exception_event(trouble: Trouble, time_ns: int) -> Event:
    """The exception as the OpenTelemetry SDK records it."""
    said: Attributes = {"exception.type": trouble.type, "exception.message": trouble.message}
    if trouble.stack:
        said["exception.stacktrace"] = trouble.stack
    return Event(time_ns, "exception", said)


def error_attributes(trouble: Trouble | None) -> Attributes:
    """What an errored span says besides its status."""
    return {"error.type": trouble.type} if trouble else {}


def agent_attributes(agent: Agent, question: str, answer: str, session: str, user: str) -> Attributes:
    """The AGENT span of a run."""
    if agent.dialect == "openinference":
        said: Attributes = {
            "openinference.span.kind": "AGENT",
            "agent.name": agent.name,
            "agent.id": agent.id,
            "input.value": question,
            "session.id": session,
            "user.id": user,
        }
        return said | ({"output.value": answer} if answer else {})
    said = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.provider.name": agent.provider,
        "gen_ai.agent.name": agent.name,
        "gen_ai.agent.id": agent.id,
        "gen_ai.request.model": agent.model,
        "gen_ai.conversation.id": session,
        "user.id": user,
        "gen_ai.input.messages": _parts_json([Turn("user", question)]),
    }
    return said | ({"gen_ai.output.messages": _parts_json([Turn("assistant", answer)])} if answer else {})


def model_attributes(call: ModelCall) -> Attributes:
    """The LLM span of a model call."""
    return _openinference_model(call) if call.agent.dialect == "openinference" else _gen_ai_model(call)


def tool_attributes(agent: Agent, call_id: str, use: Use) -> Attributes:
    """The TOOL span of a tool call."""
    arguments = use.arguments if isinstance(use.arguments, str) else _json(use.arguments)
    said: Attributes
    if agent.dialect == "openinference":
        said = {
            "openinference.span.kind": "TOOL",
            "tool.name": use.tool,
            "tool_call.id": call_id,
            "input.value": arguments,
        }
        return said | ({} if use.trouble else {"output.value": _as_text(use.result)})
    said = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": use.tool,
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.call.arguments": arguments,
    }
    return said | ({} if use.trouble else {"gen_ai.tool.call.result": _as_text(use.result)})


def embedding_attributes(query: str, model: str, tokens: int) -> Attributes:
    """The EMBEDDING span of a question."""
    return {
        "openinference.span.kind": "EMBEDDING",
        "embedding.model_name": model,
        "llm.provider": "openai",
        "embedding.embeddings.0.embedding.text": query,
        "input.value": query,
        "llm.token_count.prompt": tokens,
        "llm.token_count.total": tokens,
    }


def retriever_attributes(step: Retrieve) -> Attributes:
    """The RETRIEVER span with the documents it found."""
    said: Attributes = {"openinference.span.kind": "RETRIEVER", "input.value": step.query}
    for number, (document_id, score, text) in enumerate(step.documents):
        prefix = f"retrieval.documents.{number}.document"
        said |= {f"{prefix}.id": document_id, f"{prefix}.score": score, f"{prefix}.content": text}
    return said


def _gen_ai_model(call: ModelCall) -> Attributes:
    agent = call.agent
    said: Attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": agent.provider,
        "gen_ai.request.model": agent.model,
        "gen_ai.request.temperature": 0.2,
        "gen_ai.system_instructions": _json([{"type": "text", "content": agent.system}]),
        "gen_ai.input.messages": _parts_json(call.history),
    }
    if agent.tools:
        definitions = [{"type": "function", **_function(tool)} for tool in agent.tools]
        said["gen_ai.tool.definitions"] = _json(definitions)
    if call.output is None:
        return said
    said |= {
        "gen_ai.response.model": agent.model,
        "gen_ai.response.id": call.response_id,
        "gen_ai.response.finish_reasons": [call.finish_reason],
        "gen_ai.usage.input_tokens": call.input_tokens,
        "gen_ai.usage.output_tokens": call.output_tokens,
        "gen_ai.output.messages": _parts_json([call.output], call.finish_reason),
    }
    return said | ({"gen_ai.usage.cache_read.input_tokens": call.cached_tokens} if call.cached_tokens else {})


def _parts_json(turns: Sequence[Turn], finish_reason: str = "") -> str:
    messages: list[object] = []
    for turn in turns:
        message: dict[str, object] = {"role": turn.role, "parts": _parts(turn)}
        messages.append(message | ({"finish_reason": finish_reason} if finish_reason else {}))
    return _json(messages)


def _parts(turn: Turn) -> list[object]:
    parts: list[object] = []
    if turn.answers is not None:
        call_id, use = turn.answers
        parts.append({"type": "tool_call_response", "id": call_id, "response": _answer(use)})
    elif turn.text or not turn.calls:
        parts.append({"type": "text", "content": turn.text})
    for call_id, use in turn.calls:
        parts.append({"type": "tool_call", "id": call_id, "name": use.tool, "arguments": use.arguments})
    return parts


def _openinference_model(call: ModelCall) -> Attributes:
    said: Attributes = {
        "openinference.span.kind": "LLM",
        "llm.provider": call.agent.provider,
        "llm.model_name": call.agent.model,
        "llm.invocation_parameters": '{"temperature": 0.2}',
        "input.value": call.history[-1].text if call.history else "",
        "llm.input_messages.0.message.role": "system",
        "llm.input_messages.0.message.content": call.agent.system,
    }
    for number, tool in enumerate(call.agent.tools):
        schema = {"type": "function", "function": _function(tool)}
        said[f"llm.tools.{number}.tool.json_schema"] = _json(schema)
    for number, turn in enumerate(call.history, 1):
        said |= _flattened(f"llm.input_messages.{number}.message", turn)
    if call.output is None:
        return said
    said |= _flattened("llm.output_messages.0.message", call.output)
    said |= {
        "llm.finish_reason": call.finish_reason,
        "llm.token_count.prompt": call.input_tokens,
        "llm.token_count.completion": call.output_tokens,
        "llm.token_count.total": call.input_tokens + call.output_tokens,
    }
    return said | ({"output.value": call.output.text} if call.output.text else {})


def _flattened(prefix: str, turn: Turn) -> Attributes:
    said: Attributes = {f"{prefix}.role": turn.role}
    if turn.answers is not None:
        said |= {f"{prefix}.tool_call_id": turn.answers[0], f"{prefix}.content": _answer(turn.answers[1])}
    elif turn.text:
        said[f"{prefix}.content"] = turn.text
    for number, (call_id, use) in enumerate(turn.calls):
        at = f"{prefix}.tool_calls.{number}.tool_call"
        arguments = use.arguments if isinstance(use.arguments, str) else _json(use.arguments)
        said |= {f"{at}.id": call_id, f"{at}.function.name": use.tool, f"{at}.function.arguments": arguments}
    return said


def _function(tool: Tool) -> dict[str, object]:
    properties = {name: {"type": kind} for name, kind in tool.arguments.items()}
    schema = {"type": "object", "properties": properties, "required": list(properties)}
    return {"name": tool.name, "description": tool.description, "parameters": schema}


def definitions_size(agent: Agent) -> int:
    """Characters that the offered tools add to every prompt of `agent`."""
    return sum(len(_json(_function(tool))) for tool in agent.tools)


def _answer(use: Use) -> str:
    """What the model is told about a call: its result, or the error the agent caught."""
    return f"{use.trouble.type}: {use.trouble.message}" if use.trouble else _as_text(use.result)


def _as_text(value: object) -> str:
    return value if isinstance(value, str) else _json(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)
