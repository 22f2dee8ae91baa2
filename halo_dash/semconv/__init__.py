"""Reading attributes: the only place that knows how each SDK spells what happened.

`observe` reads one span cheaply, `read_content` reads everything it says, `resolve` and `summarise`
apply the whole-trace rules. `thread` (of a trace), `thread_of_traces` (of a session) and `parts_of_thread`
(the same trace by trace) write the conversation down once, `recover_tool_io` and `finish_reasons` say what
spans of a trace lend one another. `read_subject` puts a trace together for rules. `load_prices` does what
the first priced span would wait for.
"""

from halo_dash.semconv.content import read_content
from halo_dash.semconv.observe import READING_VERSION, observe
from halo_dash.semconv.pricing import load_prices
from halo_dash.semconv.resolve import resolve
from halo_dash.semconv.subject import read_subject
from halo_dash.semconv.summary import summarise
from halo_dash.semconv.thread import (
    SpanContent,
    finish_reasons,
    parts_of_thread,
    recover_tool_io,
    thread,
    thread_of_traces,
)

__all__ = [
    "READING_VERSION",
    "SpanContent",
    "finish_reasons",
    "load_prices",
    "observe",
    "parts_of_thread",
    "read_content",
    "read_subject",
    "recover_tool_io",
    "resolve",
    "summarise",
    "thread",
    "thread_of_traces",
]
