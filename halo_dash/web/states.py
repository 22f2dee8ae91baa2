"""The words that the state of a run is shown with."""

from __future__ import annotations

ERROR_INSIDE = "error inside"
"""For `recovered`, as filters and JSON call it. Only a finding tells that a run got over something."""

_ERROR_INSIDE_TITLE = "reported ok, with an error inside; whether it got over it is what findings tell"


def state_word(state: str) -> str:
    """A state in words."""
    return {"silent": "silent failure", "recovered": ERROR_INSIDE}.get(state, state)


def state_title(state: str) -> str:
    """What a state says where its word alone may be misread, else nothing."""
    return _ERROR_INSIDE_TITLE if state == "recovered" else ""
