"""The list of agents: rows as its template shows them, as JSON and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from halo_dash.model.figures import UNNAMED, AgentRow
from halo_dash.model.filter import Filter
from halo_dash.model.twin import iso_time
from halo_dash.web.agents.place import Lists, agent_path, shown_id
from halo_dash.web.agents.sums import cost_text, cost_title, failed_title, share
from halo_dash.web.charts import Spark, spark


@dataclass(frozen=True, slots=True)
class AgentLine:
    """One agent."""

    key: str
    href: str
    name: str
    agent_id: str
    """Where it is not the name."""
    other_names: str
    role: str
    framework: str
    version: str
    is_unnamed: bool
    last_seen_ns: int
    runs: int
    runs_href: str
    failed: int
    failed_href: str
    """Empty where no list has just the runs that failed."""
    error_rate: str
    error_title: str
    p50_ns: int | None
    p95_ns: int | None
    tokens: int | None
    cost: str
    cost_title: str
    spark: Spark


def agent_lines(rows: Sequence[AgentRow], filter_: Filter) -> tuple[AgentLine, ...]:
    """The rows of the list; an agent's page keeps the filter."""
    pairs = [pair for pair in filter_.pairs() if pair[0] != "agent"]
    kept = f"?{urlencode(pairs)}" if pairs else ""
    return tuple(_line(row, kept, Lists(replace(filter_, agent=(row.key,)))) for row in rows)


def _line(row: AgentRow, kept: str, lists: Lists) -> AgentLine:
    figures = row.figures
    return AgentLine(
        key=row.key,
        href=agent_path(row.key) + kept,
        name=row.name,
        agent_id=shown_id(row),
        other_names=", ".join(row.other_names),
        role=row.role or "",
        framework=row.framework or "",
        version=row.version or "",
        is_unnamed=row.key == UNNAMED,
        last_seen_ns=row.last_seen_ns,
        runs=figures.runs,
        runs_href=lists.all(),
        failed=figures.failed,
        failed_href="" if figures.apart else lists.all(("status", "error")),
        error_rate=share(figures.error_rate or 0),
        error_title=failed_title(figures),
        p50_ns=figures.latency.p50_ns,
        p95_ns=figures.latency.p95_ns,
        tokens=figures.usage.total,
        cost=cost_text(figures.cost_usd, is_partial=figures.cost_is_partial),
        cost_title=cost_title(figures),
        spark=spark(row.runs_by_bucket, row.failed_by_bucket),
    )


def agents_table(rows: Sequence[AgentRow]) -> Iterator[Sequence[object]]:
    """`/agents.csv`: a head and a row for each agent; durations in milliseconds."""
    yield (
        *("key", "agent_id", "agent_name", "role", "version", "framework", "first_seen", "last_seen"),
        *("runs", "failed", "recovered", "error_rate", "p50_ms", "p95_ms", "p99_ms", "llm_calls"),
        *("tool_calls", "input_tokens", "output_tokens", "total_tokens", "cost_usd", "unpriced_calls"),
    )
    for row in rows:
        figures, latency = row.figures, row.figures.latency
        yield (
            *(row.key, row.agent_id, row.name, row.role, row.version, row.framework),
            *(iso_time(row.first_seen_ns), iso_time(row.last_seen_ns)),
            *(figures.runs, figures.failed, figures.recovered, figures.error_rate),
            *(None if ns is None else ns / 1e6 for ns in (latency.p50_ns, latency.p95_ns, latency.p99_ns)),
            *(figures.llm_calls, figures.tool_calls),
            *(figures.usage.input, figures.usage.output, figures.usage.total),
            *(figures.cost_usd, figures.unpriced_calls),
        )
