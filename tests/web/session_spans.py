"""Sessions that a page must stand: with history, without, overlapping, shared, hostile, long."""

from __future__ import annotations

import json
import time
from typing import Any

from halo_dash.model.span import Event, Resource, Scope, Span

NOW_NS = time.time_ns()
S = 1_000_000_000
RESOURCE = Resource({"service.name": "desk", "deployment.environment.name": "lab"})

Said = tuple[str, str]
"""(role, text)."""


def messages(said: list[Said]) -> str:
    return json.dumps([{"role": role, "parts": [{"type": "text", "content": text}]} for role, text in said])


def turn(
    number: int,
    session: str,
    question: str,
    answer: str | None,
    *,
    history: list[Said] | None = None,
    start_ns: int | None = None,
    length_ns: int = 2 * S,
    user: str | None = "user-1",
    agent: str = "desk",
    tool: str | None = None,
    error: str | None = None,
    is_open: bool = False,
) -> tuple[Span, ...]:
    """One trace of a session: an agent, a model call with `history`, and perhaps a tool."""
    start = NOW_NS - (100_000 - number * 10) * S if start_ns is None else start_ns
    trace_id = f"{number:032x}"
    own: dict[str, Any] = {"session.id": session}
    if user:
        own["user.id"] = user
    failed: dict[str, Any] = {}
    if error:
        raised = {"exception.type": "DeskError", "exception.message": error}
        failed = {"status_code": 2, "events": (Event(start + length_ns, "exception", raised),)}

    def span(at: int, name: str, attributes: dict[str, Any], **more: Any) -> Span:
        given = {"start_ns": start + at * 1_000_000, "end_ns": start + length_ns - at * 1_000_000, **more}
        return Span(
            trace_id=trace_id,
            span_id=f"{number * 16 + at + 1:016x}",
            parent_span_id=f"{number * 16 + 1:016x}" if at else "",
            name=name,
            attributes=attributes,
            resource=RESOURCE,
            scope=Scope("test", "1"),
            **given,
        )

    asked = [*(history or []), ("user", question)]
    called = {
        "gen_ai.operation.name": "chat",
        "gen_ai.request.model": "gpt-4o-mini",
        "gen_ai.usage.input_tokens": 100,
        "gen_ai.usage.output_tokens": 10,
        "gen_ai.input.messages": messages(asked),
    }
    if answer is not None:
        called["gen_ai.output.messages"] = messages([("assistant", answer)])
    root = {"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": agent, **own}
    root |= {"input.value": question} | ({"output.value": answer} if answer else {})
    spans = [
        span(0, f"invoke_agent {agent}", root, **failed, **({"end_ns": 0} if is_open else {})),
        span(1, "chat gpt-4o-mini", called, **failed),
    ]
    if tool:
        ran = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": tool}
        spans.append(span(2, f"execute_tool {tool}", ran))
    return tuple(spans)


def exchange(
    session: str, questions: int, *, first: int = 1, with_history: bool = True
) -> list[tuple[Span, ...]]:
    """A session of so many questions, each answered; every trace sends the ones before again."""
    said: list[Said] = []
    traces = []
    for at in range(1, questions + 1):
        question, answer = f"question {at}", f"answer {at}"
        traces.append(
            turn(first + at, session, question, answer, history=list(said) if with_history else None)
        )
        said += [("user", question), ("assistant", answer)]
    return traces
