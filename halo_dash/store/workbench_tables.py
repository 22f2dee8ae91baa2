"""The tables that `Workbench` offers, with what each column means."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from halo_dash.errors import TooLargeError
from halo_dash.model.judged import JudgedTrace
from halo_dash.model.trace import SpanReading, TraceRow

MOST_SPANS = 200_000
"""A larger selection has no table of spans: making it would take more than a few seconds and 100 MB."""

Row = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table."""

    name: str
    about: str
    columns: dict[str, tuple[str, str]]
    """Name -> (type, meaning)."""

    @property
    def definition(self) -> str:
        """The columns for `CREATE TABLE`."""
        return ", ".join(f"{name} {kind}" for name, (kind, _about) in self.columns.items())


TABLES = {
    each.name: each
    for each in (
        Table(
            "traces",
            "One row a trace.",
            {
                "trace_id": ("TEXT PRIMARY KEY", ""),
                "name": ("TEXT", ""),
                "status": ("TEXT", "ok, error or running, as reported"),
                "effective": ("TEXT", "the same as rules concluded"),
                "start_ns": ("INTEGER", "since the epoch"),
                "duration_ms": ("REAL", ""),
                "span_count": ("INTEGER", ""),
                "error_count": ("INTEGER", "spans in error"),
                "llm_calls": ("INTEGER", ""),
                "tool_calls": ("INTEGER", ""),
                "input_tokens": ("INTEGER", ""),
                "output_tokens": ("INTEGER", ""),
                "total_tokens": ("INTEGER", ""),
                "cost_usd": ("REAL", ""),
                "agent": ("TEXT", "the first one's name"),
                "model": ("TEXT", "the first one called"),
                "service": ("TEXT", ""),
                "environment": ("TEXT", ""),
                "session_id": ("TEXT", ""),
                "user_id": ("TEXT", ""),
                "source": ("TEXT", ""),
                "failure": ("TEXT", "type and message of the error to show"),
                "findings": ("INTEGER", "found by rules"),
                "input_preview": ("TEXT", "at most 200 characters"),
                "output_preview": ("TEXT", "at most 200 characters"),
            },
        ),
        Table(
            "spans",
            f"One row a span, without long texts; only for selections of up to {MOST_SPANS:,} spans.",
            {
                "trace_id": ("TEXT", ""),
                "span_id": ("TEXT", ""),
                "parent_span_id": ("TEXT", "empty for a root"),
                "name": ("TEXT", ""),
                "kind": (
                    "TEXT",
                    "AGENT LLM TOOL CHAIN RETRIEVER EMBEDDING RERANKER GUARDRAIL EVALUATOR SPAN",
                ),
                "is_error": ("INTEGER", "0 or 1"),
                "start_ns": ("INTEGER", ""),
                "duration_ms": ("REAL", "NULL while it has not ended"),
                "agent": ("TEXT", ""),
                "model": ("TEXT", ""),
                "provider": ("TEXT", ""),
                "tool": ("TEXT", ""),
                "input_tokens": ("INTEGER", ""),
                "output_tokens": ("INTEGER", ""),
                "cost_usd": ("REAL", ""),
                "error_type": ("TEXT", ""),
                "error_message": ("TEXT", ""),
                "service": ("TEXT", ""),
            },
        ),
        Table(
            "findings",
            "One row for each problem that a rule found.",
            {
                "trace_id": ("TEXT", ""),
                "rule": ("TEXT", ""),
                "cluster": ("TEXT", "findings of one cluster are the same failure"),
                "severity": ("TEXT", "high, medium, low or info"),
                "title": ("TEXT", ""),
                "subject": ("TEXT", "the tool, model or step it is about"),
                "cause": ("TEXT", ""),
                "ending": (
                    "TEXT",
                    "failed, unclear (nothing shows whether the run got over it), recovered or none",
                ),
                "span_id": ("TEXT", "of the first evidence"),
                "quote": ("TEXT", "of the first evidence"),
                "wasted_tokens": ("INTEGER", ""),
                "wasted_usd": ("REAL", ""),
                "wasted_ms": ("REAL", ""),
            },
        ),
    )
}


def schema_text() -> str:
    """The tables for a prompt."""
    lines = []
    for table in TABLES.values():
        lines.append(f"{table.name}: {table.about}")
        for name, (kind, about) in table.columns.items():
            lines.append(f"  {name} {kind.split()[0].lower()}{f'  -- {about}' if about else ''}")
    return "\n".join(lines)


def trace_values(row: TraceRow, now_ns: int) -> Row:
    """A row of `traces`."""
    summary = row.summary
    usage = summary.usage
    return (
        summary.trace_id,
        summary.name,
        row.status(now_ns),
        row.effective(now_ns),
        summary.start_ns,
        (summary.end_ns - summary.start_ns) / 1e6,
        summary.span_count,
        summary.error_count,
        summary.llm_calls,
        summary.tool_calls,
        *(usage.input, usage.output, usage.total),
        summary.cost_usd,
        summary.agents[0][1] if summary.agents else None,
        summary.models[0] if summary.models else None,
        summary.services[0] if summary.services else None,
        summary.environment,
        summary.session_id,
        summary.user_id,
        row.source,
        summary.failure.line if summary.failure else None,
        len(row.judged.findings) if row.judged else 0,
        summary.input_preview,
        summary.output_preview,
    )


def span_values(trace_id: str, reading: SpanReading) -> Row:
    """A row of `spans`."""
    seen = reading.observation
    return (
        trace_id,
        reading.span_id,
        reading.parent_span_id,
        reading.name,
        seen.kind.value,
        int(seen.is_error),
        reading.start_ns,
        (reading.end_ns - reading.start_ns) / 1e6 if reading.end_ns else None,
        *(seen.agent_name, seen.model, seen.provider, seen.tool_name),
        *(seen.usage.input, seen.usage.output, seen.cost_usd),
        seen.failure.type if seen.failure else None,
        seen.failure.message if seen.failure else None,
        seen.service,
    )


def finding_values(judged: JudgedTrace) -> Iterator[Row]:
    """The rows of `findings` of one trace."""
    for number, found in enumerate(judged.findings):
        evidence = found.evidence[0] if found.evidence else None
        yield (
            judged.trace_id,
            found.rule,
            judged.clusters[number] if number < len(judged.clusters) else None,
            found.severity,
            found.title,
            found.subject,
            found.cause,
            found.ending,
            evidence.span_id if evidence else None,
            evidence.quote if evidence else None,
            found.waste.tokens,
            found.waste.cost_usd,
            found.waste.duration_ns / 1e6,
        )


def span_rows(
    rows: Iterator[TraceRow], outline: Callable[[str], tuple[SpanReading, ...]], spans: int
) -> Iterator[Row]:
    """The rows of `spans`. Raises TooLargeError before the first where they are too many."""
    if spans > MOST_SPANS:
        raise TooLargeError(
            f"The selection has {spans:,} spans; a table of them is made for up to {MOST_SPANS:,}.",
            hint="Ask the table traces, or narrow the selection with filters.",
        )
    for row in rows:
        trace_id = row.summary.trace_id
        for reading in outline(trace_id):
            yield span_values(trace_id, reading)
