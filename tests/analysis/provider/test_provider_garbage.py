"""Whatever JSON a server sends is read as an answer or told as none: nothing else ever comes out."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from halo_dash.analysis.provider import chat, responses
from halo_dash.analysis.provider.address import read_address
from halo_dash.analysis.provider.answered import Answered, BrokenOffError, NotAnAnswerError, ServerError
from halo_dash.analysis.provider.failures import Scene, refused_option, retry_after, told_of
from halo_dash.analysis.provider.mask import Mask
from halo_dash.errors import UsageError
from tests.analysis.scripted import Answer, ScriptedRequest, Use, Used, refuse
from tests.analysis.scripted import chat as spoken_chat
from tests.analysis.scripted import responses as spoken_responses

ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 7, 1.5, float("inf"), float("nan"), 10**30, "", "x", [], [None], ["x"], [[1]], {}),
    *({"a": 1}, [{"a": 1}], "\x00\ud800"),
)
SAID = Answer(
    text="two words",
    tool_calls=(Use("look", {"id": "a"}), Use("look", "{")),
    usage=Used(1, 2, 3, 4),
    piece=40,
)
FORMS = {"chat": (chat, spoken_chat), "responses": (responses, spoken_responses)}
REQUEST = ScriptedRequest(
    number=0,
    attempt=0,
    api="chat",
    path="/",
    headers={},
    body={"model": "m", "stream_options": {"include_usage": True}},
    messages=(),
)


def places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Paths to everything inside."""
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in inside:
        yield (key,)
        yield from ((key, *rest) for rest in places(inner))


def changed(value: Any) -> Iterator[Any]:
    """The value with one place removed or made odd, in every way."""
    for path in places(value):
        for odd in (..., *ODD):
            copied = copy.deepcopy(value)
            at = copied
            for key in path[:-1]:
                at = at[key]
            if odd is ...:
                del at[path[-1]]
            else:
                at[path[-1]] = odd
            yield copied


def check(answered: Answered) -> None:
    texts = [answered.text, answered.refusal, answered.model]
    texts += [part for used in answered.tool_calls for part in (used.call_id, used.name, used.arguments)]
    assert all(isinstance(text, str) for text in texts)
    assert answered.finished in ("stop", "tool_calls", "length", "content_filter", "refusal")
    assert answered.is_empty in (True, False)
    usage = answered.usage
    if usage:
        counts = (usage.input_tokens, usage.output_tokens, usage.cached_tokens, usage.reasoning_tokens)
        assert all(type(count) is int and count >= 0 for count in counts)


@pytest.mark.parametrize("said", [SAID, refuse()])
@pytest.mark.parametrize("form", FORMS)
def test_an_answer_with_anything_in_it_is_read(form: str, said: Answer) -> None:
    reader, speaker = FORMS[form]
    events = [data for _, data in speaker.events(REQUEST, said) if data != "[DONE]"]
    for odd in changed(events):
        answered = Answered()
        try:
            list(reader.read_stream(odd, answered))
        except (BrokenOffError, NotAnAnswerError, ServerError):
            continue
        check(answered)
    for odd in changed(speaker.whole(REQUEST, said)):
        answered = Answered()
        try:
            reader.read_whole(odd, answered)
        except (NotAnAnswerError, ServerError):
            continue
        check(answered)
    for odd in ODD:
        with pytest.raises((NotAnAnswerError, ServerError, BrokenOffError)):
            reader.read_whole(odd, Answered())
        with pytest.raises((NotAnAnswerError, ServerError, BrokenOffError)):
            list(reader.read_stream([odd], Answered()))


ERRORS: tuple[Any, ...] = (
    {"error": {"message": "m", "type": "t", "param": "temperature", "code": "c"}},
    {"detail": [{"loc": ["body", "x"], "msg": "m", "type": "t"}]},
    {"message": "m", "code": 3},
    {"error": "m"},
)


@pytest.mark.parametrize("status", [None, 400, 401, 404, 429, 500])
def test_an_error_with_anything_in_it_is_told(status: int | None) -> None:
    scene = Scene(read_address("http://host/v1"), "m", True, "KEY", Mask(()))
    for body in (
        *ODD,
        *(odd for error in ERRORS for odd in changed(error)),
        "text",
        "<html><title>x</title>",
    ):
        told = told_of(status, body, "it failed", {"location": "x"})
        error = scene.of_status(told)
        assert error.message.startswith("http://host/v1 (model m): ")
        assert len(error.message) < 1_000
        refused_option(told, {"temperature": 1, "stream": True}, chat.OPTIONS)


@given(
    st.text()
    | st.floats().map(str)
    | st.from_regex(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \w*")
)
def test_any_wait_is_read_or_left(header: str) -> None:
    for name in ("retry-after", "Retry-After-Ms"):
        seconds = retry_after({name: header})
        assert seconds is None or 0 <= seconds < float("inf")


@given(st.text() | st.from_regex(r"https?://[a-z@:/?#\[\].0-9-]*", fullmatch=True))
def test_any_base_url_is_read_or_refused(text: str) -> None:
    try:
        address = read_address(text)
    except UsageError:
        return
    assert address.url("/models").startswith(("http://", "https://"))
    assert "@" not in address.shown.partition("://")[2].partition("/")[0]
    assert json.dumps(address.shown)
