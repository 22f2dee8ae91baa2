"""Which log records say something about an agent."""

from __future__ import annotations

from halo_dash.model.span import LogRecord
from halo_dash.semconv.messages.events import log_event_name

_PREFIX = "gen_ai."


def is_genai_log(record: LogRecord) -> bool:
    """Whether the record carries GenAI content and so belongs with its span (OpenTelemetry GenAI events).

    That is an event named `gen_ai.…` (by field, or by attribute from senders older than the field), or
    any attribute `gen_ai.…`.
    """
    return log_event_name(record).startswith(_PREFIX) or any(
        key.startswith(_PREFIX) for key in record.attributes
    )
