"""Reading attributes: the only place that knows how each SDK spells what happened.

`observe` reads one span cheaply, `read_content` reads everything it says, `resolve` and `summarise`
apply the whole-trace rules, `thread` writes the conversation down once.
"""

from halo_dash.semconv.content import read_content
from halo_dash.semconv.observe import READING_VERSION, observe
from halo_dash.semconv.resolve import resolve
from halo_dash.semconv.summary import summarise
from halo_dash.semconv.thread import SpanContent, thread

__all__ = ["READING_VERSION", "SpanContent", "observe", "read_content", "resolve", "summarise", "thread"]
