"""A trace, a finding and a cluster as the engine is shown them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from halo_dash.analysis.reading.citing import Citing
from halo_dash.model.clusters import ClusterRow
from halo_dash.model.finding import Finding
from halo_dash.model.judged import JudgedTrace
from halo_dash.model.trace import TraceRow
from halo_dash.model.twin.values import iso_time
from halo_dash.patterns.names import Names

Json = dict[str, Any]
_PREVIEW = 200
_SPREAD = 6


def trace_row(row: TraceRow, now_ns: int) -> Json:
    """One trace; what it does not say is left out."""
    summary = row.summary
    found: Json = {
        "trace_id": summary.trace_id,
        "name": summary.name,
        "agents": [name for _id, name in summary.agents[:_SPREAD]],
        "status": row.status(now_ns),
        "effective": row.effective(now_ns),
        "recovered": summary.is_recovered or None,
        "start": iso_time(summary.start_ns),
        "duration_ms": round((summary.end_ns - summary.start_ns) / 1e6, 1),
        "spans": summary.span_count,
        "error_spans": summary.error_count or None,
        "llm_calls": summary.llm_calls or None,
        "tool_calls": summary.tool_calls or None,
        "tokens": summary.usage.total,
        "cost_usd": summary.cost_usd,
        "models": list(summary.models[:_SPREAD]),
        "tools": list(summary.tools[:_SPREAD]),
        "session": summary.session_id,
        "user": summary.user_id,
        "service": summary.services[0] if summary.services else None,
        "environment": summary.environment,
        "failure": None if summary.failure is None else summary.failure.line[:_PREVIEW],
        "failed_span": summary.failed_span_id,
        "found": sorted({each.rule for each in row.judged.findings}) if row.judged else None,
        "judged": None if row.judged else False,
        "input": summary.input_preview,
        "output": summary.output_preview,
        "source": row.source,
    }
    return {name: value for name, value in found.items() if value not in (None, [], "")}


def finding_json(found: Finding, cluster: str | None, citing: Citing) -> Json:
    """What a rule found, its evidence ready to be cited."""
    evidence: list[Json] = []
    for each in found.evidence:
        place = citing.place(each.span_id, each.quote)
        if place is None:
            evidence.append({"span_id": each.span_id, "fact": each.quote})
            continue
        about = {"about_span": each.span_id} if place.span_id != each.span_id else {}
        evidence.append({"span_id": place.span_id, "field": place.field, "quote": place.quote} | about)
    out: Json = {
        "rule": found.rule,
        "severity": found.severity,
        "title": found.title,
        "explanation": found.explanation,
        "ending": found.ending,
        "cluster": cluster,
        "subject": found.subject or None,
        "cause": found.cause,
        "evidence": evidence,
    }
    if found.waste.tokens or found.waste.cost_usd or found.waste.duration_ns:
        out["waste"] = waste_json(found.waste.tokens, found.waste.cost_usd, found.waste.duration_ns)
    return {name: value for name, value in out.items() if value is not None}


def findings_json(judged: JudgedTrace, citing: Citing, most: int) -> list[Json]:
    """The findings of a trace, the worst first; at most so many."""
    names: Sequence[str | None] = (*judged.clusters, *[None] * len(judged.findings))
    return [finding_json(each, names[number], citing) for number, each in enumerate(judged.findings[:most])]


def cluster_json(row: ClusterRow, traces: int, names: Names) -> Json:
    """A failure cluster within the selection, called as pages call it."""
    identity = row.identity
    out: Json = {
        "cluster": identity.name,
        "rule": identity.rule,
        "subject": identity.subject,
        "cause": identity.cause,
        "wording": identity.template,
        "title": names.title(row),
        "titles": [each.title for each, _runs in row.members[:3]] if not identity.title else None,
        "severity": row.severity,
        "runs": row.runs,
        "share": share(row.runs, traces),
        "failed_runs": row.failed_runs,
        "recovered_runs": row.recovered,
        "first": iso_time(row.first_ns),
        "last": iso_time(row.last_ns),
        "waste": waste_json(row.waste.tokens, row.waste.cost_usd, row.waste.duration_ns),
        "agents": [each.value for each in row.agents],
        "tools": [each.value for each in row.tools],
        "models": [each.value for each in row.models],
        "parts": len(row.members) if len(row.members) > 1 else None,
    }
    return {name: value for name, value in out.items() if value not in (None, [], "")}


def waste_json(tokens: int, cost_usd: float, duration_ns: int) -> Json:
    """What was spent in vain."""
    return {"tokens": tokens, "cost_usd": round(cost_usd, 6), "duration_ms": round(duration_ns / 1e6, 1)}


def share(part: int, whole: int) -> float | None:
    """From 0 to 1, to four digits."""
    return round(part / whole, 4) if whole else None
