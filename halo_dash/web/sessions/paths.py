"""The addresses of one session and one user."""

from __future__ import annotations

from halo_dash.web.raw_path import segment


def session_path(session_id: str) -> str:
    """`/sessions/{id}`."""
    return f"/sessions/{segment(session_id)}"


def user_path(user_id: str) -> str:
    """`/users/{id}`."""
    return f"/users/{segment(user_id)}"
