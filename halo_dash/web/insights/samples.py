"""Made-up insights with every state, for the page that shows every part. Never mixed with real ones."""

from __future__ import annotations

from halo_dash.model.filter import NO_FILTER
from halo_dash.model.finding import Waste
from halo_dash.model.insight import Example, HistoryRun, Impact, Insight, Life, LifeState, Release, Share
from halo_dash.web.insights.showing import InsightLine, StripRow, insight_lines, strip_rows

_HOUR_NS = 3_600 * 1_000_000_000


def sample_insights(now_ns: int) -> tuple[InsightLine, ...]:
    """One of each state."""
    return insight_lines(
        [_insight(state, now_ns) for state in ("new", "ongoing", "fixed", "regressed")], NO_FILTER
    )


def sample_strip(now_ns: int) -> tuple[StripRow, ...]:
    """Two releases, of which the second has fixed it."""
    marks = (("1.0", "x.xx.x.xxx.x"), ("1.1", "........"))
    runs = [
        HistoryRun("", now_ns - _HOUR_NS, mark == "x", version) for version, text in marks for mark in text
    ]
    return strip_rows(_insight("fixed", now_ns), runs, NO_FILTER)


def _insight(state: LifeState, now_ns: int) -> Insight:
    share = Share(8, 20)
    releases = (Release("1.0", Share(8, 12)), Release("1.1", Share(0, 8)))
    example = Example(
        trace_id="0" * 31 + "1",
        start_ns=now_ns - 2 * _HOUR_NS,
        title="web_search was called 3 times with nearly the same arguments",
        explanation="It found nothing and the query was not reformulated; no try worked.",
        ending="none",
        span_id="0" * 15 + "1",
        quote='{"query": "weather in Oslo"}',
        number="1.1",
    )
    return Insight(
        name=state,
        rule="retry-loop",
        subject="web_search",
        cause="nothing found",
        title="web_search: a tool was tried again without a changed query",
        hypothesis="web_search finds nothing and is asked again in nearly the same words: the query is not "
        "reformulated after an empty result.",
        direction="Say in the empty result what to change, and stop after two tries.",
        share=share,
        agent_share=Share(8, 16) if state == "ongoing" else share,
        agents=("researcher",),
        clusters=("968ae10b5a",),
        impact=Impact(share.value, "medium", 0.6, 0.54),
        life=Life(
            state=state,
            since_ns=now_ns - _HOUR_NS,
            version="1.1" if state in {"fixed", "regressed"} else "",
            clean_runs=8 if state == "fixed" else 2,
            chance=0.01 if state == "fixed" else 0.4,
            runs_to_fixed=None if state == "fixed" else 6,
            releases=releases,
        ),
        first_ns=now_ns - 3 * _HOUR_NS,
        last_ns=now_ns - 2 * _HOUR_NS,
        waste=Waste(18_300, 0.011, 32_000_000_000),
        examples=(example,),
    )
