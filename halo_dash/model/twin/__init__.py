"""The JSON of traces, spans, threads and statistics: one shape for pages and command line.

Everything here returns plain `dict`/`list`/`str`/number/`None`, ready for any JSON writer. Bytes become
base64 and the numbers JSON lacks become `"NaN"`, `"Infinity"`, `"-Infinity"`, as in OTLP/JSON.
"""

from halo_dash.model.twin.annotations import annotated_json, annotations_json, target_json
from halo_dash.model.twin.figures import agent_json, figures_json, latency_json, overview_json, step_json
from halo_dash.model.twin.found import hits_json, snippet_html
from halo_dash.model.twin.messages import message_json, thread_json
from halo_dash.model.twin.spans import content_json, log_json, resource_json, scope_json, span_json
from halo_dash.model.twin.traces import page_json, stats_json, trace_json
from halo_dash.model.twin.values import Json, as_text, failure_json, iso_time, json_value, tokens_json

__all__ = [
    "Json",
    "agent_json",
    "annotated_json",
    "annotations_json",
    "as_text",
    "content_json",
    "failure_json",
    "figures_json",
    "hits_json",
    "iso_time",
    "json_value",
    "latency_json",
    "log_json",
    "message_json",
    "overview_json",
    "page_json",
    "resource_json",
    "scope_json",
    "snippet_html",
    "span_json",
    "stats_json",
    "step_json",
    "target_json",
    "thread_json",
    "tokens_json",
    "trace_json",
]
