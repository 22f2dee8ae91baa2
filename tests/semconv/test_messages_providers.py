"""Raw provider requests and responses, as senders copy them into `input.value` and `output.value`."""

from __future__ import annotations

import json

import pytest
from reading import ANSWER, CALL, QUESTION, RESULT, SYSTEM, content_of, told

from halo_dash.model.message import Media, Other, Reasoning, Text, ToolCall, ToolResult
from halo_dash.model.observation import Kind


def request(body) -> list[tuple]:
    return told(content_of({"json:input.value": body}).input_messages)


def response(body) -> list[tuple]:
    return told(content_of({"json:output.value": body}).output_messages)


def test_openai_chat():
    function = {"id": "c1", "type": "function", "function": {"name": "search", "arguments": '{"q": 1}'}}
    assert request(
        {
            "model": "m",
            "messages": [
                {"role": "developer", "content": "Be brief."},
                {
                    "role": "user",
                    "content": [
                        {"type": "text", "text": "q"},
                        {"type": "image_url", "image_url": {"url": "https://e/x"}},
                    ],
                },
                {"role": "assistant", "content": None, "tool_calls": [function]},
                {"role": "tool", "tool_call_id": "c1", "content": "[1]"},
            ],
        }
    ) == [SYSTEM, (*QUESTION, Media(uri="https://e/x")), ("assistant", CALL), RESULT]
    choice = {
        "message": {"role": "assistant", "content": "a", "tool_calls": [function]},
        "finish_reason": "tool_calls",
    }
    assert response({"choices": [choice]}) == [("assistant", Text("a"), CALL)]


def test_openai_chat_extras():
    assert response({"choices": [{"message": {"role": "assistant", "content": None, "refusal": "No."}}]}) == [
        ("assistant", Text("No."))
    ]
    assert response(
        {"choices": [{"message": {"role": "assistant", "reasoning_content": "hm", "content": "a"}}]}
    ) == [("assistant", Reasoning("hm"), Text("a"))]
    assert response(
        {"choices": [{"message": {"role": "assistant", "function_call": {"name": "f", "arguments": "{"}}}]}
    ) == [("assistant", ToolCall("f", None, "{"))]
    assert response({"choices": [{"text": "a"}]}) == [ANSWER]


def test_openai_responses():
    items = [
        {"role": "user", "content": "q"},
        {"type": "reasoning", "id": "rs_1", "summary": [{"type": "summary_text", "text": "hm"}]},
        {"type": "reasoning", "id": "rs_2", "summary": [], "encrypted_content": "x"},
        {"type": "function_call", "id": "fc_1", "call_id": "c1", "name": "search", "arguments": '{"q": 1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "[1]"},
    ]
    assert request({"model": "m", "instructions": "Be brief.", "input": items}) == [
        SYSTEM,
        QUESTION,
        ("assistant", Reasoning("hm")),
        ("assistant", CALL),
        RESULT,
    ]
    assert request({"model": "m", "input": "q"}) == [QUESTION]
    message = {"type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "a"}]}
    assert response({"id": "r", "object": "response", "output": [items[1], message, items[3]]}) == [
        ("assistant", Reasoning("hm"), Text("a"), CALL)
    ]


def test_a_hosted_tool_is_kept_as_it_came():
    search = {"type": "web_search_call", "id": "ws_1", "status": "completed"}
    assert response({"output": [search]}) == [("assistant", Other(search))]


def test_anthropic():
    assert request(
        {
            "model": "m",
            "system": [{"type": "text", "text": "Be brief."}],
            "messages": [
                {"role": "user", "content": "q"},
                {
                    "role": "assistant",
                    "content": [
                        {"type": "thinking", "thinking": "hm", "signature": "x"},
                        {"type": "text", "text": "a"},
                        {"type": "tool_use", "id": "c1", "name": "search", "input": {"q": 1}},
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "tool_result",
                            "tool_use_id": "c1",
                            "content": [{"type": "text", "text": "[1]"}],
                        },
                    ],
                },
                {
                    "role": "user",
                    "content": [
                        {
                            "type": "image",
                            "source": {"type": "base64", "media_type": "image/png", "data": "AAAA"},
                        },
                    ],
                },
            ],
        }
    ) == [
        SYSTEM,
        QUESTION,
        ("assistant", Reasoning("hm"), Text("a"), CALL),
        RESULT,
        ("user", Media("image/png", None, "AAAA")),
    ]
    body = {
        "type": "message",
        "role": "assistant",
        "content": [{"type": "text", "text": "a"}],
        "stop_reason": "end_turn",
    }
    assert response(body) == [ANSWER]
    assert content_of({"json:output.value": body}).finish_reason == "stop"


def test_gemini():
    assert request(
        {
            "systemInstruction": {"parts": [{"text": "Be brief."}]},
            "contents": [
                {"parts": [{"text": "q"}]},
                {
                    "role": "model",
                    "parts": [
                        {"thought": True, "text": "hm"},
                        {"functionCall": {"name": "search", "args": {"q": 1}}},
                    ],
                },
                {
                    "role": "user",
                    "parts": [{"functionResponse": {"name": "search", "response": {"output": [1]}}}],
                },
                {"role": "user", "parts": [{"inlineData": {"mimeType": "image/png", "data": "AAAA"}}]},
            ],
        }
    ) == [
        SYSTEM,
        QUESTION,
        ("assistant", Reasoning("hm"), ToolCall("search", None, {"q": 1})),
        ("tool", ToolResult({"output": [1]}, None, "search")),
        ("user", Media("image/png", None, "AAAA")),
    ]
    assert request({"model": "m", "contents": "q"}) == [QUESTION]
    candidate = {"content": {"role": "model", "parts": [{"text": "a"}]}, "finishReason": "MAX_TOKENS"}
    assert response({"candidates": [candidate]}) == [ANSWER]
    assert content_of({"json:output.value": {"candidates": [candidate]}}).finish_reason == "length"


def test_bedrock_converse():
    assert request(
        {
            "modelId": "m",
            "system": [{"text": "Be brief."}],
            "messages": [
                {"role": "user", "content": [{"text": "q"}]},
                {
                    "role": "assistant",
                    "content": [{"toolUse": {"toolUseId": "c1", "name": "search", "input": {"q": 1}}}],
                },
                {
                    "role": "user",
                    "content": [{"toolResult": {"toolUseId": "c1", "content": [{"json": [1]}]}}],
                },
            ],
        }
    ) == [SYSTEM, QUESTION, ("assistant", CALL), RESULT]
    body = {
        "output": {"message": {"role": "assistant", "content": [{"text": "a"}]}},
        "stopReason": "end_turn",
    }
    assert response(body) == [ANSWER]
    assert content_of({"json:output.value": body}).finish_reason == "stop"


def test_cohere_and_ollama():
    assert request(
        {
            "model": "m",
            "preamble": "Be brief.",
            "chat_history": [{"role": "USER", "content": "q"}],
            "message": "more",
        }
    ) == [
        SYSTEM,
        QUESTION,
        ("user", Text("more")),
    ]
    assert response(
        {
            "message": {"role": "assistant", "content": [{"type": "text", "text": "a"}]},
            "finish_reason": "COMPLETE",
        }
    ) == [ANSWER]
    assert response(
        {"model": "m", "message": {"role": "assistant", "content": "a"}, "done_reason": "stop"}
    ) == [ANSWER]
    assert response({"text": "a", "finish_reason": "COMPLETE"}) == [ANSWER]


@pytest.mark.parametrize(
    "message",
    [
        {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain", "schema", "messages", "HumanMessage"],
            "kwargs": {"content": "q", "type": "human"},
        },
        {
            "lc": 1,
            "type": "constructor",
            "id": ["langchain", "schema", "messages", "HumanMessage"],
            "kwargs": {"content": "q"},
        },
        {"type": "human", "data": {"content": "q", "type": "human", "id": "x"}},
        {"type": "human", "content": "q", "id": "x"},
        ["user", "q"],
        {"role": "user", "content": "q"},
    ],
)
def test_langchain_messages_in_every_form(message):
    assert request({"messages": [message]}) == [QUESTION]
    assert request({"messages": [[message]]}) == [QUESTION]


def test_langchain_calls_and_results():
    ai = {
        "lc": 1,
        "type": "constructor",
        "id": ["AIMessage"],
        "kwargs": {
            "content": "",
            "type": "ai",
            "id": "run-1",
            "tool_calls": [{"name": "search", "args": {"q": 1}, "id": "c1", "type": "tool_call"}],
            "additional_kwargs": {
                "tool_calls": [{"id": "c1", "function": {"name": "search", "arguments": "{}"}}]
            },
            "response_metadata": {"finish_reason": "tool_calls"},
        },
    }
    tool = {
        "type": "tool",
        "content": "[1]",
        "id": "own",
        "tool_call_id": "c1",
        "name": "search",
        "status": "success",
    }
    assert request({"messages": [ai, tool]}) == [
        ("assistant", CALL),
        ("tool", ToolResult([1], "c1", "search")),
    ]
    generation = {"text": "", "generation_info": {"finish_reason": "tool_calls"}, "message": ai}
    assert response({"generations": [[generation]]}) == [("assistant", CALL)]
    assert response([{"graph": None, "update": {"messages": [ai]}}]) == [("assistant", CALL)]


def test_langchain_calls_that_could_not_be_parsed_are_calls():
    ai = {
        "type": "ai",
        "data": {
            "content": "",
            "invalid_tool_calls": [{"name": "search", "args": '{"q": ', "id": "c1", "error": "x"}],
        },
    }
    assert request({"messages": [ai]}) == [("assistant", ToolCall("search", "c1", '{"q": '))]


def test_streamed_chunks_are_joined():
    deltas = [
        {"role": "assistant", "content": "a"},
        {"tool_calls": [{"index": 0, "id": "c1", "function": {"name": "search", "arguments": ""}}]},
        {
            "tool_calls": [
                {"index": 0, "function": {"arguments": '{"q":'}},
                {"index": 1, "id": "c2", "function": {"name": "b"}},
            ]
        },
        {"tool_calls": [{"index": 0, "function": {"arguments": " 1}"}}]},
    ]
    chunks = [{"choices": [{"delta": delta, "finish_reason": None}]} for delta in deltas]
    assert response(chunks) == [("assistant", Text("a"), CALL, ToolCall("b", "c2", ""))]


def test_what_stands_among_messages_without_being_one_is_kept():
    strange = {"kind": "mystery", "payload": [1]}
    assert request({"messages": [{"role": "user", "content": "q"}, strange]}) == [
        QUESTION,
        ("user", Other(strange)),
    ]
    critic = {"role": "critic", "content": "hm"}
    assert request({"messages": [{"role": "user", "content": "q"}, critic]}) == [
        QUESTION,
        ("user", Text("hm")),
    ]
    part = {"type": "hologram", "beam": 3}
    assert request({"messages": [{"role": "user", "content": [part]}]}) == [("user", Other(part))]


@pytest.mark.parametrize(
    "body",
    [
        "q",
        ["q", "r"],
        {"question": "q"},
        {"messages": ["q"]},
        {"messages": []},
        [1],
        {"documents": [{"content": "x"}], "n": 1},
    ],
)
def test_other_inputs_are_no_messages(body):
    content = content_of({"json:input.value": body})
    assert content.input_messages == ()
    assert content.input == body


def test_a_text_answer_of_a_call_with_messages_is_what_the_assistant_said():
    said = {"json:input.value": {"messages": [{"role": "user", "content": "q"}]}, "output.value": "a"}
    assert told(content_of(said).output_messages) == [ANSWER]
    assert content_of(said, is_error=True).output_messages == ()
    assert content_of({"input.value": "q", "output.value": "a"}).output_messages == ()


def test_a_tool_span_has_arguments_and_no_messages():
    said = {"json:input.value": {"messages": [{"role": "user", "content": "q"}]}}
    assert content_of(said, Kind.TOOL).input_messages == ()
    assert content_of(said, Kind.TOOL).input == json.loads(json.dumps(said["json:input.value"]))
