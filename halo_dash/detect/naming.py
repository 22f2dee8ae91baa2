"""What people call the things that findings are about."""

from __future__ import annotations

from halo_dash.model.observation import Kind
from halo_dash.model.subject import SubjectSpan

_NOUNS = {
    Kind.TOOL: "The tool",
    Kind.LLM: "The model",
    Kind.AGENT: "The agent",
    Kind.RETRIEVER: "The retriever",
    Kind.EMBEDDING: "The embedding model",
}


def name_of(span: SubjectSpan) -> str:
    """Its tool, its model, its agent, else the span's own name."""
    seen = span.seen
    if seen.kind is Kind.LLM or seen.kind is Kind.EMBEDDING:
        return seen.model or span.reading.name
    if seen.kind is Kind.AGENT:
        return seen.agent_name or span.reading.name
    return seen.tool_name or span.reading.name


def noun_of(span: SubjectSpan) -> str:
    """What it is, before its name."""
    return _NOUNS.get(span.seen.kind, "The step")


def times(count: int) -> str:
    """`twice`, `3 times`."""
    return {1: "once", 2: "twice"}.get(count, f"{count} times")
