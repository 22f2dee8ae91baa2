"""No attribute value, however strange, stops the reading of a span or of its trace."""

from __future__ import annotations

import json

import pytest
from contents import span_contents
from hypothesis import given, settings
from hypothesis import strategies as st

from halo_dash.model.observation import Kind, Observation
from halo_dash.model.span import Event, LogRecord, Span
from halo_dash.semconv import read_content
from halo_dash.semconv.thread import finish_reasons, recover_tool_io, thread

KEYS = (
    "gen_ai.input.messages", "gen_ai.output.messages", "gen_ai.system_instructions", "gen_ai.prompt",
    "gen_ai.completion", "gen_ai.tool.definitions", "gen_ai.response.finish_reasons",
    "gen_ai.tool.call.arguments", "gen_ai.tool.call.result", "gen_ai.request.temperature",
    "gen_ai.response.time_to_first_chunk", "gen_ai.retrieval.documents",
    "gen_ai.prompt.0.content", "gen_ai.prompt.0.role", "gen_ai.prompt.0.tool_calls.0.name", "gen_ai.prompt.x",
    "gen_ai.completion.0.content", "gen_ai.completion.0.finish_reason", "gen_ai.completion.0.function_call",
    "llm.input_messages", "llm.output_messages", "llm.input_messages.0", "llm.input_messages.0.message",
    "llm.input_messages.0.message.role", "llm.input_messages.0.message.content",
    "llm.input_messages.0.message.contents", "llm.input_messages.0.message.contents.0",
    "llm.input_messages.0.message.contents.0.message_content.type",
    "llm.input_messages.0.message.contents.0.message_content.image.image.url",
    "llm.input_messages.0.message.contents.0.tool_call.function.name",
    "llm.input_messages.0.message.tool_calls.1.tool_call.function.arguments",
    "llm.output_messages.0.message.tool_calls", "llm.output_messages.10.message.content",
    "llm.output_messages.0.message.tool_calls.0.tool_call.id", "message.tool_calls", "message.tool_calls.0",
    "llm.invocation_parameters", "llm.tools.0.tool.json_schema", "llm.request.functions.0.name",
    "llm.streaming", "llm.finish_reason", "input.value", "output.value", "input", "output",
    "langfuse.observation.input", "langfuse.observation.output", "langfuse.trace.tags",
    "langfuse.observation.completion_start_time", "langfuse.observation.metadata.a",
    "ai.prompt", "ai.prompt.messages", "ai.prompt.tools", "ai.response.text", "ai.response.toolCalls",
    "ai.response.reasoning", "ai.response.object", "ai.response.msToFirstChunk", "ai.values",
    "events", "all_messages_events", "pydantic_ai.all_messages", "final_result", "model_request_parameters",
    "mlflow.spanInputs", "mlflow.spanOutputs", "mlflow.chat.tools", "mlflow.traceTag.a",
    "traceloop.entity.input", "traceloop.entity.output", "retrieval.documents.0.document.content",
    "retrieval.documents.0", "reranker.output_documents.0.document.score",
    "reranker.input_documents.0.document.id", "tool.parameters", "metadata", "tags", "tag.tags",
    "langsmith.span.tags", "gen_ai.tool.call.id", "tool.name", "exception.stacktrace",
)  # fmt: skip
MEMBERS = (
    "role", "content", "parts", "type", "text", "tool_calls", "function", "name", "arguments", "id", "args",
    "kwargs", "messages", "input", "output", "choices", "message", "delta", "candidates", "generations",
    "system", "instructions", "contents", "data", "update", "document", "documents", "score", "metadata",
    "event.name", "source", "image_url", "summary", "functionCall", "toolUse", "toolResult", "index",
    "finish_reason", "tools", "invalid_tool_calls", "additional_kwargs", "response_metadata", "INVALID_JSON",
    "inputs", "tool_call", "reasoning", "thinking", "audio", "refusal", "prompt", "model", "config",
    "message.role", "message.content", "generation_info", "tool_call_id", "value", "result", "response",
)  # fmt: skip
WORDS = (
    "user", "assistant", "system", "tool", "model", "ai", "constructor", "text", "tool_call", "tool_use",
    "tool_result", "function_call", "function_call_output", "message", "reasoning", "image", "blob", "json",
    "gen_ai.choice", "gen_ai.user.message", "", "stop", "{", '["', "[]", "null", "true", "data:,", "\ud800",
)  # fmt: skip

scalars = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.sampled_from(WORDS) | st.text(max_size=6)
    | st.binary(max_size=6)
)  # fmt: skip
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=12,
)


def _as_json(value) -> str:
    return json.dumps(value, default=str)


attributes = st.dictionaries(st.sampled_from(KEYS), values | values.map(_as_json), max_size=5)


@given(attributes, attributes, values, st.sampled_from(Kind), st.integers(-(2**63), 2**64))
@settings(max_examples=400, deadline=None)
def test_no_value_stops_the_reading_of_a_span(said, of_event, body, kind, time_ns):
    span = Span(
        "0" * 31 + "1", "0" * 15 + "1", name="x", start_ns=time_ns, attributes=said,
        events=(
            Event(time_ns, "exception", of_event), Event(0, "gen_ai.choice", of_event),
            Event(1, "gen_ai.content.prompt", of_event),
            Event(2, "mlflow.chunk.item.0", {"mlflow.chunk.value": body}),
        ),
    )  # fmt: skip
    details = {**of_event, "event.name": "gen_ai.client.inference.operation.details"}
    logs = [
        LogRecord(span.trace_id, span.span_id, event_name="gen_ai.choice", body=body),
        LogRecord(span.trace_id, span.span_id, body=body, attributes={"event.name": "gen_ai.user.message"}),
        LogRecord(span.trace_id, span.span_id, attributes=details),
    ]  # fmt: skip
    content = read_content(span, Observation(kind=kind), logs)
    assert all(message.parts for message in (*content.input_messages, *content.output_messages))
    if kind not in {Kind.LLM, Kind.AGENT, Kind.CHAIN}:
        assert content.input_messages == content.output_messages == ()


@given(st.lists(attributes, min_size=1, max_size=4), st.lists(st.sampled_from(Kind), min_size=4, max_size=4))
@settings(max_examples=150, deadline=None)
def test_no_value_stops_the_reading_of_a_trace(said, kinds):
    spans = [
        Span(
            "0" * 31 + "1", f"{at:016x}", f"{at - 1:016x}" if at > 1 else "", "x", 0, at, at + 5,
            attributes={"openinference.span.kind": kinds[at % 4].value, **attributes},
        )
        for at, attributes in enumerate(said, 1)
    ]  # fmt: skip
    [of] = span_contents(spans).values()
    items = thread(of)
    assert all(item.parts for item in items)
    assert set(recover_tool_io(of)) | set(finish_reasons(of)) <= {span.span_id for span in spans}


def _nested(depth: int):
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


@pytest.mark.parametrize("key", KEYS)
def test_nesting_deeper_than_the_stack_is_kept_as_it_came(key):
    for value in (_nested(3_000), "[" * 100_000, '{"messages":' * 5_000):
        span = Span("0" * 31 + "1", "0" * 15 + "1", attributes={key: value, "tool.name": "t"})
        for kind in (Kind.LLM, Kind.TOOL, Kind.RETRIEVER):
            read_content(span, Observation(kind=kind))


def test_a_part_nested_deeper_than_the_stack_is_still_said_once():
    call = {"type": "tool_call", "name": "t", "arguments": {"a": _nested(3_000)}}
    question = {"role": "user", "parts": [{"type": "text", "content": "q"}]}
    messages = [question, {"role": "assistant", "parts": [call]}]
    spans = [
        Span(
            "0" * 31 + "1", f"{at:016x}", "", "chat", 0, at, at + 1,
            attributes={
                "openinference.span.kind": "LLM",
                "gen_ai.input.messages": messages,
            },
        )
        for at in (1, 2)
    ]  # fmt: skip
    [of] = span_contents(spans).values()
    assert [item.role for item in thread(of)] == ["user", "assistant"]


def test_a_key_of_ten_thousand_dots_is_a_key():
    span = Span("0" * 31 + "1", "0" * 15 + "1", attributes={"llm.input_messages.0." + "a." * 10_000: "x"})
    assert read_content(span, Observation(kind=Kind.LLM)).input_messages == ()
