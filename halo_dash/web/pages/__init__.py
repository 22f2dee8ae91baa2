"""One module a page: its route and the frozen context of its template. `ROUTES` lists them all."""

from __future__ import annotations

from litestar.handlers import HTTPRouteHandler

from halo_dash.web.live import live
from halo_dash.web.pages.agent import agent
from halo_dash.web.pages.agents import agents
from halo_dash.web.pages.analysis import analysis, conversation
from halo_dash.web.pages.analysis_actions import ask, cancel, delete, preview, retry, start
from halo_dash.web.pages.annotations import annotate
from halo_dash.web.pages.cluster_notes import note_cluster
from halo_dash.web.pages.clusters import cluster, clusters
from halo_dash.web.pages.collector import collector
from halo_dash.web.pages.compare import compare
from halo_dash.web.pages.completing import completions
from halo_dash.web.pages.facets import facet_values
from halo_dash.web.pages.importing import import_form, import_upload
from halo_dash.web.pages.insights import insight, insights
from halo_dash.web.pages.patterns import patterns
from halo_dash.web.pages.ranges import spread
from halo_dash.web.pages.rules import rules, try_rule
from halo_dash.web.pages.runs import run, runs
from halo_dash.web.pages.searching import search
from halo_dash.web.pages.session import session
from halo_dash.web.pages.sessions import sessions
from halo_dash.web.pages.settings import choose_theme, healthz, settings, try_engine
from halo_dash.web.pages.trace import trace, trace_ledger, trace_thread
from halo_dash.web.pages.trace_pin import pin_trace
from halo_dash.web.pages.trace_span import span, span_value, thread_value, trace_export
from halo_dash.web.pages.traces import home, stats, traces
from halo_dash.web.pages.users import user, users
from halo_dash.web.pages.views import choose_view, delete_view, save_view
from halo_dash.web.static import favicon, static_file

ROUTES: list[HTTPRouteHandler] = [
    home,
    traces,
    stats,
    agents,
    agent,
    clusters,
    cluster,
    note_cluster,
    compare,
    completions,
    facet_values,
    spread,
    insights,
    insight,
    save_view,
    delete_view,
    choose_view,
    search,
    trace,
    trace_thread,
    trace_ledger,
    trace_export,
    pin_trace,
    annotate,
    thread_value,
    span,
    span_value,
    sessions,
    session,
    users,
    user,
    rules,
    try_rule,
    analysis,
    conversation,
    preview,
    start,
    ask,
    cancel,
    retry,
    delete,
    runs,
    run,
    collector,
    settings,
    choose_theme,
    try_engine,
    import_form,
    import_upload,
    patterns,
    healthz,
    live,
    static_file,
    favicon,
]
