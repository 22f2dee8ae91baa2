"""`/patterns`: every part of the pages with its states, to look at while changing one."""

from __future__ import annotations

from dataclasses import dataclass

from litestar import Response, get

from halo_dash.model.filter import ListQuery
from halo_dash.model.ledger import Ledger
from halo_dash.model.observation import Kind
from halo_dash.model.textdiff import DiffLine
from halo_dash.web.annotations import Noted
from halo_dash.web.charts import ChartSet, Spark
from halo_dash.web.charts.samples import sample_charts, sample_spark
from halo_dash.web.clusters.listing import ClusterLine
from halo_dash.web.clusters.samples import sample_clusters
from halo_dash.web.compare.rows import StepRow
from halo_dash.web.compare.samples import sample_diff, sample_steps
from halo_dash.web.insights.samples import sample_insights, sample_strip
from halo_dash.web.insights.showing import InsightLine, StripRow
from halo_dash.web.render import HaloRequest, View, respond, site_of
from halo_dash.web.rules.listing import RuleLine
from halo_dash.web.rules.samples import sample_rules
from halo_dash.web.runs import RunRow, run_rows
from halo_dash.web.samples import sample_found, sample_noted, sample_rows
from halo_dash.web.searching import FoundRow
from halo_dash.web.selection import Column, columns
from halo_dash.web.sessions.samples import sample_marks
from halo_dash.web.sessions.turns import Mark
from halo_dash.web.trace.address import TraceAddress
from halo_dash.web.trace.findings import Findings
from halo_dash.web.trace.samples import ADDRESS, sample_context, sample_findings, sample_ledger
from halo_dash.web.trace.xray import ContextView


@dataclass(frozen=True, slots=True)
class PatternsContext:
    """Template context of `patterns.html`."""

    statuses: tuple[str, ...]
    kinds: tuple[Kind, ...]
    icons: tuple[str, ...]
    rows: tuple[RunRow, ...]
    found: dict[str, FoundRow]
    """Trace id -> why a search lists it."""
    columns: dict[str, Column]
    steps: tuple[StepRow, ...]
    diff: tuple[DiffLine, ...]
    noted: Noted
    marks: tuple[Mark, ...]
    charts: ChartSet
    spark: Spark
    clusters: tuple[ClusterLine, ...]
    insights: tuple[InsightLine, ...]
    strip: tuple[StripRow, ...]
    rules: tuple[RuleLine, ...]
    ledger: Ledger
    context: ContextView
    wrong: Findings
    """What rules found in a trace."""
    address: TraceAddress
    now_ns: int


@get("/patterns", sync_to_thread=True)
def patterns(request: HaloRequest) -> Response[bytes]:
    """The parts, on one page."""
    site = site_of(request)
    rows = run_rows(sample_rows(site.clock()), site.clock(), "")
    context = PatternsContext(
        statuses=("ok", "failed", "silent", "recovered", "running", "incomplete"),
        kinds=tuple(Kind),
        icons=site.assets.icon_names,
        rows=rows,
        found={rows[0].trace_id: sample_found()},
        columns=columns(ListQuery()),
        steps=sample_steps(),
        diff=sample_diff(),
        noted=sample_noted(site.clock()),
        marks=sample_marks(),
        charts=sample_charts(site.clock()),
        spark=sample_spark(),
        clusters=sample_clusters(site.clock()),
        insights=sample_insights(site.clock()),
        strip=sample_strip(site.clock()),
        rules=sample_rules(site.clock()),
        ledger=sample_ledger(),
        context=sample_context(),
        wrong=sample_findings(),
        address=ADDRESS,
        now_ns=site.clock(),
    )
    return respond(request, site, View(template="patterns.html", context=context, section="patterns"))
