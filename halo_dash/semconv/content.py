"""The deep reading of one span: messages, arguments, results, documents."""

from __future__ import annotations

from collections.abc import Sequence

from halo_dash.model.observation import Content, Observation
from halo_dash.model.span import LogRecord, Span


def read_content(span: Span, observation: Observation, logs: Sequence[LogRecord] = ()) -> Content:
    """Read everything one span says. Never raises on any attribute value."""
    raise NotImplementedError
