"""Lists that people saved under a name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SavedView:
    """A name for a list."""

    name: str
    query: str
    """The query string of its page; empty for all traces."""
    is_default: bool
    """Where the dashboard begins."""
