"""When a span is in error, and which words say why."""

from __future__ import annotations

import pytest
from spans import exception, span

from halo_dash.model.observation import Failure
from halo_dash.semconv import observe

ERROR = 2
OK = 1


def _failure(attributes=None, **fields) -> Failure | None:
    return observe(span(attributes, **fields)).failure


def test_what_makes_an_error():
    assert _failure(status_code=ERROR)
    assert _failure({"langfuse.observation.level": "ERROR"})
    assert _failure({"error.type": "timeout"})
    assert _failure({"logfire.level_num": 17})


def test_what_makes_none():
    assert _failure(status_code=OK, events=(exception("ValueError"),)) is None
    assert _failure(events=(exception("ValueError"),)) is None
    assert _failure({"error.type": "timeout"}, status_code=OK) is None
    assert _failure({"langfuse.observation.level": "WARNING"}) is None
    assert _failure({"logfire.level_num": 13}) is None


@pytest.mark.parametrize(
    ("events", "attributes", "message", "type_", "full"),
    [
        ((exception("app.errors.Timeout"),), {"error.type": "other"}, "x", "Timeout", "app.errors.Timeout"),
        ((exception("Inner"), exception("Outer")), {}, "x", "Outer", "Outer"),
        ((exception("Exception"),), {"error.type": "rate_limit"}, "x", "rate_limit", "rate_limit"),
        ((), {"error.type": "400", "tool.error_type": "ToolError"}, "x", "ToolError", "ToolError"),
        ((exception("Exception"),), {}, "BadRequestError: no", "BadRequestError", "BadRequestError"),
        ((exception("Error"),), {}, "app.MyException('no')", "MyException", "app.MyException"),
        ((), {"error.type": "429"}, "slow down", "HTTP 429", "HTTP 429"),
        ((), {"error.type": "429"}, "RateLimitError: slow down", "RateLimitError", "RateLimitError"),
        ((exception("Error"),), {}, "it broke", "Error", "Error"),
        ((), {}, "it broke", "Exception", ""),
        ((exception("Exception"),), {}, "it broke", "Exception", "Exception"),
    ],
)
def test_the_type_is_the_most_telling_one(events, attributes, message, type_, full):
    failure = _failure(attributes, status_code=ERROR, status_message=message, events=events)
    assert (failure.type, failure.full_type) == (type_, full)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"status_message": " a ", "events": (exception("E", "b"),)}, "a"),
        ({"status_message": "ToolRetryError: ", "events": (exception("E", "b"),)}, "b"),
        ({"attributes": {"error.message": "c", "tool.error": "d"}}, "c"),
        ({"attributes": {"langfuse.observation.status_message": "d"}}, "d"),
        ({"attributes": {"tool.error": "e"}}, "e"),
        (
            {"attributes": {"openinference.span.kind": "TOOL", "output.value": '{"output": "no such file"}'}},
            "no such file",
        ),
        ({"attributes": {"openinference.span.kind": "LLM", "output.value": "words"}}, ""),
        ({"status_message": "ValueError: bad"}, "ValueError: bad"),
    ],
)
def test_the_message_is_the_first_that_says_something(fields, message):
    assert _failure(status_code=ERROR, **fields).message == message


def test_a_traceback_inside_the_message_is_cut_off():
    raised = "WeatherError('timed out')Traceback (most recent call last):\n\n  File app.py"
    failure = _failure(status_code=ERROR, events=(exception("Exception", raised),))
    assert (failure.type, failure.message) == ("WeatherError", "WeatherError('timed out')")


def test_a_huge_message_is_cut_for_the_index():
    assert len(_failure(status_code=ERROR, status_message="x" * 1_000_000).message) == 2000
