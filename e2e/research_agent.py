"""The agent of the tutorial: `web_search` finds nothing half of the time and is tried up to three times more.

Real OpenTelemetry spans by the conventions for generative AI; the model is a few lines of Python.
"""

from __future__ import annotations

import json
import random
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, Tracer

from .senders import exporter

QUESTIONS = ("the Lisbon tram network", "rainfall on Madeira", "cork oak harvests", "the Douro railway")
RETRIES = 3
LOOP = 3
"""Searches for the same thing in other words, from the third of which on it is a loop."""

_WORDINGS = (
    "history of {}",
    "{} historical overview",
    "historical overview of {}",
    "how did {} begin, a history",
)


def run_agent(collector: str, runs: int, *, seed: int, is_down_for_runs: bool, version: str = "1.0") -> int:
    """Send some runs. Returns in how many of them the agent searched in a loop.

    Half of the time there is nothing: for whole runs, or for single searches.
    """
    draw = random.Random(seed)  # noqa: S311 - runs that repeat, no secrets
    resource = Resource.create({"service.name": "research-agent", "service.version": version})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter("http/protobuf", collector)))
    tracer = provider.get_tracer("tutorial")
    loops = 0
    for number in range(runs):
        is_down = draw.random() < 0.5
        searches = 1
        while searches <= RETRIES and (is_down if is_down_for_runs else draw.random() < 0.5):
            searches += 1
        found = searches <= RETRIES or not (is_down if is_down_for_runs else draw.random() < 0.5)
        _run(tracer, QUESTIONS[number % len(QUESTIONS)], searches, has_found=found)
        loops += searches >= LOOP
    assert provider.force_flush(20_000)
    provider.shutdown()
    return loops


def _run(tracer: Tracer, topic: str, searches: int, *, has_found: bool) -> None:
    history = [_said("user", f"Tell me the history of {topic}.")]
    identity = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "researcher"}
    with tracer.start_as_current_span("invoke_agent researcher", attributes=identity):
        for at in range(searches):
            arguments = {"query": _WORDINGS[at].format(topic)}
            call = {"type": "tool_call", "id": f"call_{at}", "name": "web_search", "arguments": arguments}
            _chat(tracer, history, {"role": "assistant", "parts": [call], "finish_reason": "tool_call"})
            is_last = at == searches - 1
            results = [f"A page on {topic}"] if is_last and has_found else []
            _search(tracer, f"call_{at}", arguments, results)
            answer = {"type": "tool_call_response", "id": f"call_{at}", "response": results}
            history.append({"role": "tool", "parts": [answer]})
        words = f"Here is the history of {topic}." if has_found else f"I know little of {topic}."
        _chat(tracer, history, {**_said("assistant", words), "finish_reason": "stop"})


def _chat(tracer: Tracer, history: list[Any], output: dict[str, Any]) -> None:
    attributes = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": "openai",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.response.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 60 * len(history),
        "gen_ai.usage.output_tokens": 30,
        "gen_ai.input.messages": json.dumps(history),
    }
    span: Span
    with tracer.start_as_current_span("chat gpt-4o-mini", attributes=attributes) as span:
        span.set_attribute("gen_ai.output.messages", json.dumps([output]))
    history.append(output)


def _search(tracer: Tracer, call_id: str, arguments: dict[str, str], results: list[str]) -> None:
    attributes = {
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": "web_search",
        "gen_ai.tool.call.id": call_id,
        "gen_ai.tool.call.arguments": json.dumps(arguments),
    }
    with tracer.start_as_current_span("execute_tool web_search", attributes=attributes) as span:
        span.set_attribute("gen_ai.tool.call.result", json.dumps(results))


def _said(role: str, text: str) -> dict[str, Any]:
    return {"role": role, "parts": [{"type": "text", "content": text}]}
