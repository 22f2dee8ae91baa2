"""A strip of turns for the page of patterns."""

from __future__ import annotations

from halo_dash.web.sessions.turns import Mark

_STATES = ("ok", "recovered", "failed", "incomplete", "running")


def sample_marks() -> tuple[Mark, ...]:
    """A turn in every state."""
    return tuple(
        Mark(number, "/patterns", state, number * 840_000_000, is_shown=number < 5)
        for number, state in enumerate(_STATES, 1)
    )
