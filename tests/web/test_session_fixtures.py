"""Sessions of real clients in every dialect: ids, users, tokens, and the thread across their traces."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

from halo_dash.model.figures import GroupBy
from halo_dash.model.filter import ListQuery
from halo_dash.model.message import Text, ThreadItem, ToolCall, ToolResult
from halo_dash.model.twin import as_text
from halo_dash.store import Store
from halo_dash.web.sessions.reading import read_session, read_whole_thread

sys.path.insert(0, str(Path(__file__).parents[1] / "semconv"))
from recorded import CLIENTS, expected, recorded


def ids(store: Store, by: GroupBy) -> list[str]:
    page = store.figures.groups(by, ListQuery(sort="-last", limit=500), time.time_ns())
    return sorted(row.value for row in page.items)


def said(items: list[ThreadItem]) -> list[list[str]]:
    """As `expected.json` writes a thread."""
    out = []
    for item in items:
        for part in item.parts:
            match part:
                case Text(text):
                    out.append([item.role, text.strip()[:60]])
                case ToolCall(name):
                    out.append(["assistant", name])
                case ToolResult(content):
                    out.append(["tool", as_text(content).strip()[:60]])
    return out


@pytest.mark.parametrize("client", CLIENTS)
def test_the_sessions_of_a_client(client: str, tmp_path: Path) -> None:
    wanted = expected(client)
    spans, logs = recorded(client)
    now_ns = time.time_ns()
    with Store.open(tmp_path / "halo.db") as store:
        with store.writing() as tx:
            tx.write(spans, logs, source="import", received_ns=now_ns)
        sessions = ids(store, "session")
        assert sessions == wanted["sessions"]
        assert ids(store, "user") == wanted.get("users", [])
        for session_id in sessions:
            session = read_session(store, session_id, now_ns)
            traces = [row.summary.trace_id for row in session.rows]
            figures = store.figures.group("session", session_id, now_ns)
            assert figures is not None
            tokens = wanted["per_trace_tokens_in_out"]
            assert (figures.figures.usage.total or 0) == sum(sum(tokens.get(each, (0, 0))) for each in traces)
            items = list(read_whole_thread(store, session, now_ns))
            assert [item.trace_id for item in items] == sorted(
                [item.trace_id for item in items], key=lambda each: traces.index(each or "")
            )
            for trace_id in traces:
                own = said([item for item in items if item.trace_id == trace_id])
                alone = wanted["thread"].get(trace_id, [])
                # The system prompt is said by the first trace of the session.
                assert [each for each in own if each[0] != "system"] == [
                    each for each in alone if each[0] != "system"
                ]
            systems = [text for role, text in said(items) if role == "system"]
            assert len(systems) == len(set(systems))
