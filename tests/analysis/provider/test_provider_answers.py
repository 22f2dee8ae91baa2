"""What a model says arrives as it said it, over both forms, streamed or not."""

from __future__ import annotations

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from halo_dash.analysis.provider.wire import ModelUsage, UserItem
from tests.analysis.provider.conversing import Asked, question
from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Use,
    Used,
    call,
    calls,
    refuse,
    say,
)

APIS = pytest.mark.parametrize("api", ["chat", "responses"])
FULL = Answer(
    text="Two places look odd — 请看.",
    tool_calls=(Use("look", {"id": "ä" * 20}), Use("look", "{broken"), Use("look", {"id": "z"})),
    usage=Used(1000, 200, 300, 40),
)


@APIS
@pytest.mark.parametrize("streamable", [True, False])
@pytest.mark.parametrize("piece", [1, 7, 1000])
def test_texts_calls_and_usage_are_whole(
    scripted: ScriptedServer, api: str, streamable: bool, piece: int
) -> None:
    scripted.script = lambda _request: replace(FULL, is_streamable=streamable, piece=piece)
    asked = Asked(scripted)
    told: list[str] = []
    reply = asked.provider.ask(question(api=api), on_text=told.append)
    assert reply.text == FULL.text == told[-1]
    assert all(FULL.text.startswith(text) for text in told)
    assert [(c.name, c.arguments) for c in reply.tool_calls] == [(u.name, u.written) for u in FULL.tool_calls]
    assert len({c.call_id for c in reply.tool_calls}) == 3
    assert reply.finish == "tool_calls"
    assert reply.usage == ModelUsage(
        input_tokens=1000, output_tokens=200, cached_tokens=300, reasoning_tokens=40
    )
    assert (reply.model, reply.attempts, reply.is_usage_partial) == ("scripted-large", 1, False)
    assert reply.started_ns <= reply.ended_ns
    assert scripted.requests[0].is_streamed
    assert asked.notices == []


@APIS
def test_the_whole_conversation_is_sent(scripted: ScriptedServer, api: str) -> None:
    def script(request: ScriptedRequest) -> Answer:
        assert request.api == api
        assert request.system == "You read traces."
        assert request.users == ["What is wrong?", "Go on."]
        assert request.turn == 1
        assert request.texts_of("look") == ['{"status": "error"}', "no such arguments"]
        assert request.schemas["look"]["parameters"]["properties"] == {"id": {"type": "string"}}
        # Arguments that were no JSON go back as JSON that holds them: servers fail on anything else.
        sent = request.messages[2]["tool_calls"][1]["function"]["arguments"]
        assert json.loads(sent) == {"not_json": "{oops"}
        return say("fine")

    scripted.script = script
    assert Asked(scripted).provider.ask(question(api=api)).text == "fine"


def test_options_have_the_names_of_the_form(scripted: ScriptedServer) -> None:
    asked = Asked(scripted)
    options: dict[str, Any] = {
        "temperature": 0.3,
        "max_output_tokens": 77,
        "reasoning_effort": "low",
        "parallel_tool_calls": False,
    }
    asked.provider.ask(question(api="chat", **options))
    asked.provider.ask(question(api="responses", **options))
    asked.provider.ask(question(api="chat", tools=False, parallel_tool_calls=True))
    chat, responses, plain = (dict(request.body) for request in scripted.requests)
    for body in (chat, responses, plain):
        body.pop("messages", None), body.pop("input", None), body.pop("tools", None), body.pop("model")
    assert chat == {
        "temperature": 0.3,
        "max_tokens": 77,
        "reasoning_effort": "low",
        "parallel_tool_calls": False,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert responses == {
        "temperature": 0.3,
        "max_output_tokens": 77,
        "reasoning": {"effort": "low"},
        "parallel_tool_calls": False,
        "stream": True,
        "store": False,
    }
    assert plain == {"stream": True, "stream_options": {"include_usage": True}}


@APIS
@pytest.mark.parametrize(
    ("answer", "finish"),
    [
        (say("done"), "stop"),
        (call("look", id="a"), "tool_calls"),
        (replace(call("look", id="a"), finish="stop"), "tool_calls"),
        (replace(say("half of"), finish="length"), "length"),
        (replace(say(""), finish="length"), "length"),
        (replace(say("…"), finish="content_filter"), "content_filter"),
        (refuse("no"), "refusal"),
    ],
)
def test_the_end_has_one_of_five_names(
    scripted: ScriptedServer, api: str, answer: Answer, finish: str
) -> None:
    scripted.script = lambda _request: answer
    assert Asked(scripted).provider.ask(question(api=api, refusal_retries=0)).finish == finish


@APIS
def test_a_server_that_tells_no_usage(scripted: ScriptedServer, api: str) -> None:
    scripted.script = lambda _request: say("x", usage=None)
    assert Asked(scripted).provider.ask(question(api=api)).usage is None


Delta = dict[str, Any]


@pytest.mark.parametrize(
    "deltas",
    [
        # Without an index, each call whole (some gateways).
        [
            {"id": "a", "function": {"name": "look", "arguments": '{"id": 1}'}},
            {"id": "b", "function": {"name": "look", "arguments": '{"id": 2}'}},
        ],
        # Always index 0, told apart by their ids.
        [
            {"index": 0, "id": "a", "function": {"name": "look", "arguments": '{"id": 1}'}},
            {"index": 0, "id": "b", "function": {"name": "look", "arguments": '{"id"'}},
            {"index": 0, "id": "b", "function": {"arguments": ": 2}"}},
        ],
        # The id and the name again with every piece, indexes from 1.
        [
            {"index": 1, "id": "a", "function": {"name": "look", "arguments": '{"id"'}},
            {"index": 2, "id": "b", "function": {"name": "look", "arguments": '{"id": 2}'}},
            {"index": 1, "id": "a", "function": {"name": "look", "arguments": ": 1}"}},
        ],
        # Arguments as an object in place of a text.
        [
            {"index": 0, "id": "a", "function": {"name": "look", "arguments": {"id": 1}}},
            {"index": 1, "id": "b", "function": {"name": "look", "arguments": {"id": 2}}},
        ],
    ],
)
def test_tool_calls_of_servers_with_their_own_ways(scripted: ScriptedServer, deltas: list[Delta]) -> None:
    chunks = [{"choices": [{"delta": {"tool_calls": [delta]}}]} for delta in deltas]
    scripted.script = lambda _request: events(*chunks, {"choices": [{"delta": {}, "finish_reason": "stop"}]})
    reply = Asked(scripted).provider.ask(question())
    assert [(c.call_id, c.name, json.loads(c.arguments)) for c in reply.tool_calls] == [
        ("a", "look", {"id": 1}),
        ("b", "look", {"id": 2}),
    ]


def events(*chunks: Any) -> Answer:
    body = (
        ": a comment\n\n"
        + "".join(f"data: {json.dumps(chunk)}\r\n\r\n" for chunk in chunks)
        + "data: [DONE]\n\n"
    )
    return Answer(body=body.encode(), content_type="text/event-stream")


def test_content_in_parts_and_unknown_fields(scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: events(
        {"choices": [{"delta": {"role": "assistant", "reasoning_content": "hm", "content": None}}]},
        {"choices": [{"delta": {"content": [{"type": "text", "text": "a"}]}}], "x_groq": {"id": 1}},
        {"choices": [{"delta": {"content": "b"}, "finish_reason": "eos"}], "usage": None},
        {"choices": None, "usage": {"prompt_tokens": 3, "completion_tokens": None}},
    )
    reply = Asked(scripted).provider.ask(question())
    assert (reply.text, reply.finish) == ("ab", "stop")
    assert reply.usage == ModelUsage(input_tokens=3, output_tokens=0)


def test_a_listener_that_raises_is_heard_and_ends_the_call(scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: say("words " * 50)

    def listen(_text: str) -> None:
        raise RuntimeError("the store is full")

    asked = Asked(scripted)
    with pytest.raises(RuntimeError, match="the store is full"):
        asked.provider.ask(question(), on_text=listen)
    assert asked.provider.ask(question()).text.startswith("words")


def test_one_provider_serves_many_threads(scripted: ScriptedServer) -> None:
    scripted.script = lambda request: say(f"you said {request.user}")
    asked = Asked(scripted)

    def one(number: int) -> str:
        return asked.provider.ask(question(items=(UserItem(str(number)),), tools=False)).text

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(one, range(40))) == [f"you said {n}" for n in range(40)]
    (row,) = asked.connections.rows()
    assert (row.host, row.port, row.purpose) == ("127.0.0.1", scripted.port, "model")
    assert 1 <= row.count <= 40


@APIS
def test_calls_without_text_and_text_without_calls(scripted: ScriptedServer, api: str) -> None:
    script: Callable[[ScriptedRequest], Answer] = lambda request: (  # noqa: E731 - one line each
        calls(Use("look", "")) if request.attempt == 0 else say("ok")
    )
    scripted.script = script
    asked = Asked(scripted)
    first = asked.provider.ask(question(api=api))
    assert (first.text, first.tool_calls[0].arguments) == ("", "")
    assert asked.provider.ask(question(api=api)).tool_calls == ()
