"""The cheap reading of one span, done for every span as it arrives."""

from __future__ import annotations

from collections.abc import Sequence

from halo_dash.model.observation import Observation
from halo_dash.model.span import LogRecord, Span

READING_VERSION = 1
"""Raise when a change of the rules should re-read spans that are already stored."""


def observe(span: Span, logs: Sequence[LogRecord] = ()) -> Observation:
    """Read one span, with the log records that belong to it."""
    raise NotImplementedError
