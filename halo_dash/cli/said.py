"""What was said, item by item, as text for a terminal."""

from __future__ import annotations

import json
from typing import Any

from halo_dash.cli.table import plain


def said_lines(item: dict[str, Any]) -> str:
    """Return one item of a thread as text."""
    who = item["tool_name"] or item["agent_name"] or ""
    head = (
        f"{item['role']}{f' ({plain(who)})' if who else ''}{' [error]' if item['status'] == 'error' else ''}:"
    )
    body = [plain(line) for line in item["text"].splitlines()]
    calls = [f"-> {plain(call['name'])}({plain(_compact(call['arguments']))})" for call in item["tool_calls"]]
    return "\n".join([head, *(f"  {line}" for line in (*body, *calls))])


def _compact(value: object) -> str:
    """Return arguments on one line; none at all are nothing, as in `search()`."""
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
