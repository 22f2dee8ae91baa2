"""Made-up charts with every state, for the page that shows every part. Never mixed with real ones."""

from __future__ import annotations

import math

from halo_dash.model.buckets import bucket_edges
from halo_dash.web.charts.chart import Chart, Mark, Series, TimeAxis
from halo_dash.web.charts.drawing import ChartSet, draw
from halo_dash.web.charts.spark import Spark, spark
from halo_dash.web.charts.units import COUNT, DURATION, USD

_DAY_NS = 86_400 * 1_000_000_000


def sample_charts(now_ns: int) -> ChartSet:
    """Stacked bars, lines with a gap and a lone dot, and nothing at all; two marks."""
    edges = bucket_edges(now_ns - 14 * _DAY_NS, now_ns)
    count = len(edges) - 1
    waves = [20 + 15 * math.sin(at / 4) for at in range(count)]
    failed = tuple(float(round(wave)) if at % 9 == 4 else 0.0 for at, wave in enumerate(waves))
    middle = tuple(None if 20 <= at < 26 and at != 23 else 2e9 + wave * 1e8 for at, wave in enumerate(waves))
    charts = (
        Chart(
            "runs",
            "Runs",
            "bars",
            COUNT,
            (
                Series("failed", "failed", failed, "118", narrows=(("status", "error"),)),
                Series("ok", "ok", tuple(round(wave * 3) for wave in waves), "3,140"),
            ),
            has_links=True,
        ),
        Chart(
            "duration",
            "Duration",
            "lines",
            DURATION,
            (
                Series("p50", "p50", middle, "3.21 s"),
                Series("p99", "p99", tuple(None if at is None else at * 2.4 for at in middle), "8.80 s"),
            ),
        ),
        Chart(
            "cost",
            "Cost",
            "bars",
            USD,
            (Series("cost", "cost", (None,) * count, "—"),),
            note="No price is known.",
        ),
    )
    marks = (Mark(edges[20] + 1, "1.4.2"), Mark(edges[-3], "2.0.0-rc1"))
    return draw(charts, TimeAxis(edges, now_ns, lambda *_: "/patterns", marks))


def sample_spark() -> Spark:
    """Runs of some days, few of them failed."""
    return spark(tuple(range(1, 25)), tuple(at % 5 for at in range(24)))
