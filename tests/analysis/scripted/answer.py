"""What a script answers, and how it is sent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Use:
    """A tool the model calls. A text is sent as it stands (so it may be broken), all else as JSON."""

    name: str
    arguments: str | Mapping[str, Any] = field(default_factory=dict)
    call_id: str | None = None
    """None: one that is made of the request, equal for an equal request."""

    @property
    def written(self) -> str:
        """The arguments as they are sent."""
        return self.arguments if isinstance(self.arguments, str) else json.dumps(self.arguments)


@dataclass(frozen=True, slots=True)
class Used:
    """Tokens, as the provider counts them."""

    input: int = 100
    output: int = 20
    cached: int = 0
    reasoning: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer to one request."""

    text: str = ""
    tool_calls: tuple[Use, ...] = ()
    refusal: str = ""
    finish: str | None = None
    """As chat.completions names it; None: what follows from the rest."""
    usage: Used | None = Used()
    """None: the server tells nothing, also where it is asked to."""
    model: str | None = None
    """None: the one that was asked."""

    piece: int = 7
    """Characters in a fragment of a stream."""
    cut_after: int | None = None
    """Events (streamed) or bytes (whole) after which the connection is closed."""
    stall_after: int | None = None
    """Events after which nothing comes any more while the connection stays open."""
    pause_s: float = 0.0
    """Between two events of a stream: a model that writes at its own pace."""
    is_hanging: bool = False
    """Not even the head of an answer is sent."""
    is_streamable: bool = True
    """False: sent whole even where a stream was asked for, as some servers do."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    """Sent as it is in place of everything above."""
    content_type: str | None = None

    @property
    def finished(self) -> str:
        """The finish reason."""
        return self.finish or ("tool_calls" if self.tool_calls else "stop")


def say(text: str, usage: Used | None = Used()) -> Answer:
    """A text and nothing else."""
    return Answer(text=text, usage=usage)


def call(tool: str, /, **arguments: Any) -> Answer:
    """One tool call."""
    return Answer(tool_calls=(Use(tool, arguments),))


def calls(*uses: Use, text: str = "") -> Answer:
    """Several tool calls at once, perhaps with words before them."""
    return Answer(tool_calls=uses, text=text)


def refuse(text: str = "I can't help with that.") -> Answer:
    """The model says no, in the protocol's own field."""
    return Answer(refusal=text)


def fail(
    status: int,
    message: str = "the server had an error",
    *,
    code: str | None = None,
    type_: str = "server_error",
    parameter: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """An error in the form that OpenAI gives errors."""
    error = {"message": message, "type": type_, "param": parameter, "code": code}
    return Answer(status=status, body=json.dumps({"error": error}).encode(), headers=headers or {})


def too_many(retry_after: str | None = "0") -> Answer:
    """429 with Retry-After: seconds or a date."""
    headers = {} if retry_after is None else {"Retry-After": retry_after}
    message = "Rate limit reached for requests"
    return fail(429, message, code="rate_limit_exceeded", type_="requests", headers=headers)


def quota_spent() -> Answer:
    """429 that no waiting mends."""
    message = "You exceeded your current quota, please check your plan and billing details."
    return fail(429, message, code="insufficient_quota", type_="insufficient_quota")


def rejects(parameter: str, message: str | None = None) -> Answer:
    """400: the model takes no such option."""
    words = message or f"Unsupported parameter: '{parameter}' is not supported with this model."
    return fail(400, words, code="unsupported_parameter", type_="invalid_request_error", parameter=parameter)


def context_too_long() -> Answer:
    """400: more was sent than the model can read."""
    words = (
        "This model's maximum context length is 8192 tokens. However, your messages resulted in 9001 tokens."
    )
    return fail(
        400, words, code="context_length_exceeded", type_="invalid_request_error", parameter="messages"
    )


def hang() -> Answer:
    """No byte, until the client goes or the server is closed."""
    return Answer(is_hanging=True)


def cut(answer: Answer, after: int = 3) -> Answer:
    """The connection closes in the middle."""
    return replace(answer, cut_after=after)


def stall(answer: Answer, after: int = 3) -> Answer:
    """A stream that stops in the middle and stays open."""
    return replace(answer, stall_after=after)


def garbage(kind: Literal["json", "stream", "shape"] = "json") -> Answer:
    """200 with what is no answer: broken JSON, broken events, or JSON of another shape."""
    bodies = {
        "json": (b'{"id": "x", "choices": [{"mess', "application/json"),
        "stream": (b'data: {"id": "x", "choices": [{"del\n\ndata: [DONE]\n\n', "text/event-stream"),
        "shape": (b'{"hello": ["world"]}', "application/json"),
    }
    body, content_type = bodies[kind]
    return Answer(body=body, content_type=content_type)


def nothing() -> Answer:
    """A well-formed answer without a word or a call."""
    return Answer(usage=Used(100, 0))


def not_json() -> Answer:
    """200 with a web page, as proxies and wrong base URLs answer."""
    return Answer(body=b"<!doctype html><title>Sign in</title>", content_type="text/html")


def redirect(url: str, status: int = 307) -> Answer:
    """Go elsewhere."""
    return Answer(status=status, headers={"Location": url}, body=b"")
