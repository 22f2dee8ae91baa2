"""What is read of a selection that is too large to be read whole."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Draw:
    """A selection, or the part of it that was drawn."""

    traces: int
    """Of the whole selection."""
    spans: int
    trace_ids: tuple[str, ...] | None
    """Those to read, in order of their start; None where all are, and they are too many to be named."""
    read_traces: int
    read_spans: int
    kinds: int = 0
    """Kinds of runs that were to be kept in: clusters, rules, outcomes, agents, versions. 0: all are read."""
    missed_kinds: int = 0
    """Kinds for which there was no room."""
