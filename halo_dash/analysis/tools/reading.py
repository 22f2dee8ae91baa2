"""The typed reading tools of an agent."""

from __future__ import annotations

from typing import Any

from halo_dash.analysis.reading.workspace import Workspace
from halo_dash.analysis.tools import arguments as given
from halo_dash.analysis.tools.bound import BoundTool, bound
from halo_dash.store.workbench_tables import schema_text

_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
_SPAN = "00f067aa0ba902b7"


def reading_tools(workspace: Workspace) -> tuple[BoundTool[Any], ...]:
    """All of them, bound to what a workspace may read."""
    return (*_over_all(workspace), *_of_one(workspace), *_of_failures(workspace))


def _over_all(workspace: Workspace) -> tuple[BoundTool[Any], ...]:
    return (
        bound(
            "get_dataset_overview",
            "The selection at a glance: counts, period, agents, models, tools, failures by rule and group, "
            "error classes, quantiles, examples of trace ids. Begin with it.",
            given.OverviewArguments,
            lambda _none: workspace.overview(),
        ),
        bound(
            "query_traces",
            "A page of traces that a filter selects, with figures and previews of each.",
            given.QueryArguments,
            lambda each: workspace.query(each.filter, sort=each.sort, limit=each.limit, cursor=each.cursor),
            filter={"status": "error", "tool": ["web_search"]},
            limit=10,
        ),
        bound(
            "count_traces",
            "How many traces a filter selects, of how many; optionally by the values of a field. Cheap: "
            "count before you claim.",
            given.CountArguments,
            lambda each: workspace.count(each.filter, each.by),
            filter="rule=retry_loop",
            by="agent",
        ),
        bound(
            "search_traces",
            "Full-text search over everything said in all traces; hits with span, field and snippet.",
            given.SearchArguments,
            lambda each: workspace.search(each.text, each.filter, limit=each.limit, cursor=each.cursor),
            text='refund "not found"',
        ),
        bound(
            "query_sql",
            f"One SELECT (SQLite) over tables of the selection:\n{schema_text()}",
            given.SqlArguments,
            lambda each: workspace.sql(each.select),
            select="SELECT agent, count(*) FROM traces WHERE effective = 'error' GROUP BY agent",
        ),
    )


def _of_one(workspace: Workspace) -> tuple[BoundTool[Any], ...]:
    return (
        bound(
            "view_trace",
            "A trace with its spans in order; texts over 4 KB are shortened and say how to read on. A trace "
            "over 150 KB comes as a summary with what to call instead.",
            given.TraceArguments,
            lambda each: workspace.trace(each.trace_id, each.after),
            trace_id=_ID,
        ),
        bound(
            "view_spans",
            "Spans in full, 16 KB of each text; or some fields of them from an offset on. Field names are "
            "those of views and citations: input, output, error, message[2], attribute.KEY, …",
            given.SpansArguments,
            lambda each: workspace.spans(
                each.trace_id,
                each.span_ids,
                kind=each.kind,
                name=each.name,
                only_errors=each.only_errors,
                fields=each.fields,
                offset=each.offset,
            ),
            trace_id=_ID,
            span_ids=[_SPAN],
        ),
        bound(
            "search_trace",
            "Words or a regular expression in all texts of one trace; hits with span, field and offset.",
            given.SearchTraceArguments,
            lambda each: workspace.search_trace(
                each.trace_id, each.text, regex=each.regex, limit=each.limit, after=each.after
            ),
            trace_id=_ID,
            text="timed out",
        ),
        bound(
            "search_span",
            "The same in one span.",
            given.SearchSpanArguments,
            lambda each: workspace.search_span(
                each.trace_id, each.span_id, each.text, regex=each.regex, limit=each.limit
            ),
            trace_id=_ID,
            span_id=_SPAN,
            text="error: [0-9]+",
            regex=True,
        ),
    )


def _of_failures(workspace: Workspace) -> tuple[BoundTool[Any], ...]:
    return (
        bound(
            "list_findings",
            "What deterministic rules found, trace by trace, with evidence that can be cited as it is.",
            given.FindingsArguments,
            lambda each: workspace.findings(
                each.filter, rule=each.rule, cluster=each.cluster, limit=each.limit, cursor=each.cursor
            ),
            rule="retry_loop",
        ),
        bound(
            "list_clusters",
            "Failure clusters: findings that are the same failure, with runs and share; or one by its name.",
            given.ClustersArguments,
            lambda each: workspace.clusters(
                each.filter, name=each.name, in_groups=each.in_groups, limit=each.limit
            ),
        ),
        bound(
            "compare_cohorts",
            "What sets the traces of one filter apart from those of another, by exact tests with correction.",
            given.CohortArguments,
            lambda each: workspace.cohort(each.a, each.b),
            a={"effective": "error"},
        ),
    )
