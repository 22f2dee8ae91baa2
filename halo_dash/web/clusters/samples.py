"""Made-up clusters with every state, for the page that shows every part. Never mixed with real ones."""

from __future__ import annotations

from dataclasses import replace

from halo_dash.web.charts import spark
from halo_dash.web.clusters.listing import ClusterLine

_HOUR_NS = 3_600 * 1_000_000_000


def sample_clusters(now_ns: int) -> tuple[ClusterLine, ...]:
    """One that is new, one that came back, one that is muted."""
    first = ClusterLine(
        name="error-status:timeout",
        href="/clusters",
        title="get_weather failed: timeout",
        severity="high",
        rule="A span reported an error",
        wordings=3,
        agents=(("researcher", "/traces?agent=researcher"),),
        tools=(("get_weather", "/traces?tool=get_weather"),),
        runs=21,
        runs_href="/traces",
        share=0.15,
        change="new",
        change_href="",
        is_new=True,
        failed=12,
        failed_href="/traces",
        recovered=9,
        spark=spark((0, 0, 1, 4, 3, 8, 5), (0,) * 7),
        first_ns=now_ns - 30 * _HOUR_NS,
        last_ns=now_ns - _HOUR_NS,
        wasted="",
        is_muted=False,
        fixed_ns=None,
        is_back=False,
    )
    back = replace(
        first,
        name="retry-loop",
        title="web_search was called … times with nearly the same arguments",
        severity="medium",
        rule="A tool was tried again without a changed query",
        wordings=1,
        change="4 before",
        change_href="/traces",
        is_new=False,
        failed=0,
        recovered=0,
        wasted="16.4k tok, $0.0035, 5.36 s",
        fixed_ns=now_ns - 10 * _HOUR_NS,
        is_back=True,
    )
    muted = replace(
        first,
        name="duplicate-call",
        title="refund_order was called twice with the same arguments",
        severity="low",
        rule="A tool was called again with the same arguments",
        wordings=1,
        is_new=False,
        change="",
        change_href="",
        is_muted=True,
        fixed_ns=now_ns,
    )
    return first, back, muted
