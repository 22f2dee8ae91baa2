"""Messages in every convention's own attributes, logs and events, and which of them is believed first."""

from __future__ import annotations

import json

import pytest
from reading import ANSWER, CALL, PARTS, QUESTION, READ, RESULT, SYSTEM, inputs, outputs

from halo_dash.model.message import Media, Other, Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.observation import Kind


@pytest.mark.parametrize("key", ["json:gen_ai.input.messages", "gen_ai.input.messages"])
def test_otel_parts_as_json_and_as_structure(key):
    assert inputs({key: PARTS}) == READ


def test_otel_system_instructions_come_first():
    instructions = [{"type": "text", "content": "Be brief."}]
    assert inputs({"json:gen_ai.input.messages": PARTS, "json:gen_ai.system_instructions": instructions}) == [
        SYSTEM,
        *READ,
    ]
    assert (
        inputs({"json:gen_ai.input.messages": PARTS, "gen_ai.system_instructions": "Be brief."})[0] == SYSTEM
    )


def test_otel_parts_of_other_kinds():
    parts = [
        {"type": "blob", "mime_type": "image/png", "modality": "image", "content": "AAAA"},
        {"type": "uri", "modality": "image", "uri": "https://e/x"},
        {"type": "tool_call", "id": "c1", "name": "search", "arguments": '{"q": '},
        {"type": "something new", "value": 1},
    ]
    assert outputs({"json:gen_ai.output.messages": [{"role": "assistant", "parts": parts}]}) == [
        (
            "assistant",
            Media("image/png", None, "AAAA"),
            Media(None, "https://e/x"),
            ToolCall("search", "c1", '{"q": '),
            Other({"type": "something new", "value": 1}),
        )
    ]


def test_otel_parts_mixed_with_openai_fields_are_said_once():
    message = {
        "role": "assistant",
        "content": "a",
        "parts": [{"type": "text", "content": "a"}, PARTS[1]["parts"][1]],
        "tool_calls": [
            {"id": "c1", "function": {"name": "search", "arguments": "{}"}},
            {"id": "c2", "function": {"name": "search", "arguments": "{}"}},
        ],
    }
    assert outputs({"json:gen_ai.output.messages": [message]}) == [
        ("assistant", Text("a"), CALL, ToolCall("search", "c2", {}))
    ]


def test_a_user_message_of_only_tool_results_is_a_tools():
    result = {"type": "tool_call_response", "id": "c1", "name": "search", "result": "[1]"}
    assert inputs({"json:gen_ai.input.messages": [{"role": "user", "parts": [result]}]}) == [
        ("tool", ToolResult([1], "c1", "search"))
    ]


def test_messages_cut_off_on_the_way_are_kept_raw():
    whole = json.dumps(PARTS)
    assert inputs({"gen_ai.input.messages": whole[:40]}) == [("user", Other(whole[:40]))]
    assert inputs({"gen_ai.input.messages": whole[:40], "json:input.value": {"messages": PARTS}}) == READ


OPENINFERENCE = {
    "llm.input_messages.10.message.role": "tool",
    "llm.input_messages.10.message.content": "[1]",
    "llm.input_messages.10.message.tool_call_id": "c1",
    "llm.input_messages.2.message.role": "user",
    "llm.input_messages.2.message.content": "q",
    "llm.input_messages.9.message.role": "model",
    "llm.input_messages.9.message.tool_calls.0.tool_call.id": "c1",
    "llm.input_messages.9.message.tool_calls.0.tool_call.function.name": "search",
    "llm.input_messages.9.message.tool_calls.0.tool_call.function.arguments": '{"q": 1}',
}


def test_openinference_indices_are_numbers_and_may_have_gaps():
    assert inputs(OPENINFERENCE) == [QUESTION, ("assistant", CALL), RESULT]


def test_openinference_content_and_contents_with_the_same_text_are_said_once():
    prefix = "llm.output_messages.0.message."
    assert outputs(
        {
            prefix + "role": "assistant",
            prefix + "content": "a",
            prefix + "contents.0.message_content.type": "reasoning",
            prefix + "contents.0.message_content.text": "hm",
            prefix + "contents.1.message_content.type": "text",
            prefix + "contents.1.message_content.text": "a",
            prefix + "contents.2.message_content.type": "tool_use",
            prefix + "contents.2.tool_call.id": "c1",
            prefix + "contents.2.tool_call.function.name": "search",
            prefix + "contents.2.tool_call.function.arguments": '{"q": 1}',
            prefix + "tool_calls.0.tool_call.id": "c1",
            prefix + "tool_calls.0.tool_call.function.name": "search",
            prefix + "tool_calls.0.tool_call.function.arguments": '{"q": 1}',
        }
    ) == [("assistant", Reasoning("hm"), Text("a"), CALL)]


def test_openinference_images_and_old_function_calls():
    prefix = "llm.input_messages.0.message."
    assert inputs(
        {
            prefix + "role": "user",
            prefix + "contents.0.message_content.type": "image",
            prefix + "contents.0.message_content.image.image.url": "data:image/png;base64,AAAA",
            prefix + "function_call_name": "search",
            prefix + "function_call_arguments_json": '{"q": 1}',
        }
    ) == [("user", Media("image/png", None, "AAAA"), ToolCall("search", None, {"q": 1}))]


def test_openinference_content_that_is_the_whole_list_is_opened():
    items = [
        {"role": "user", "content": "q"},
        {"type": "function_call", "call_id": "c1", "name": "search", "arguments": '{"q": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "[1]"},
    ]
    said = {
        "llm.input_messages.0.message.role": "user",
        "json:llm.input_messages.0.message.content": items,
        "json:input.value": {"instructions": "Be brief.", "input": items},
        "json:llm.output_messages.0.message.content": [items[1]],
        "llm.output_messages.0.message.tool_calls.0.tool_call.id": "c1",
        "llm.output_messages.0.message.tool_calls.0.tool_call.function.name": "search",
    }
    assert inputs(said) == [SYSTEM, QUESTION, ("assistant", CALL), RESULT]
    assert outputs(said) == [("assistant", CALL)]


def test_a_list_that_a_user_wrote_is_text():
    said = {
        "llm.input_messages.0.message.role": "user",
        "llm.input_messages.0.message.content": '[{"a": 1}, [2]]',
    }
    assert inputs(said) == [("user", Text('[{"a": 1}, [2]]'))]


def test_googles_automatic_calls_come_before_the_answer():
    assert outputs(
        {
            "llm.output_messages.0.message.role": "model",
            "llm.output_messages.0.message.content": "a",
            "message.tool_calls.0.tool_call.function.name": "search",
            "message.tool_calls.0.tool_call.function.arguments": '{"q": 1}',
        }
    ) == [("assistant", ToolCall("search", None, {"q": 1}), Text("a"))]


def test_halo_jsonl_has_the_messages_as_one_string_too():
    message = {"role": "user", "content": "q"}
    assert inputs({"json:llm.input_messages": [message]}) == [QUESTION]
    streamed = {"id": "r", "output": [{"type": "message", "content": [{"type": "output_text", "text": "a"}]}]}
    assert outputs({"json:llm.output_messages": [streamed]}) == [ANSWER]


def test_openllmetry():
    said = {
        "gen_ai.prompt.0.role": "user",
        "gen_ai.prompt.0.content": '[{"type": "text", "text": "q"}]',
        "gen_ai.prompt.1.role": "assistant",
        "gen_ai.prompt.1.tool_calls.0.id": "c1",
        "gen_ai.prompt.1.tool_calls.0.name": "search",
        "gen_ai.prompt.1.tool_calls.0.arguments": '{"q": 1}',
        "gen_ai.prompt.2.role": "tool",
        "gen_ai.prompt.2.content": "[1]",
        "gen_ai.prompt.2.tool_call_id": "c1",
        "gen_ai.completion.0.role": "assistant",
        "gen_ai.completion.0.content": "a",
        "gen_ai.completion.0.finish_reason": "stop",
    }
    assert inputs(said) == [QUESTION, ("assistant", CALL), RESULT]
    assert outputs(said) == [ANSWER]
    old = {
        "gen_ai.completion.0.function_call.name": "search",
        "gen_ai.completion.0.function_call.arguments": '{"q": 1}',
    }
    assert outputs(old) == [("assistant", ToolCall("search", None, {"q": 1}))]


@pytest.mark.parametrize(
    ("call", "result"),
    [
        ({"args": {"q": 1}}, {"result": [1]}),
        ({"input": {"q": 1}}, {"output": {"type": "json", "value": [1]}}),
        ({"input": '{"q": 1}'}, {"output": {"type": "text", "value": "[1]"}}),
    ],
    ids=["v4", "v5", "v6"],
)
def test_vercel_messages(call, result):
    messages = [
        {"role": "user", "content": [{"type": "text", "text": "q"}]},
        {
            "role": "assistant",
            "content": [{"type": "tool-call", "toolCallId": "c1", "toolName": "search", **call}],
        },
        {
            "role": "tool",
            "content": [{"type": "tool-result", "toolCallId": "c1", "toolName": "search", **result}],
        },
    ]
    said = [QUESTION, ("assistant", CALL), ("tool", ToolResult([1], "c1", "search"))]
    assert inputs({"json:ai.prompt.messages": messages}) == said
    assert inputs({"json:ai.prompt": {"system": "Be brief.", "messages": messages}}, Kind.AGENT) == [
        SYSTEM,
        *said,
    ]
    assert inputs({"json:ai.prompt": {"prompt": "q"}}, Kind.AGENT) == [QUESTION]


def test_vercel_answers():
    calls = [{"toolCallId": "c1", "toolName": "search", "input": '{"q": 1}'}]
    said = {"ai.response.text": "a", "ai.response.reasoning": "hm", "json:ai.response.toolCalls": calls}
    assert outputs(said) == [("assistant", Reasoning("hm"), Text("a"), CALL)]
    assert outputs({"json:ai.response.object": {"n": 1}}) == [("assistant", Text('{"n":1}'))]


def test_langfuse():
    said = {
        "json:langfuse.observation.input": {"messages": [{"role": "user", "content": "q"}], "tools": []},
        "json:langfuse.observation.output": {"role": "assistant", "content": "a"},
    }
    assert (inputs(said), outputs(said)) == ([QUESTION], [ANSWER])
    assert outputs({"langfuse.observation.output": "a"}) == [ANSWER]
    assert outputs({"langfuse.observation.output": "a"}, Kind.CHAIN) == []
    kwargs = {"tool_calls": [{"id": "c1", "function": {"name": "search", "arguments": '{"q": 1}'}}]}
    message = {"role": "assistant", "content": "", "additional_kwargs": kwargs}
    assert outputs({"json:langfuse.observation.output": message}) == [("assistant", CALL)]


def test_google_adk_and_logfire_requests():
    adk = {
        "json:gcp.vertex.agent.llm_request": {
            "model": "m",
            "config": {"system_instruction": "Be brief."},
            "contents": [{"role": "user", "parts": [{"text": "q"}]}],
        },
        "json:gcp.vertex.agent.llm_response": {
            "content": {"role": "model", "parts": [{"text": "a"}]},
            "finish_reason": "STOP",
        },
    }
    assert (inputs(adk), outputs(adk)) == ([SYSTEM, QUESTION], [ANSWER])
    logfire = {
        "json:request_data": {"model": "m", "messages": [{"role": "user", "content": "q"}]},
        "json:response_data": {"message": {"role": "assistant", "content": "a"}, "usage": {}},
    }
    assert (inputs(logfire), outputs(logfire)) == ([QUESTION], [ANSWER])


SOURCES = {
    "json:gen_ai.input.messages": [{"role": "user", "parts": [{"type": "text", "content": "gen_ai"}]}],
    "llm.input_messages.0.message.content": "openinference",
    "json:langfuse.observation.input": [{"role": "user", "content": "langfuse"}],
    "json:ai.prompt.messages": [{"role": "user", "content": "vercel"}],
    "json:events": [{"event.name": "gen_ai.user.message", "content": "events"}],
    "gen_ai.prompt.0.content": "openllmetry",
    "json:input.value": {"messages": [{"role": "user", "content": "raw"}]},
}


@pytest.mark.parametrize("first", range(len(SOURCES)))
def test_the_first_source_that_says_something_is_believed(first):
    said = dict(list(SOURCES.items())[first:])
    names = ["gen_ai", "openinference", "langfuse", "vercel", "events", "openllmetry", "raw"]
    assert inputs(said) == [("user", Text(names[first]))]


def test_a_source_that_only_names_roles_is_silent():
    said = {
        "llm.input_messages.0.message.role": "user",
        "json:gen_ai.input.messages": [{"role": "user", "parts": []}],
    }
    assert inputs({**said, "gen_ai.prompt.0.content": "q"}) == [QUESTION]


@pytest.mark.parametrize("kind", [kind for kind in Kind if kind not in {Kind.LLM, Kind.AGENT, Kind.CHAIN}])
def test_only_models_agents_and_chains_speak(kind):
    assert inputs(SOURCES, kind) == []
