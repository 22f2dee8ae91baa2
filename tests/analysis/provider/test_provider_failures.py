"""Whatever a server does: a call ends with an answer, or with words for what is wrong and what mends it."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from halo_dash.analysis.provider.patience import Patience
from halo_dash.analysis.provider.wire import AssistantItem, ModelUsage, Stopped, ToolCall, ToolItem
from halo_dash.errors import ProviderError, UsageError
from tests.analysis.provider.conversing import KEY, QUICK, TALK, Asked, question
from tests.analysis.scripted import (
    Answer,
    ScriptedRequest,
    ScriptedServer,
    Used,
    call,
    context_too_long,
    cut,
    fail,
    garbage,
    hang,
    not_json,
    nothing,
    quota_spent,
    redirect,
    refuse,
    rejects,
    say,
    stall,
    too_many,
)

APIS = pytest.mark.parametrize("api", ["chat", "responses"])
LONG = say("a long answer that is cut somewhere in its middle " * 3, usage=Used(7, 8))


def failing(times: int, answer: Answer) -> Callable[[ScriptedRequest], Answer]:
    return lambda request: answer if request.attempt < times else say("here", usage=Used(7, 8))


@APIS
@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (too_many("0"), "rate_limit"),
        (too_many(None), "rate_limit"),
        (fail(500), "server"),
        (fail(503, "overloaded", code="overloaded"), "rate_limit"),
        (fail(408), "server"),
        (fail(409), "server"),
        (cut(LONG, 0), "connection"),
        (cut(LONG, 5), "connection"),
        (cut(call("look", id="a" * 50), 6), "connection"),
        (cut(replace(LONG, is_streamable=False), 40), "connection"),
        (garbage("json"), "garbage"),
        (garbage("stream"), "garbage"),
        (garbage("shape"), "garbage"),
        (nothing(), "garbage"),
        (not_json(), "garbage"),
        (Answer(body=b"", content_type="application/json"), "garbage"),
        (Answer(body=b"", content_type="text/event-stream"), "garbage"),
        (Answer(body=b"data: 3\n\ndata: [DONE]\n\n", content_type="text/event-stream"), "garbage"),
        (Answer(body=b"\xff\xfe\x00garbage", content_type="application/octet-stream"), "garbage"),
    ],
)
def test_what_passes_is_asked_again(scripted: ScriptedServer, api: str, answer: Answer, kind: str) -> None:
    scripted.script = failing(2, answer)
    asked = Asked(scripted)
    reply = asked.provider.ask(question(api=api))
    assert (reply.text, reply.attempts) == ("here", 3)
    assert [(n.failure, n.attempt, n.model) for n in asked.notices] == [
        (kind, 1, "scripted-large"),
        (kind, 2, "scripted-large"),
    ]
    assert scripted.base_url in asked.notices[0].message


@APIS
@pytest.mark.parametrize(
    "error", [{"message": "Overloaded", "type": "overloaded_error"}, "boom", {"code": "x"}]
)
def test_an_error_inside_a_stream_is_asked_again(scripted: ScriptedServer, api: str, error: Any) -> None:
    body = f"data: {json.dumps({'error': error, 'type': 'error'})}\n\n".encode()
    scripted.script = failing(1, Answer(body=body, content_type="text/event-stream"))
    asked = Asked(scripted)
    assert asked.provider.ask(question(api=api)).text == "here"
    assert asked.notices[0].failure in ("server", "rate_limit")


def test_a_stream_without_its_end_is_broken_off_also_where_the_connection_ended_well(
    scripted: ScriptedServer,
) -> None:
    chunk = json.dumps({"choices": [{"delta": {"content": "half"}}]})
    scripted.script = failing(1, Answer(body=f"data: {chunk}\n\n".encode(), content_type="text/event-stream"))
    asked = Asked(scripted)
    reply = asked.provider.ask(question())
    assert (reply.text, asked.notices[0].failure) == ("here", "connection")
    assert reply.is_usage_partial


def test_usage_of_paid_attempts_is_counted(scripted: ScriptedServer) -> None:
    def script(request: ScriptedRequest) -> Answer:
        steps = [
            replace(nothing(), usage=Used(10, 1)),
            replace(refuse(), usage=Used(20, 2)),
            say("ok", Used(40, 4)),
        ]
        return steps[request.attempt]

    scripted.script = script
    reply = Asked(scripted).provider.ask(question())
    assert reply.usage == ModelUsage(input_tokens=70, output_tokens=7)
    assert not reply.is_usage_partial


@APIS
def test_a_refusal_is_asked_again_as_often_as_was_said_and_then_is_the_answer(
    scripted: ScriptedServer, api: str
) -> None:
    scripted.script = lambda _request: refuse("I would rather not")
    asked = Asked(scripted)
    reply = asked.provider.ask(question(api=api, refusal_retries=2))
    assert (reply.finish, reply.refusal, reply.attempts) == ("refusal", "I would rather not", 3)
    assert [n.failure for n in asked.notices] == ["refused", "refused"]


@pytest.mark.parametrize(
    ("answer", "kind", "word"),
    [
        (fail(401, f"Incorrect API key provided: {KEY}"), "auth", "OPENAI_API_KEY"),
        (fail(403, "not yours"), "auth", "OPENAI_API_KEY"),
        (quota_spent(), "quota", "Top up"),
        (fail(402, "Insufficient credits"), "quota", "Top up"),
        (context_too_long(), "context_length", "larger window"),
        (fail(400, "prompt is too long: 210000 tokens > 200000 maximum"), "context_length", "larger window"),
        (
            fail(404, "The model `gpt-9` does not exist", code="model_not_found"),
            "no_model",
            "lists",
        ),
        (fail(404, 'model "llama9" not found, try pulling it first'), "no_model", "lists"),
        (fail(404, "page not found"), "bad_request", "/v1"),
        (fail(400, "messages: roles must alternate"), "bad_request", "does not take"),
        (fail(422, "your prompt was stopped by our content policy"), "refused", "filter"),
        (redirect("https://elsewhere.example/v1"), "bad_request", "elsewhere.example"),
        (fail(501, "tools are not there"), "server", "trouble"),
    ],
)
def test_what_does_not_pass_is_told_at_once(
    scripted: ScriptedServer, answer: Answer, kind: str, word: str
) -> None:
    scripted.script = lambda _request: answer
    asked = Asked(scripted)
    with pytest.raises(ProviderError) as caught:
        asked.provider.ask(question())
    error = caught.value
    assert (error.kind, error.is_transient) == (kind, False)
    assert error.message.startswith(f"{scripted.base_url} (model scripted-large): ")
    assert word in f"{error.message} {error.hint}"
    assert len(scripted.requests) == 1
    assert KEY not in f"{error} {error.hint} {error!r} {error.__cause__} {error.__context__}"


def test_no_key_is_told_as_such(scripted: ScriptedServer) -> None:
    scripted.script = lambda request: (
        say("never") if "authorization" in request.headers else fail(401, "You didn't provide an API key.")
    )
    with pytest.raises(ProviderError) as caught:
        Asked(scripted, key=None).provider.ask(question())
    assert caught.value.kind == "no_key"
    assert "OPENAI_API_KEY" in str(caught.value.hint)
    assert "keyring" in str(caught.value.hint)


@pytest.mark.parametrize("base_url", ["https://api.openai.com/v1", "http://model.invalid:8000/v1"])
def test_without_a_key_nothing_is_sent_to_another_machine(scripted: ScriptedServer, base_url: str) -> None:
    asked = Asked(scripted, base_url=base_url, key=None)
    for ask in (lambda: asked.provider.ask(question()), asked.provider.models):
        with pytest.raises(ProviderError, match="nothing was sent") as caught:
            ask()
        assert caught.value.kind == "no_key"
        assert "OPENAI_API_KEY" in str(caught.value.hint)
        assert ("any word" in str(caught.value.hint)) == ("openai" not in base_url)
    assert not asked.connections.rows()


def test_a_header_can_stand_for_the_key(scripted: ScriptedServer) -> None:
    asked = Asked(scripted, base_url="http://model.invalid/v1", key=None, headers={"Api-Key": "k-1234567"})
    with pytest.raises(ProviderError) as caught:
        asked.provider.ask(question())
    assert caught.value.kind == "connection"
    assert asked.connections.rows()


def test_a_key_that_no_header_can_carry_is_not_sent(scripted: ScriptedServer) -> None:
    with pytest.raises(ProviderError) as caught:
        Asked(scripted, key="sk-one\nX-Evil: 1").provider.ask(question())
    assert (caught.value.kind, scripted.asked) == ("auth", [])
    assert "sk-one" not in str(caught.value)


def test_no_model_is_told_without_asking(scripted: ScriptedServer) -> None:
    with pytest.raises(ProviderError) as caught:
        Asked(scripted).provider.ask(question(model=""))
    assert (caught.value.kind, scripted.asked) == ("no_model", [])


def test_patience_has_an_end(scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: fail(500, "down")
    asked = Asked(scripted, patience=replace(QUICK, attempts=4))
    with pytest.raises(ProviderError, match="HTTP 500: down") as caught:
        asked.provider.ask(question())
    assert (caught.value.kind, len(scripted.requests), len(asked.notices)) == ("server", 4, 3)
    scripted.script = lambda _request: nothing()
    with pytest.raises(ProviderError, match="answered with nothing"):
        Asked(scripted).provider.ask(question(model="other"))
    assert len(scripted.requests) == 7


@pytest.mark.parametrize("form", ["seconds", "date", "milliseconds"])
def test_retry_after_is_kept_to(scripted: ScriptedServer, form: str) -> None:
    moment = datetime.now(UTC) + timedelta(seconds=1.5)
    headers = {
        "seconds": {"Retry-After": "0.25"},
        "date": {
            "Retry-After": format_datetime(moment.replace(microsecond=0) + timedelta(seconds=1), usegmt=True)
        },
        "milliseconds": {"Retry-After-Ms": "250", "Retry-After": "900"},
    }[form]
    scripted.script = failing(1, fail(429, "slow down", headers=headers))
    asked = Asked(scripted)
    began = time.monotonic()
    asked.provider.ask(question())
    took = time.monotonic() - began
    (notice,) = asked.notices
    assert 0 < notice.wait_s <= 3
    assert took >= notice.wait_s
    if form != "date":
        assert notice.wait_s == 0.25


def test_a_wait_beyond_patience_is_not_begun(scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: too_many("86400")
    with pytest.raises(ProviderError) as caught:
        Asked(scripted).provider.ask(question())
    assert (caught.value.kind, caught.value.retry_after_s, len(scripted.requests)) == ("rate_limit", 86400, 1)


@pytest.mark.parametrize(
    "answer", [hang(), stall(LONG, 4), too_many("200"), stall(replace(LONG, piece=1), 60)]
)
def test_stop_ends_whatever_is_going_on(scripted: ScriptedServer, answer: Answer) -> None:
    begun, stop = threading.Event(), threading.Event()

    def script(_request: ScriptedRequest) -> Answer:
        begun.set()
        return answer

    scripted.script = script
    asked = Asked(scripted)
    ended: list[object] = []

    def ask() -> None:
        try:
            ended.append(asked.provider.ask(question(), stop=stop))
        except Exception as error:  # noqa: BLE001 - looked at below
            ended.append(error)

    thread = threading.Thread(target=ask)
    thread.start()
    assert begun.wait(20)
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert isinstance(ended[0], Stopped)


def test_a_stopped_call_is_not_even_made(scripted: ScriptedServer) -> None:
    stop = threading.Event()
    stop.set()
    with pytest.raises(Stopped):
        Asked(scripted).provider.ask(question(), stop=stop)
    assert scripted.asked == []


@pytest.mark.parametrize("answer", [hang(), stall(LONG, 3)])
def test_silence_ends_by_itself(scripted: ScriptedServer, answer: Answer) -> None:
    scripted.script = lambda _request: answer
    asked = Asked(scripted, timeout_s=0.3, patience=replace(QUICK, attempts=2))
    with pytest.raises(ProviderError, match=r"no answer within 0\.3 s") as caught:
        asked.provider.ask(question())
    assert (caught.value.kind, len(scripted.requests)) == ("timeout", 2)


def test_nothing_listens(scripted: ScriptedServer) -> None:
    gone = ScriptedServer().start()
    gone.close()
    asked = Asked(scripted, base_url=gone.base_url, patience=replace(QUICK, attempts=2))
    with pytest.raises(ProviderError, match="nothing listens there") as caught:
        asked.provider.ask(question())
    assert caught.value.kind == "connection"
    (row,) = asked.connections.rows()
    assert (row.host, row.port, row.count) == ("127.0.0.1", gone.port, 2)


def test_no_such_host(scripted: ScriptedServer) -> None:
    asked = Asked(scripted, base_url="http://nowhere.invalid/v1", patience=Patience(attempts=1))
    with pytest.raises(ProviderError, match=r"http://nowhere\.invalid/v1 .*there is no such host"):
        asked.provider.ask(question())


@pytest.mark.parametrize(
    ("api", "options", "parameter", "message"),
    [
        ("chat", {"temperature": 0.1}, "temperature", None),
        ("chat", {"reasoning_effort": "low"}, "reasoning_effort", None),
        ("chat", {"parallel_tool_calls": True}, "parallel_tool_calls", None),
        (
            "chat",
            {"max_output_tokens": 9},
            "max_tokens",
            "Use 'max_completion_tokens' instead of 'max_tokens'.",
        ),
        ("chat", {}, "stream_options", None),
        ("chat", {}, "stream", "streaming is not supported with tools"),
        ("responses", {"reasoning_effort": "low"}, "reasoning", "Unsupported parameter: 'reasoning.effort'"),
        ("responses", {}, "store", None),
        ("responses", {"temperature": 1}, "temperature", None),
    ],
)
@pytest.mark.parametrize("is_named", [True, False])
def test_an_option_that_is_not_taken_is_left_out_and_stays_out(
    scripted: ScriptedServer, api: Any, options: Any, parameter: str, message: str | None, *, is_named: bool
) -> None:
    def script(request: ScriptedRequest) -> Answer:
        if parameter not in request.body:
            return say("fine")
        error = rejects(parameter, message)
        return error if is_named else fail(400, json.loads(error.body or b"")["error"]["message"])

    scripted.script = script
    asked = Asked(scripted)
    for _ in range(2):
        assert asked.provider.ask(question(api=api, **options)).text == "fine"
    assert len(scripted.requests) == 3
    (notice,) = asked.notices
    assert f"{parameter} is not taken" in notice.message
    if parameter == "max_tokens":
        assert scripted.requests[-1].body["max_completion_tokens"] == 9
    asked.provider.ask(question(model="scripted-small", api=api, **options))
    assert parameter in scripted.requests[3].body, "one model's limits are not another's"


def test_a_gateway_that_checks_fields_strictly(scripted: ScriptedServer) -> None:
    detail = [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]
    scripted.script = lambda request: (
        Answer(status=422, body=json.dumps({"detail": detail}).encode())
        if "stream_options" in request.body
        else say("fine")
    )
    assert Asked(scripted).provider.ask(question()).text == "fine"


@pytest.mark.parametrize(
    ("prefix", "given"),
    [
        ("/v1", ""),
        ("/v1", "/"),
        ("/v1", "/v1"),
        ("/v1", "/v1/"),
        ("/v1", "/v1/chat/completions"),
        ("/api/openai", "/api/openai"),
        ("/api/openai/v1", "/api/openai"),
        ("/v1beta/openai", "/v1beta/openai/"),
    ],
)
def test_every_way_of_writing_a_base_url(scripted: ScriptedServer, prefix: str, given: str) -> None:
    scripted.prefix = prefix
    asked = Asked(scripted, base_url=scripted.root_url + given)
    assert asked.provider.ask(question()).text == "ok"
    assert asked.provider.ask(question()).text == "ok"
    assert asked.provider.models() == ("scripted-large", "scripted-small")
    assert asked.provider.address.shown == scripted.base_url


def test_a_wrong_path_is_told_with_the_path_that_was_given(scripted: ScriptedServer) -> None:
    for _ in range(2):
        asked = Asked(scripted, base_url=f"{scripted.root_url}/wrong")
        with pytest.raises(ProviderError, match=r"/wrong \(model scripted-large\): HTTP 404"):
            asked.provider.ask(question())


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost:11434",
        "ftp://host/v1",
        "http://",
        "http://user:pw-secret@host/v1",
        "http://[::1",
        "http://h:99999",
    ],
)
def test_a_base_url_that_is_none(url: str, scripted: ScriptedServer) -> None:
    with pytest.raises(UsageError) as caught:
        Asked(scripted, base_url=url or " ")
    assert "pw-secret" not in str(caught.value)


@pytest.mark.parametrize(
    "headers", [{"": "x"}, {"A B": "x"}, {"x-a": "b\r\nx-c: d"}, {"Host": "evil"}, {"x": "\u2603"}]
)
def test_headers_that_cannot_be_set(headers: dict[str, str], scripted: ScriptedServer) -> None:
    with pytest.raises(UsageError):
        Asked(scripted, headers=headers)


@APIS
def test_what_was_paid_is_told_where_it_was_given_up(scripted: ScriptedServer, api: str) -> None:
    asked = Asked(scripted)
    scripted.script = lambda _request: nothing()
    with pytest.raises(ProviderError) as told:
        asked.provider.ask(question(api=api))
    assert (told.value.spent, told.value.is_usage_partial) == (
        ModelUsage(input_tokens=300, output_tokens=0),
        False,
    )
    scripted.script = lambda request: nothing() if request.attempt < 1 else cut(LONG)
    with pytest.raises(ProviderError) as told:
        asked.provider.ask(question("another", api=api))
    assert (told.value.spent, told.value.is_usage_partial) == (
        ModelUsage(input_tokens=100, output_tokens=0),
        True,
    )
    scripted.script = lambda _request: fail(401)
    with pytest.raises(ProviderError) as told:
        asked.provider.ask(question("a third", api=api))
    assert (told.value.spent, told.value.is_usage_partial) == (None, False)


def test_what_was_paid_is_told_where_it_was_stopped(scripted: ScriptedServer) -> None:
    stop = threading.Event()

    def script(request: ScriptedRequest) -> Answer:
        if request.attempt < 1:
            return nothing()
        stop.set()
        return hang()

    scripted.script = script
    with pytest.raises(Stopped) as told:
        Asked(scripted).provider.ask(question(), stop=stop)
    assert (told.value.spent, told.value.is_usage_partial) == (
        ModelUsage(input_tokens=100, output_tokens=0),
        True,
    )


def test_an_answer_that_is_nested_too_deeply_is_none(scripted: ScriptedServer) -> None:
    for content_type in ("application/json", "text/event-stream"):
        deep = b"[" * 100_000
        body = deep if "json" in content_type else b"data: " + deep + b"\n\n"
        scripted.script = lambda _request, b=body, c=content_type: Answer(body=b, content_type=c)  # type: ignore[misc]
        with pytest.raises(ProviderError) as told:
            Asked(scripted).provider.ask(question())
        assert told.value.kind == "garbage"


def test_arguments_that_are_nested_too_deeply_go_back_as_text(scripted: ScriptedServer) -> None:
    deep = "[" * 50_000
    items = (*TALK[:2], AssistantItem("", (ToolCall("c9", "look", deep),)), ToolItem("c9", "no"))
    Asked(scripted).provider.ask(question(items=items))
    assert scripted.requests[-1].messages


def test_half_a_character_in_an_error_is_replaced(scripted: ScriptedServer) -> None:
    scripted.script = lambda _request: fail(400, "no \ud800 such")
    with pytest.raises(ProviderError, match="no \N{REPLACEMENT CHARACTER} such"):
        Asked(scripted).provider.ask(question())
