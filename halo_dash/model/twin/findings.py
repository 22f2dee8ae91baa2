"""What rules found in a trace."""

from __future__ import annotations

from halo_dash.model.finding import Finding
from halo_dash.model.judged import JudgedTrace
from halo_dash.model.twin.values import Json


def findings_json(judged: JudgedTrace | None) -> list[Json]:
    """All findings of a trace, the worst first; empty also where it was not judged yet."""
    if judged is None:
        return []
    return [finding_json(found, name) for found, name in zip(judged.findings, judged.clusters, strict=True)]


def finding_json(found: Finding, cluster: str | None = None) -> dict[str, Json]:
    """One finding with its evidence."""
    return {
        "rule": found.rule,
        "severity": found.severity,
        "title": found.title,
        "explanation": found.explanation,
        "ending": found.ending,
        "subject": found.subject,
        "cause": found.cause,
        "cluster": cluster,
        "evidence": [
            {"span_id": each.span_id, "field": each.field, "quote": each.quote, "offset": each.offset}
            for each in found.evidence
        ],
        "waste": {
            "tokens": found.waste.tokens,
            "cost_usd": found.waste.cost_usd,
            "duration_ms": found.waste.duration_ns / 1e6,
        },
    }
