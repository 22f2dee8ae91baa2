"""Random agent runs, and the trace list computed the slow and obvious way."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable

from halo_dash.model.figures import UNNAMED
from halo_dash.model.filter import Filter
from halo_dash.model.filter_fields import FIELDS
from halo_dash.model.page import Totals
from halo_dash.model.span import Resource, Scope, Span
from halo_dash.model.trace import TraceRow

NOW = 1_780_000_000_000_000_000
HOUR_NS = 3_600_000_000_000
MODELS = ("gpt-4o", "claude-sonnet-4-5", "llama-9-unknown")
TOOLS = ("search", "fetch", "日本語")


def random_trace(seed: int, *, start_ns: int | None = None) -> list[Span]:
    """One run; deterministic. Some have no root, no end, errors, no tokens, or start in the same tick."""
    chance = random.Random(seed)  # noqa: S311 - test data
    trace_id = f"{chance.getrandbits(128):032x}"
    start = NOW - chance.randrange(0, 100) * HOUR_NS // 2 if start_ns is None else start_ns
    resource = Resource(
        {"service.name": chance.choice("abc"), "deployment.environment": chance.choice(["prod", "dev"])}
    )
    scope = Scope("tests", "1")
    people = {"session.id": f"s{seed % 7}", "user.id": f"u{seed % 4}"} if chance.random() < 0.8 else {}
    is_open = chance.random() < 0.2
    spans = []
    for number in range(chance.randint(1, 6)):
        kind = "AGENT" if number == 0 else chance.choice(["LLM", "TOOL", "CHAIN"])
        attributes: dict[str, object] = {"openinference.span.kind": kind, **people}
        if kind == "AGENT":
            attributes |= {"agent.name": f"agent{seed % 3}", "gen_ai.agent.id": f"id{seed % 2}"}
        if kind == "LLM":
            attributes["llm.model_name"] = chance.choice(MODELS)
            attributes["llm.provider"] = "openai"
            if chance.random() < 0.7:
                attributes |= {
                    "llm.token_count.prompt": chance.randrange(5000),
                    "llm.token_count.completion": 7,
                }
        if kind == "TOOL":
            attributes["tool.name"] = chance.choice(TOOLS)
        begin = start + number * chance.choice([0, 1_000_000])
        spans.append(
            Span(
                trace_id=trace_id,
                span_id=f"{number:016x}",
                parent_span_id="" if number == 0 else f"{chance.randrange(number):016x}",
                name=f"{kind.lower()} {seed % 5}",
                start_ns=begin,
                end_ns=0 if is_open and number == 0 else begin + chance.randrange(1, 50) * 100_000_000,
                status_code=2 if chance.random() < 0.15 else 0,
                attributes=attributes,  # type: ignore[arg-type]
                resource=resource,
                scope=scope,
            )
        )
    return spans[1:] if len(spans) > 2 and chance.random() < 0.1 else spans


def values(row: TraceRow, field: str, now_ns: int) -> set[str]:
    """What a row has in one filter field."""
    summary = row.summary
    status = row.status(now_ns)
    found: dict[str, Iterable[str | None]] = {
        "status": [status, "recovered" if status == "ok" and summary.is_recovered else None],
        "effective": [None if status == "running" else row.effective(now_ns)],
        "rule": [found.rule for found in row.judged.findings] if row.judged else [],
        "cluster": row.judged.clusters if row.judged else [],
        "kind": [kind.value for kind in summary.kinds],
        "name": [summary.name, *summary.names],
        "model": summary.models,
        "provider": summary.providers,
        "service": summary.services,
        "environment": [summary.environment],
        "version": [],  # no random trace says one
        "agent": [name for _identity, name in summary.agents] or [UNNAMED],
        "session": summary.sessions,
        "user": summary.users,
        "tool": summary.tools,
        "source": [row.source],
        "verdict": row.verdicts,
        "tag": row.tags,
        "trace": [summary.trace_id],
        "pinned": ["yes" if row.is_pinned else "no"],
    }
    return {value for value in found[field] if value}


def selects(selection: Filter, row: TraceRow, now_ns: int) -> bool:
    """Whether a filter selects a row."""
    summary = row.summary
    first, last = selection.period(now_ns)
    if (first is not None and summary.start_ns < first) or (last is not None and summary.start_ns >= last):
        return False
    measures = {
        "tokens": summary.usage.total,
        "cost": summary.cost_usd,
        "duration": summary.end_ns - summary.start_ns,
        "spans": summary.span_count,
        "llm_calls": summary.llm_calls,
    }
    if not all(getattr(selection, name).holds(value) for name, value in measures.items()):
        return False
    for each in FIELDS:
        wanted = set(getattr(selection, each.attribute)) if each.shape == "values" else set()
        if wanted and not wanted & _answers(row, each.name, now_ns):
            return False
    fields = ((name, value) for name, value in selection.excluded if not name.startswith("attr."))
    return not any(value in _answers(row, name, now_ns) for name, value in fields)


def _answers(row: TraceRow, field: str, now_ns: int) -> set[str]:
    """The values by which a filter finds the row: an agent by its id as well."""
    identities = row.summary.agents if field == "agent" else ()
    return values(row, field, now_ns) | {identity for identity, _name in identities if identity}


def ordered(rows: Iterable[TraceRow], sort: str) -> list[str]:
    """Trace ids in the order of a sort."""
    key, falls = sort.removeprefix("-"), sort.startswith("-")
    measures = {
        "start": lambda summary: summary.start_ns,
        "duration": lambda summary: summary.end_ns - summary.start_ns,
        "cost": lambda summary: summary.cost_usd,
        "tokens": lambda summary: summary.usage.total,
        "spans": lambda summary: summary.span_count,
        "errors": lambda summary: summary.error_count,
    }
    ties_fall = falls if key == "start" else True
    found = sorted(
        (row.summary for row in rows), key=lambda one: (one.start_ns, one.trace_id), reverse=ties_fall
    )
    known = [one for one in found if measures[key](one) is not None]
    unknown = [one for one in found if measures[key](one) is None]
    known.sort(key=measures[key], reverse=falls)
    return [one.trace_id for one in (*known, *unknown)]


def summed(rows: list[TraceRow], now_ns: int) -> Totals:
    """Totals one by one. The cost is left to the caller: floats add up in any order."""
    summaries = [row.summary for row in rows]
    statuses = Counter(row.status(now_ns) for row in rows)
    durations = sorted(one.end_ns - one.start_ns for one in summaries)
    return Totals(
        traces=len(rows),
        failed=statuses["error"],
        recovered=sum(row.status(now_ns) == "ok" and row.summary.is_recovered for row in rows),
        running=statuses["running"],
        spans=sum(one.span_count for one in summaries),
        errors=sum(one.error_count for one in summaries),
        llm_calls=sum(one.llm_calls for one in summaries),
        cost_is_partial=any(one.cost_is_partial for one in summaries),
        p50_duration_ns=durations[(len(durations) - 1) // 2] if durations else None,
    )
