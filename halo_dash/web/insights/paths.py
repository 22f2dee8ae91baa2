"""Addresses of insights."""

from __future__ import annotations

from halo_dash.web.raw_path import segment


def insight_path(name: str) -> str:
    """`/insights/{name}`."""
    return f"/insights/{segment(name)}"
