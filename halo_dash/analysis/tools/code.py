"""The functions that an agent's code may call."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from halo_dash.analysis.reading.workspace import Workspace

CODE_TEXT = """\
overview()                                   the selection at a glance
query(filter=None, sort="-start", limit=20, cursor=None)   {"total", "of", "traces": [...], "next_cursor"}
count(filter=None, by=None)                  {"traces", "of", "share", "failed", …, "by": {value: traces}}
trace(trace_id, after=None)                  {"trace", "findings", "spans": [{…, "fields": {name: text}}]};
                                             "oversized" over 2 MB: then after="first", after=next_after
spans(trace_id, span_ids=[], kind=None, name=None, only_errors=False, fields=[], offset=0)
search(text, filter=None, limit=20, cursor=None)           hits over all traces
search_trace(trace_id, text, regex=False, limit=30, after=None)
search_span(trace_id, span_id, text, regex=False, limit=30)
findings(filter=None, rule=None, cluster=None, limit=20, cursor=None)
clusters(filter=None, name=None, in_groups=False, limit=30)
cohort(a, b=None)                            what sets the traces of filter a apart from those of b
sql(select)                                  {"columns", "rows"}, over traces, spans and findings
A text that was shortened is {"text", "offset", "length", "next_offset"} in place of a string."""
"""For a prompt. Arguments after the first two are given by name."""


def code_functions(workspace: Workspace) -> Mapping[str, Callable[..., Any]]:
    """Name -> function, bound to what a workspace may read; all give plain JSON."""
    workspace = workspace.for_code()
    return {
        "overview": workspace.overview,
        "query": workspace.query,
        "count": workspace.count,
        "trace": workspace.trace,
        "spans": workspace.spans,
        "search": workspace.search,
        "search_trace": workspace.search_trace,
        "search_span": workspace.search_span,
        "findings": workspace.findings,
        "clusters": workspace.clusters,
        "cohort": workspace.cohort,
        "sql": workspace.sql,
    }
