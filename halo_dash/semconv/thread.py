"""The conversation of a trace, each thing said once (semantic rules: docs/reading.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from halo_dash.model.message import ThreadItem
from halo_dash.model.observation import Content
from halo_dash.model.trace import Resolved, SpanReading


@dataclass(frozen=True, slots=True)
class SpanContent:
    """One span with all three readings of it."""

    reading: SpanReading
    resolved: Resolved
    content: Content


def thread(spans: Sequence[SpanContent]) -> tuple[ThreadItem, ...]:
    """The conversation top to bottom. Empty when no span carries messages."""
    raise NotImplementedError
