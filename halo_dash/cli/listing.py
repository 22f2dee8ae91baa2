"""The trace list as a table, and the parts of a trace as lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from halo_dash.cli.reader import Document
from halo_dash.cli.table import Column, plain, render
from halo_dash.web import words
from halo_dash.web.states import ERROR_INSIDE

TRACE_COLUMNS = (
    Column("STARTED"),
    Column("STATUS"),
    Column("TRACE ID"),
    Column("NAME", is_flexible=True),
    Column("AGENT", rank=2, is_flexible=True),
    Column("DURATION", align="right", rank=1),
    Column("SPANS", align="right", rank=4),
    Column("TOKENS", align="right", rank=3),
    Column("COST", align="right", rank=5),
    Column("INPUT", rank=6, is_flexible=True),
)
SPAN_COLUMNS = (
    Column("SPAN ID"),
    Column("KIND"),
    Column("STATUS"),
    Column("NAME", is_flexible=True),
    Column("MODEL", rank=3, is_flexible=True),
    Column("DURATION", align="right", rank=1),
    Column("TOKENS", align="right", rank=2),
)


def status_word(trace: Document) -> str:
    """Return how a run went, in a word or two; `silent` reported ok and failed in effect."""
    if trace["status"] == "running":
        return "running"
    if trace["status"] == "error":
        return "failed"
    if trace.get("incomplete"):
        return "incomplete"
    if trace.get("effective_status") == "error":
        return "silent"
    return ERROR_INSIDE if trace.get("recovered") else "ok"


def trace_row(trace: Document) -> tuple[str, ...]:
    """Return one trace as the cells of TRACE_COLUMNS."""
    return (
        words.when(trace["start_ns"], trace["start_ns"])[:19],
        status_word(trace),
        trace["trace_id"],
        trace["name"],
        trace["agent_name"] or "",
        _duration(trace["duration_ms"]),
        words.count(trace["span_count"]),
        words.count(trace["tokens"]["total"]),
        cost(trace),
        trace["input_preview"] or "",
    )


def trace_table(items: Iterable[Document], width: int | None) -> str:
    """Return traces as a table."""
    return render(TRACE_COLUMNS, [trace_row(item) for item in items], width)


def span_table(spans: Iterable[Document], width: int | None) -> str:
    """Return spans as a table; a name is indented by its depth in the tree."""
    rows = [
        (
            span["span_id"],
            span["kind"],
            span["status"],
            "  " * depth + span["name"],
            span["model"] or "",
            _duration(span["duration_ms"]),
            words.count(span["tokens"]["total"]),
        )
        for depth, span in in_tree_order(list(spans))
    ]
    return render(SPAN_COLUMNS, rows, width)


def in_tree_order(spans: list[Document]) -> Iterator[tuple[int, Document]]:
    """Yield (depth, span), parents before children. Orphans and cycles come out as roots of their own."""
    known = {span["span_id"] for span in spans}
    below: dict[str | None, list[Document]] = {}
    for span in sorted(spans, key=lambda each: each["start_ns"]):
        parent = span["parent_span_id"]
        below.setdefault(parent if parent in known else None, []).append(span)
    done: set[str] = set()
    for root in (*below.get(None, []), *spans):
        stack = [(0, root)]
        while stack:
            depth, span = stack.pop()
            if span["span_id"] not in done:
                done.add(span["span_id"])
                yield depth, span
                stack += [(depth + 1, child) for child in reversed(below.get(span["span_id"], []))]


def summary_lines(trace: Document) -> Iterator[str]:
    """Yield the head of a trace, one fact a line."""
    facts: dict[str, Any] = {
        "trace": trace["trace_id"],
        "name": trace["name"],
        "status": status_word(trace),
        "started": words.when(trace["start_ns"], trace["start_ns"]).partition(",")[0],
        "duration": _duration(trace["duration_ms"]),
        "service": trace["service"],
        "environment": trace["environment"],
        "agent": trace["agent_name"],
        "session": trace["session_id"],
        "user": trace["user_id"],
        "models": ", ".join(trace["models"]),
        "tokens": words.count(trace["tokens"]["total"]),
        "cost": cost(trace) + _why_no_cost(trace),
        "input": trace["input_preview"],
        "output": trace["output_preview"],
        "noted": ", ".join([*trace["verdicts"], *trace["tags"]]),
    }
    failure = trace.get("failure")
    if failure:
        facts["failure"] = f"{failure['type']}: {failure['message']}"
    yield from (f"{name:<12}{plain(str(value))}" for name, value in facts.items() if value)


def cost(document: Document) -> str:
    """Return the cost; `>=` says that the cost of some call is not known."""
    is_bound = document.get("cost_is_partial") and document["cost_usd"] is not None
    return (">=" if is_bound else "") + words.usd(document["cost_usd"])


def _why_no_cost(trace: Document) -> str:
    if trace["cost_usd"] is not None:
        return ""
    if not trace["cost_is_partial"] or not any(trace["tokens"].values()):
        return " (no span reports tokens or a cost)"
    return f" (no price is known for {', '.join(trace['models']) or 'calls that name no model'})"


def _duration(milliseconds: float | None) -> str:
    return words.duration(None if milliseconds is None else round(milliseconds * 1e6))
