"""Traces that a trace page must stand: long, broken, hostile, huge, running."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Any

from halo_dash.model.span import Event, Link, Resource, Scope, Span

NOW_NS = time.time_ns()
S = 1_000_000_000
BASE = NOW_NS - 100 * S
RESOURCE = Resource(
    {"service.name": "shop", "service.version": "2.1.0", "deployment.environment.name": "lab"}
)

LONG, BROKEN, HOSTILE, RUNNING, TALK = ("b" * 32, "c" * 32, "d" * 32, "e" * 32, "a" * 32)
LONG_SPANS = 1_201
BIG_BYTES = 5 * 1024 * 1024
SCRIPT = "<script>alert(1)</script>"


def hexid(number: int) -> str:
    return f"{number:016x}"


def span(  # noqa: PLR0917 - a table of spans reads best in columns
    trace: str, number: int, parent: int, name: str, start: int, end: int, kind: str, **more: Any
) -> Span:
    given = {"openinference.span.kind": kind, **more.pop("attributes", {})}
    return Span(
        trace_id=trace,
        span_id=hexid(number),
        parent_span_id=hexid(parent) if parent else "",
        name=name,
        start_ns=start,
        end_ns=end,
        attributes=given,
        resource=RESOURCE,
        scope=Scope("test", "1"),
        **more,
    )


def long_trace() -> tuple[Span, ...]:
    root = span(LONG, 1, 0, "crawl", BASE, BASE + 60 * S, "AGENT")
    steps = (
        span(LONG, at, 1, f"step {at}", BASE + at * 10_000_000, BASE + at * 10_000_000 + 5_000_000, "TOOL")
        for at in range(2, LONG_SPANS + 1)
    )
    return root, *steps


def broken_trace() -> tuple[Span, ...]:
    at = BASE
    return (
        span(BROKEN, 1, 0, "root", at, at + 10 * S, "AGENT"),
        span(BROKEN, 2, 1, "backwards", at + 5 * S, at + 4 * S, "TOOL"),
        span(BROKEN, 3, 1, "early", at - 2 * S, at + S, "LLM"),
        span(BROKEN, 4, 99, "lost", at + 2 * S, at + 6 * S, "CHAIN"),
        span(BROKEN, 5, 6, "round", at + 6 * S, at + 7 * S, "CHAIN"),
        span(BROKEN, 6, 5, "about", at + 6 * S, at + 7 * S, "CHAIN"),
        span(BROKEN, 7, 7, "own parent", at + 7 * S, at + 8 * S, "CHAIN"),
        span(BROKEN, 8, 1, "open end", at + 8 * S, 0, "TOOL"),
        span(BROKEN, 9, 1, "no start", 0, at + 9 * S, "TOOL"),
        span(BROKEN, 10, 1, "point", at + 3 * S, at + 3 * S, "LLM"),
    )


def hostile_trace() -> tuple[Span, ...]:
    stack = {
        "exception.type": "shop.errors.BadRow",
        "exception.message": SCRIPT,
        "exception.stacktrace": "Traceback (most recent call last):\n  File x\nBadRow",
    }
    return (
        span(
            HOSTILE, 1, 0, SCRIPT, BASE, BASE + S, "AGENT",
            attributes={"input.value": SCRIPT + "\u202egnp.exe", "output.value": "</pre></code><h1>out</h1>",
                        "session.id": "'\">" + SCRIPT, "user.id": "<b>u</b>" + "u" * 400},
        ),
        span(
            HOSTILE, 2, 1, "dump", BASE, BASE + S // 2, "TOOL",
            attributes={"tool.name": "dump", "input.value": '{"table": "orders"}',
                        "output.value": "x" * BIG_BYTES},
        ),
        span(
            HOSTILE, 3, 1, "lookup", BASE, BASE + S // 2, "TOOL", status_code=2, status_message=SCRIPT,
            attributes={"input.value": '{"q": "a"}', "<b>key</b>": "<i>v</i>", "bytes": b"\x00\xff",
                        "nan": float("nan")},
            events=(Event(BASE + 1000, "exception", stack),),
            links=(Link(LONG, hexid(4)), Link(HOSTILE, hexid(2))),
        ),
        span(HOSTILE, 4, 1, "search", BASE, BASE + S // 2, "TOOL", attributes={"output.value": "[]"}),
    )  # fmt: skip


def running_trace() -> tuple[Span, ...]:
    return (
        span(RUNNING, 2, 1, "chat", NOW_NS - 20 * S, NOW_NS - 12 * S, "LLM"),
        span(RUNNING, 3, 1, "get_weather", NOW_NS - 12 * S, 0, "TOOL"),
    )


def talk_trace() -> tuple[Span, ...]:
    """A question, a tool that finds nothing, one that fails, an answer; the second call repeats it all."""

    def said(way: str, *messages: dict[str, str]) -> dict[str, str]:
        return {
            f"llm.{way}_messages.{at}.message.{key}": value
            for at, each in enumerate(messages)
            for key, value in each.items()
        }

    question = {"role": "user", "content": "Who won the cup?"}
    calls = {
        "role": "assistant",
        "tool_calls.0.tool_call.id": "c1",
        "tool_calls.0.tool_call.function.name": "web_search",
        "tool_calls.0.tool_call.function.arguments": '{"query": "cup winner"}',
        "tool_calls.1.tool_call.id": "c2",
        "tool_calls.1.tool_call.function.name": "archive",
        "tool_calls.1.tool_call.function.arguments": "{}",
    }
    results = (
        {"role": "tool", "content": "[]", "tool_call_id": "c1"},
        {"role": "tool", "content": "TimeoutError: too slow", "tool_call_id": "c2"},
    )
    answer = {"role": "assistant", "content": "I could not find out."}
    raised = Event(
        BASE + 3 * S, "exception", {"exception.type": "TimeoutError", "exception.message": "too slow"}
    )
    return (
        span(TALK, 1, 0, "run", BASE, BASE + 10 * S, "AGENT",
             attributes={"agent.name": "helper", "session.id": "s-1"}),
        span(TALK, 2, 1, "chat", BASE, BASE + S, "LLM",
             attributes={**said("input", question), **said("output", calls), "llm.token_count.prompt": 40,
                         "llm.token_count.completion": 2, "llm.token_count.total": 42}),
        span(TALK, 3, 1, "web_search", BASE + S, BASE + 2 * S, "TOOL",
             attributes={"tool.name": "web_search", "tool_call.id": "c1", "output.value": "[]"}),
        span(TALK, 4, 1, "archive", BASE + 2 * S, BASE + 3 * S, "TOOL", status_code=2, events=(raised,),
             attributes={"tool.name": "archive", "tool_call.id": "c2"}),
        span(TALK, 5, 1, "chat", BASE + 3 * S, BASE + 9 * S, "LLM",
             attributes={**said("input", question, calls, *results), **said("output", answer)}),
    )  # fmt: skip


def failed_talk() -> tuple[Span, ...]:
    """The same run, ended by the tool that failed."""
    root, call, found, failed, _ = talk_trace()
    return replace(root, status_code=2, events=failed.events, end_ns=failed.end_ns), call, found, failed


ALL = (long_trace, broken_trace, hostile_trace, running_trace, talk_trace)
