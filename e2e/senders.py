"""One agent run, sent by the exporters people really use."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcExporter
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import StatusCode, set_span_in_context

NODE = Path(__file__).parent / "node"
ANSWER = "It is 330 metres tall."
PYTHON_WIRES = ["grpc", "grpc+gzip", "http/protobuf", "http/protobuf+gzip"]
NODE_WIRES = ["http/json (node)", "http/protobuf (node)"]


def exporter(wire: str, collector: str) -> SpanExporter:
    """The OpenTelemetry SDK's exporter for a wire form; `collector` is the URL `halo serve` printed."""
    match wire:
        case "grpc":
            return GrpcExporter(endpoint=collector, insecure=True)
        case "grpc+gzip":
            return GrpcExporter(endpoint=collector, insecure=True, compression=grpc.Compression.Gzip)
        case "http/protobuf":
            return HttpExporter(endpoint=f"{collector}/v1/traces")
        case "http/protobuf+gzip":
            return HttpExporter(endpoint=f"{collector}/v1/traces", compression=Compression.Gzip)
        case _:
            raise ValueError(wire)


def send_run(wire: str, collector: str, question: str, *, session: str = "e2e", fail: bool = False) -> str:
    """Send one run of an agent that asks a model, searches, and answers. Returns its trace id."""
    if wire in NODE_WIRES:
        return _send_from_node("json" if "json" in wire else "protobuf", collector, question)
    resource = Resource.create({"service.name": "research-agent", "deployment.environment.name": "e2e"})
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter(wire, collector)))
    trace_id = _record_run(provider, question, session=session, fail=fail)
    assert provider.force_flush(20_000)
    provider.shutdown()
    return trace_id


def _record_run(provider: TracerProvider, question: str, *, session: str, fail: bool) -> str:
    tracer = provider.get_tracer("e2e")
    user = {"role": "user", "parts": [{"type": "text", "content": question}]}
    arguments = {"query": "Eiffel Tower height"}
    call = {
        "role": "assistant",
        "parts": [{"type": "tool_call", "id": "call_1", "name": "web_search", "arguments": arguments}],
    }
    result = {
        "role": "tool",
        "parts": [{"type": "tool_call_response", "id": "call_1", "response": "330 metres"}],
    }
    answer = {"role": "assistant", "parts": [{"type": "text", "content": ANSWER}]}
    identity: dict[str, Any] = {
        "gen_ai.operation.name": "invoke_agent",
        "gen_ai.agent.name": "researcher",
        "gen_ai.conversation.id": session,
        "gen_ai.input.messages": json.dumps([user]),
    }
    root = tracer.start_span("invoke_agent researcher", attributes=identity)
    inside = set_span_in_context(root)

    def chat(messages: list[Any], output: Any, tokens: tuple[int, int]) -> None:
        attributes = {
            "gen_ai.operation.name": "chat",
            "gen_ai.provider.name": "openai",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.usage.input_tokens": tokens[0],
            "gen_ai.usage.output_tokens": tokens[1],
            "gen_ai.input.messages": json.dumps(messages),
            "gen_ai.output.messages": json.dumps([output]),
        }
        tracer.start_span("chat gpt-4o-mini", context=inside, attributes=attributes).end()

    chat([user], call, (47, 33))
    tool = tracer.start_span(
        "execute_tool web_search",
        context=inside,
        attributes={
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": "web_search",
            "gen_ai.tool.call.id": "call_1",
            "gen_ai.tool.call.arguments": json.dumps(arguments),
        },
    )
    if fail:
        error = TimeoutError("search backend timed out after 10s")
        tool.record_exception(error)
        tool.set_status(StatusCode.ERROR, str(error))
        root.set_status(StatusCode.ERROR, str(error))
    else:
        tool.set_attribute("gen_ai.tool.call.result", "330 metres")
    tool.end()
    if not fail:
        chat([user, call, result], answer, (91, 12))
        root.set_attribute("gen_ai.output.messages", json.dumps([answer]))
    root.end()
    return format(root.get_span_context().trace_id, "032x")


def node_is_ready() -> str | None:
    """Why the Node exporter cannot run here, or None when it can."""
    if shutil.which("node") is None:
        return "node is not installed"
    if not (NODE / "node_modules").is_dir():
        return "run `npm ci` in e2e/node (make test does, where npm is installed)"
    return None


def _send_from_node(encoding: str, collector: str, question: str) -> str:
    command = ["node", str(NODE / "send.mjs"), encoding, collector, question]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip().splitlines()[-1]
