"""Scripts of models that several tests use. They use what the tools returned."""

from __future__ import annotations

from typing import Any

from tests.analysis.engine.shop import QUOTE
from tests.analysis.scripted import Answer, ScriptedRequest, call


def finding(trace_id: str, quote: str = QUOTE, field: str = "tool_result") -> dict[str, Any]:
    """A finding that holds, where the trace is one that fails."""
    return {
        "title": "Refunds after 30 days fail", "severity": "high", "runs": 4, "base": 12,
        "explanation": "e", "hypothesis": "h", "fix": "f",
        "check": {"filter": "tool=refund&status=error", "label": "failed refunds"},
        "evidence": [{"trace_id": trace_id, "span_id": "c" * 16, "field": field, "quote": quote}],
    }  # fmt: skip


def report(trace_id: str, **changes: Any) -> Answer:
    """Hand in a report with one finding."""
    return call(
        "final_answer", title="Refunds", summary="Some fail.", findings=[finding(trace_id, **changes)]
    )


def answer(text: str, *citations: dict[str, Any]) -> Answer:
    """Hand in an answer, as subagents and follow-ups do."""
    return call("final_answer", answer=text, citations=list(citations))


def look_then_report(request: ScriptedRequest) -> Answer:
    """Lists what failed, reads the first of it, reports it."""
    if request.turn == 0:
        return call("query_traces", filter={"status": "error"})
    found = [each["trace_id"] for each in request.result("query_traces")["traces"]]
    if request.turn == 1:
        return call("view_trace", trace_id=found[0])
    assert QUOTE in request.texts_of("view_trace")[-1]
    return report(found[0])


def is_root(request: ScriptedRequest) -> bool:
    """The root is told of the built-in analyst, subagents are not."""
    return "built-in analyst" in request.system


def question(request: ScriptedRequest) -> str:
    """The first thing the agent was asked."""
    return str(request.users[0])
