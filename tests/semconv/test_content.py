"""What a span says beside its messages."""

from __future__ import annotations

import pytest
from reading import content_of

from halo_dash.model.observation import Document, Kind, ToolDefinition
from halo_dash.model.span import Event

S = 1_000_000_000
SCHEMA = {"type": "object", "properties": {"q": {"type": "string"}}}


@pytest.mark.parametrize(
    ("said", "arguments"),
    [
        ({"gen_ai.tool.call.arguments": '{"q": 1}', "input.value": '{"q": 2}'}, {"q": 1}),
        ({"ai.toolCall.args": '{"q": 1}'}, {"q": 1}),
        ({"traceloop.entity.input": '{"args": [], "kwargs": {"q": 1}}'}, {"q": 1}),
        ({"mlflow.spanInputs": '{"q": 1}'}, {"q": 1}),
        ({"gen_ai.tool.call.arguments": "", "input.value": "plain words"}, "plain words"),
        ({"tool.parameters": '{"q": 1}'}, {"q": 1}),
        ({"tool.parameters": '{"type": "object", "properties": {}}'}, None),
        ({}, None),
    ],
)
def test_tool_arguments(said, arguments):
    assert content_of(said, Kind.TOOL).input == arguments


@pytest.mark.parametrize(
    ("said", "result"),
    [
        ({"gen_ai.tool.call.result": "[]", "output.value": "x"}, []),
        ({"output.value": ""}, ""),
        ({"traceloop.entity.output": '"[1]"'}, [1]),
        ({"gen_ai.completion": "{}"}, None),
        ({"gen_ai.completion": '{"output": {"content": "x", "type": "tool", "tool_call_id": "c"}}'}, "x"),
        ({}, None),
    ],
)
def test_tool_results(said, result):
    assert content_of(said, Kind.TOOL).output == result


def test_strands_tools_put_arguments_and_results_into_events():
    events = [
        Event(0, "gen_ai.tool.message", {"role": "tool", "content": '{"q": 1}', "id": "c"}),
        Event(1, "gen_ai.choice", {"message": '[{"text": "found"}]', "id": "c"}),
    ]
    content = content_of({}, Kind.TOOL, events=events)
    assert (content.input, content.output) == ({"q": 1}, "found")


def test_generic_input_and_output():
    said = {"langfuse.trace.input": "trace", "langfuse.trace.output": "end"}
    assert (content_of(said, Kind.SPAN).input, content_of(said, Kind.SPAN).output) == ("trace", "end")
    assert content_of(said, Kind.SPAN, parent="0" * 15 + "2").input is None
    assert content_of({"reranker.query": "q"}, Kind.RERANKER).input == "q"
    assert content_of({"ai.values": ['"a"', '"b"']}, Kind.EMBEDDING).input == ["a", "b"]
    assert content_of({"final_result": '{"n": 1}'}, Kind.AGENT).output == {"n": 1}
    assert content_of({"traceloop.entity.input": '{"args": ["q"], "kwargs": {}}'}, Kind.CHAIN).input == ["q"]


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"gen_ai.response.finish_reasons": ["tool_call"]}, "tool_calls"),
        ({"gen_ai.response.finish_reasons": '["end_turn"]'}, "stop"),
        ({"gen_ai.response.finish_reasons": []}, None),
        ({"llm.finish_reason": "MAX_TOKENS"}, "length"),
        ({"ai.response.finishReason": "content-filter"}, "content_filter"),
        ({"gen_ai.completion.0.finish_reason": "FinishReason.SAFETY"}, "content_filter"),
        ({"anthropic.message.stop_reason": "tool_use"}, "tool_calls"),
        ({"langfuse.observation.metadata.finish_reason": '"stop"'}, "stop"),
        ({"llm.finish_reason": "pause_turn"}, "pause_turn"),
        (
            {"json:gen_ai.completion": {"generations": [[{"generation_info": {"finish_reason": "length"}}]]}},
            "length",
        ),
        ({"output.value": '{"status": "completed", "output": []}'}, None),
        ({}, None),
    ],
)
def test_finish_reason(said, reason):
    assert content_of(said).finish_reason == reason


def test_stop_after_a_tool_call_means_the_call():
    said = {
        "llm.finish_reason": "stop",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "search",
    }
    assert content_of(said).finish_reason == "tool_calls"


@pytest.mark.parametrize(
    "said",
    [
        {
            "json:gen_ai.tool.definitions": [
                {"type": "function", "name": "search", "description": "d", "parameters": SCHEMA}
            ]
        },
        {
            "json:llm.tools.0.tool.json_schema": {
                "type": "function",
                "function": {"name": "search", "description": "d", "parameters": SCHEMA},
            }
        },
        {
            "llm.request.functions.0.name": "search",
            "llm.request.functions.0.description": "d",
            "json:llm.request.functions.0.parameters": SCHEMA,
        },
        {
            "json:ai.prompt.tools": [
                {"type": "function", "name": "search", "description": "d", "inputSchema": SCHEMA}
            ]
        },
        {
            "json:mlflow.chat.tools": [
                {"type": "function", "function": {"name": "search", "description": "d", "parameters": SCHEMA}}
            ]
        },
        {"json:input.value": {"tools": [{"name": "search", "description": "d", "input_schema": SCHEMA}]}},
        {
            "json:input.value": {
                "tools": [
                    {"functionDeclarations": [{"name": "search", "description": "d", "parameters": SCHEMA}]}
                ]
            }
        },
        {
            "json:input.value": {
                "tools": [
                    {"toolSpec": {"name": "search", "description": "d", "inputSchema": {"json": SCHEMA}}}
                ]
            }
        },
    ],
)
def test_tool_definitions(said):
    assert content_of(said).tool_definitions == (ToolDefinition("search", "d", SCHEMA),)


def test_documents():
    assert content_of(
        {
            "retrieval.documents.0.document.id": "d",
            "retrieval.documents.0.document.content": "words",
            "retrieval.documents.0.document.score": "0.5",
            "json:retrieval.documents.0.document.metadata": {"a": 1},
        },
        Kind.RETRIEVER,
    ).documents == (Document("d", "words", 0.5, {"a": 1}),)
    listed = {"json:gen_ai.retrieval.documents": [{"id": 7, "score": 0.9, "content": {"a": 1}}]}
    assert content_of(listed, Kind.RETRIEVER).documents == (Document("7", '{"a":1}', 0.9),)
    langchain = {"json:gen_ai.completion": {"documents": [{"page_content": "words", "metadata": {"a": 1}}]}}
    assert content_of(langchain, Kind.RETRIEVER).documents == (Document(None, "words", None, {"a": 1}),)
    assert content_of(langchain, Kind.CHAIN).documents == ()


def test_a_reranker_gives_back_the_words_it_was_given():
    assert content_of(
        {
            "reranker.input_documents.0.document.id": "a",
            "reranker.input_documents.0.document.content": "words",
            "reranker.output_documents.0.document.id": "a",
            "reranker.output_documents.0.document.score": 0.9,
        },
        Kind.RERANKER,
    ).documents == (Document("a", "words", 0.9),)


def test_parameters_come_from_the_first_convention_that_has_any():
    assert content_of(
        {"llm.invocation_parameters": '{"temperature": 0.2}', "gen_ai.request.top_p": 1}
    ).parameters == {"temperature": 0.2}
    assert content_of({"gen_ai.request.model": "m", "gen_ai.request.top_p": 1}).parameters == {"top_p": 1}
    assert content_of({"ai.settings.maxSteps": 8}).parameters == {"maxSteps": 8}
    assert content_of({"gen_ai.request.model": "m"}).parameters is None


@pytest.mark.parametrize(
    ("said", "is_streaming"),
    [
        ({"llm.streaming": "true"}, True),
        ({"llm.is_streaming": False}, False),
        ({"llm.streaming": 3}, None),
        ({}, None),
    ],
)
def test_streaming(said, is_streaming):
    assert content_of(said).is_streaming is is_streaming


@pytest.mark.parametrize(
    ("said", "events", "waited_ns"),
    [
        ({"gen_ai.response.time_to_first_chunk": 0.25}, [], S // 4),
        ({"ai.response.msToFirstChunk": 250}, [], S // 4),
        ({"langfuse.observation.completion_start_time": '"2026-11-20T06:00:00.250Z"'}, [], S // 4),
        ({"langfuse.observation.completion_start_time": '"2026-11-20T05:00:00Z"'}, [], None),
        ({}, [Event(1795154400 * S + 7, "First Token Stream Event")], 7),
        ({"gen_ai.response.time_to_first_chunk": float("nan")}, [], None),
        ({"ai.response.msToFirstChunk": "soon"}, [], None),
        ({}, [], None),
    ],
)
def test_time_to_first_token(said, events, waited_ns):
    assert content_of(said, events=events, start_ns=1795154400 * S).time_to_first_token_ns == waited_ns


def test_stack():
    first = Event(0, "exception", {"exception.stacktrace": "first"})
    last = Event(1, "exception", {"exception.stacktrace": "last"})
    assert content_of({}, events=[first, last]).stack == "last"
    behind = Event(0, "exception", {"exception.message": "Boom()Traceback (most recent call last):\n  x"})
    assert content_of({}, events=[behind]).stack == "Traceback (most recent call last):\n  x"
    assert content_of({}).stack is None


def test_tags_and_metadata():
    said = {
        "tag.tags": ["a", "b"],
        "langsmith.span.tags": "b, c",
        "mlflow.traceTag.stage": '"beta"',
        "metadata": '{"tier": "gold"}',
        "langsmith.metadata.tier": "silver",
        "langsmith.metadata.step": 1,
    }
    content = content_of(said)
    assert content.tags == ("a", "b", "c", "stage=beta")
    assert content.metadata == {"tier": "gold", "step": 1}
    assert (content_of({}).tags, content_of({}).metadata) == ((), None)
