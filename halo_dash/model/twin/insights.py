"""The JSON of insights."""

from __future__ import annotations

from collections.abc import Sequence

from halo_dash.model.insight import HistoryRun, Insight, InsightPage, Life, Share
from halo_dash.model.twin.values import Json, iso_time


def insights_json(page: InsightPage) -> dict[str, Json]:
    """`/insights.json`: the greatest impact first. `least` is how many judged runs it takes."""
    return {
        "items": [insight_json(each) for each in page.items],
        "total": len(page.items),
        "traces": page.traces,
        "judged": page.judged,
        "least": page.least,
        "is_enough": page.is_enough,
    }


def insight_json(insight: Insight) -> dict[str, Json]:
    """One insight."""
    impact = insight.impact
    return {
        "name": insight.name,
        "title": insight.title,
        "hypothesis": insight.hypothesis,
        "direction": insight.direction,
        "rule": insight.rule,
        "subject": insight.subject,
        "cause": insight.cause or None,
        "clusters": list(insight.clusters),
        "agents": list(insight.agents),
        "share": _share_json(insight.share),
        "agent_share": _share_json(insight.agent_share),
        "impact": {
            "value": impact.value,
            "share": impact.share,
            "severity": impact.severity,
            "weight": impact.weight,
            "waste_share": impact.waste_share,
            "waste_of": impact.waste_of,
        },
        "life": _life_json(insight.life),
        "first": iso_time(insight.first_ns),
        "first_ns": insight.first_ns,
        "last": iso_time(insight.last_ns),
        "last_ns": insight.last_ns,
        "waste": {
            "tokens": insight.waste.tokens,
            "cost_usd": insight.waste.cost_usd,
            "duration_ms": insight.waste.duration_ns / 1e6,
        },
        "examples": [
            {
                "trace_id": each.trace_id,
                "start_ns": each.start_ns,
                "title": each.title,
                "explanation": each.explanation,
                "ending": each.ending,
                "span_id": each.span_id,
                "quote": each.quote,
            }
            for each in insight.examples
        ],
    }


def insight_detail_json(insight: Insight, runs: Sequence[HistoryRun]) -> dict[str, Json]:
    """`/insights/{name}.json`: with the newest runs of its agents, in order of time."""
    return {
        **insight_json(insight),
        "runs": [
            {
                "trace_id": each.trace_id or None,
                "start_ns": each.start_ns,
                "has_it": each.has_it,
                "version": each.version or None,
            }
            for each in runs
        ],
    }


def _share_json(share: Share) -> dict[str, Json]:
    low, high = share.interval
    return {"hits": share.hits, "base": share.base, "value": share.value, "low": low, "high": high}


def _life_json(life: Life) -> dict[str, Json]:
    return {
        "state": life.state,
        "since": iso_time(life.since_ns),
        "since_ns": life.since_ns,
        "version": life.version or None,
        "clean_runs": life.clean_runs,
        "chance": life.chance,
        "runs_to_fixed": life.runs_to_fixed,
        "is_said": life.is_said,
        "releases": [{"version": each.version, **_share_json(each.share)} for each in life.releases],
    }
