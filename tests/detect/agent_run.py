"""Runs to be judged, told step by step and read like any other trace."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from halo_dash.detect import RULES, judge
from halo_dash.model.finding import Finding, Verdict
from halo_dash.model.page import StoredSpan
from halo_dash.model.span import Event, LogRecord, Span, StatusCode
from halo_dash.model.subject import Subject
from halo_dash.semconv import observe, read_subject

MS = 1_000_000
START = 1_780_000_000_000 * MS
RULE = {rule.name: rule for rule in RULES}


@dataclass
class Run:
    """An agent's run in the GenAI conventions; every step ends where the next one begins."""

    question: str = "What is the weather in Oslo?"
    trace_id: str = "ab" * 16
    tools: list[dict[str, Any]] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)
    clock: int = START
    ids: Any = field(default_factory=lambda: count(1))
    root_error: str | None = None
    root_ends: bool = True

    def __post_init__(self) -> None:
        self.root = self._id()
        self.say("user", self.question)

    def _id(self) -> str:
        return f"{next(self.ids):016x}"

    def say(self, role: str, text: str) -> Run:
        self.history.append({"role": role, "parts": [{"type": "text", "content": text}]})
        return self

    def span(self, name: str, attributes: dict[str, Any], ms: int = 100, **more: Any) -> Span:
        more = {"parent_span_id": self.root, "start_ns": self.clock, **more}
        made = Span(
            trace_id=self.trace_id,
            span_id=more.pop("span_id", None) or self._id(),
            name=name,
            end_ns=more.pop("end_ns", more["start_ns"] + ms * MS),
            attributes=attributes,
            **more,
        )
        self.spans.append(made)
        self.clock = max(self.clock, made.end_ns)
        return made

    def llm(
        self,
        text: str = "",
        calls: list[tuple[str, Any]] | None = None,
        *,
        finish: str | None = None,
        model: str = "gpt-4o-mini",
        tokens: tuple[int, int] = (100, 20),
        error: str | None = None,
        **attributes: Any,
    ) -> Run:
        """A call of a model: what it said, and the tools it asked for."""
        parts: list[dict[str, Any]] = [{"type": "text", "content": text}] if text else []
        for at, (name, arguments) in enumerate(calls or ()):
            call_id = f"call_{len(self.spans)}_{at}"
            parts.append({"type": "tool_call", "id": call_id, "name": name, "arguments": arguments})
        output = {
            "role": "assistant",
            "parts": parts,
            "finish_reason": finish or ("tool_call" if calls else "stop"),
        }
        said: dict[str, Any] = {
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": model,
            "gen_ai.response.model": model,
            "gen_ai.usage.input_tokens": tokens[0],
            "gen_ai.usage.output_tokens": tokens[1],
            "gen_ai.input.messages": json.dumps(self.history),
            **attributes,
        }
        if self.tools:
            said["gen_ai.tool.definitions"] = json.dumps(self.tools)
        if error is None:
            said["gen_ai.output.messages"] = json.dumps([output])
            said["gen_ai.response.finish_reasons"] = [output["finish_reason"]]
            self.history.append(output)
        self.span(f"chat {model}", said, **_failed(error))
        return self

    def tool(
        self,
        name: str,
        arguments: Any,
        result: Any = None,
        *,
        error: str | None = None,
        ms: int = 50,
        exception: str | None = None,
        is_asked: bool = True,
    ) -> Run:
        """The model asks for a tool, and the tool runs."""
        if is_asked:
            self.llm(calls=[(name, arguments)])
        call_id = self.history[-1]["parts"][-1]["id"] if is_asked else None
        said = {
            "gen_ai.operation.name": "execute_tool",
            "gen_ai.tool.name": name,
            "gen_ai.tool.call.arguments": arguments if isinstance(arguments, str) else json.dumps(arguments),
        }
        if call_id:
            said["gen_ai.tool.call.id"] = call_id
        if result is not None:
            said["gen_ai.tool.call.result"] = result if isinstance(result, str) else json.dumps(result)
        events = ()
        if exception is not None:
            kind, _, message = exception.partition(": ")
            raised = {"exception.type": kind, "exception.message": message}
            events = (Event(self.clock, "exception", raised),)
        self.span(f"execute_tool {name}", said, ms, events=events, **_failed(error))
        if is_asked:
            answer = {"type": "tool_call_response", "id": call_id, "response": error or result}
            self.history.append({"role": "tool", "parts": [answer]})
        return self

    def whole(self) -> list[Span]:
        """All spans, its root first."""
        root = Span(
            trace_id=self.trace_id,
            span_id=self.root,
            name="invoke_agent helper",
            start_ns=START,
            end_ns=self.clock if self.root_ends else 0,
            attributes={"gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": "helper"},
            **_failed(self.root_error),
        )
        return [root, *self.spans]

    def subject(self, *, is_quiet: bool = True) -> Subject:
        """The run as rules see it."""
        return subjects_of(self.whole(), is_quiet=is_quiet)[self.trace_id]

    def findings(self, rule: str) -> list[Finding]:
        """What one rule says of it."""
        return list(RULE[rule].find(self.subject()))

    def verdict(self) -> Verdict:
        """What all rules say."""
        judged = judge(self.subject(), RULES)
        assert not judged.errors
        return judged.verdict


def _failed(error: str | None) -> dict[str, Any]:
    return {} if error is None else {"status_code": StatusCode.ERROR, "status_message": error}


def subjects_of(spans: Any, logs: Any = (), *, is_quiet: bool = True) -> dict[str, Subject]:
    """The traces among spans, as rules see them."""
    records: dict[tuple[str, str], list[LogRecord]] = defaultdict(list)
    for record in logs:
        records[record.trace_id, record.span_id].append(record)
    stored: dict[str, list[StoredSpan]] = defaultdict(list)
    for sequence, span in enumerate(spans):
        found = tuple(records[span.trace_id, span.span_id])
        stored[span.trace_id].append(StoredSpan(span, observe(span, found), found, sequence))
    return {trace_id: read_subject(trace_id, of, is_quiet=is_quiet) for trace_id, of in stored.items()}
