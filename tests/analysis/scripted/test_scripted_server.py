"""The scripted server says what real servers say: read here by the client that real programs use."""

from __future__ import annotations

from collections.abc import Iterator

import openai
import pytest

from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Use,
    Used,
    calls,
    cut,
    in_order,
    say,
    too_many,
)

TOOL = {"name": "look", "description": "d", "parameters": {"type": "object", "properties": {}}}


@pytest.fixture
def client(scripted: ScriptedServer) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=scripted.base_url, api_key="sk-x", max_retries=0) as made:
        yield made


TWO = Answer(
    text="Let me look at this.",
    tool_calls=(Use("look", {"trace": "a" * 30}), Use("look", "{not json")),
    usage=Used(11, 22, 3, 4),
)


def test_chat_streams_in_pieces_and_whole_alike(scripted: ScriptedServer, client: openai.OpenAI) -> None:
    scripted.script = lambda _request: TWO
    ask = {"model": "m", "messages": [{"role": "user", "content": "go"}]}
    whole = client.chat.completions.create(**ask)  # type: ignore[call-overload]
    with client.chat.completions.stream(**ask, stream_options={"include_usage": True}) as stream:
        events = list(stream)
        streamed = stream.get_final_completion()
    assert len(events) > 10
    for told in (whole, streamed):
        message = told.choices[0].message
        assert message.content == TWO.text
        assert [c.function.arguments for c in message.tool_calls] == [u.written for u in TWO.tool_calls]
        assert [c.id for c in message.tool_calls] == ["call_0_0", "call_0_1"]
        assert told.choices[0].finish_reason == "tool_calls"
        assert (told.usage.prompt_tokens, told.usage.prompt_tokens_details.cached_tokens) == (11, 3)


def test_responses_stream_in_pieces_and_whole_alike(scripted: ScriptedServer, client: openai.OpenAI) -> None:
    scripted.script = lambda _request: TWO
    whole = client.responses.create(model="m", input="go", instructions="be brief")
    with client.responses.stream(model="m", input="go") as stream:
        assert sum(event.type.endswith(".delta") for event in stream) > 5
        streamed = stream.get_final_response()
    for told in (whole, streamed):
        assert told.output_text == TWO.text
        assert [i.arguments for i in told.output[1:]] == [u.written for u in TWO.tool_calls]  # type: ignore[union-attr]
        assert told.usage is not None
        assert told.usage.output_tokens_details.reasoning_tokens == 4
    assert scripted.requests[0].system == "be brief"


def test_a_script_reads_what_tools_answered(scripted: ScriptedServer, client: openai.OpenAI) -> None:
    def second(request: ScriptedRequest) -> Answer:
        return say(f"{request.result('look')['id']} of {request.tools} in turn {request.turn}")

    scripted.script = in_order(calls(Use("look"), Use("look")), second)
    messages = [{"role": "user", "content": "go"}]
    first = client.chat.completions.create(
        model="m", messages=messages, tools=[{"type": "function", "function": TOOL}]
    )
    messages.append(first.choices[0].message.to_dict())
    for number, used in enumerate(first.choices[0].message.tool_calls):
        messages.append({"role": "tool", "tool_call_id": used.id, "content": f'{{"id": {number}}}'})
    told = client.chat.completions.create(
        model="m", messages=messages, tools=[{"type": "function", "function": TOOL}]
    )
    assert told.choices[0].message.content == "1 of ('look',) in turn 1"
    assert scripted.requests[-1].results == [{"id": 0}, {"id": 1}]


def test_the_same_request_again_is_an_attempt(scripted: ScriptedServer, client: openai.OpenAI) -> None:
    scripted.script = lambda request: say("now") if request.attempt == 2 else too_many("0")
    told = client.with_options(max_retries=3).chat.completions.create(model="m", messages=[])
    assert told.choices[0].message.content == "now"
    assert len(scripted.requests) == 3


def test_a_cut_stream_is_an_error(scripted: ScriptedServer, client: openai.OpenAI) -> None:
    scripted.script = lambda _request: cut(say("a long text that is never whole"), after=2)
    with (
        pytest.raises(openai.APIConnectionError),
        client.chat.completions.stream(model="m", messages=[]) as stream,
    ):
        list(stream)


def test_a_script_that_raises_is_the_tests_failure(client: openai.OpenAI, scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        assert request.tools == ("look",)
        return say("never")

    scripted.script = script
    with pytest.raises(openai.InternalServerError):
        client.chat.completions.create(model="m", messages=[])
    assert "assert request.tools" in scripted.failures.pop()
