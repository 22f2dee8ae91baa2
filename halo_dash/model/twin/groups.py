"""Sessions and users as JSON: rows, pages of them."""

from __future__ import annotations

from halo_dash.model.figures import Figures, GroupBy, GroupPage, GroupRow
from halo_dash.model.twin.values import Json, iso_time, tokens_json

ID_FIELD: dict[GroupBy, str] = {"session": "session_id", "user": "user_id"}
"""How the JSON names the id of a row."""


def group_json(by: GroupBy, row: GroupRow) -> dict[str, Json]:
    """One session, or one user."""
    own: dict[str, Json] = {"users": [*row.users]} if by == "session" else {"sessions": row.sessions}
    return {
        ID_FIELD[by]: row.value,
        "first": iso_time(row.first_ns),
        "first_ns": row.first_ns,
        "last": iso_time(row.last_ns),
        "last_ns": row.last_ns,
        "duration_ms": max(row.last_ns - row.first_ns, 0) / 1e6,
        "active_ms": row.active_ns / 1e6,
        **_sums_json(row.figures),
        "agents": [*row.agents],
        **own,
        "environment": row.environment,
        "first_input": row.first_input,
        "last_output": row.last_output,
        "failure": row.failure,
    }


def group_page_json(by: GroupBy, page: GroupPage) -> dict[str, Json]:
    """`/sessions.json`, `/users.json`: one page, with totals over the whole selection."""
    return {
        "items": [group_json(by, row) for row in page.items],
        "next_cursor": page.next_cursor,
        "total": page.total,
        "totals": _sums_json(page.figures),
    }


def _sums_json(figures: Figures) -> dict[str, Json]:
    return {
        "trace_count": figures.runs,
        "failed": figures.failed,
        "recovered": figures.recovered,
        "llm_calls": figures.llm_calls,
        "tool_calls": figures.tool_calls,
        "tokens": tokens_json(figures.usage),
        "cost_usd": figures.cost_usd,
        "cost_is_partial": figures.cost_is_partial,
    }
