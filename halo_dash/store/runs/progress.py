"""What the one process does that executes a run: take it, tell how far it is, end it.

A run is owned by the process that took it, for as long as it says so again and again. Whoever was overtaken
learns it at the next step and writes nothing any more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager
from typing import Any

from halo_dash.errors import OvertakenError
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunEvent, RunState, RunUsage, Seen, SelectionSize
from halo_dash.store.driver import Connection
from halo_dash.store.runs.codec import pack_large, pack_value, read_spans
from halo_dash.store.runs.values import Checkpoint, Memo, StoredItem
from halo_dash.store.runs.view import found_run
from halo_dash.store.statements import sql


class Progress:
    """Not to be kept after the block of its transaction."""

    def __init__(self, guarded: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._guarded = guarded

    def claim(
        self,
        owner: str,
        now_ns: int,
        lease_ns: int,
        is_gone: Callable[[str], bool] = lambda _owner: False,
        run_id: str | None = None,
        *,
        in_hand: Collection[str] = (),
    ) -> Run | None:
        """Take the oldest run that waits or whose process is gone, or `run_id` alone; None: there is none.

        It is ours until `lease_ns`; `is_gone` tells of another owner whether its process has ended. Runs
        `in_hand` are executed by this process already, however long it slept.
        """
        with self._guarded() as connection:
            for row, each, state, other, until_ns in connection.execute(sql("runs", "claimable")).fetchall():
                is_free = state == "queued" or until_ns <= now_ns or is_gone(other)
                if is_free and run_id in {None, each} and each not in in_hand:
                    given = {"id": row, "owner": owner, "lease_ns": lease_ns, "now_ns": now_ns}
                    connection.execute(sql("runs", "claim"), {**given, "changed": next_change(connection)})
                    return found_run(connection, each)
        return None

    def renew(self, run_id: str, owner: str, lease_ns: int, active_ms: int) -> bool:
        """Say that the run is still worked on; False where it is not ours any more."""
        with self._guarded() as connection:
            given = (lease_ns, active_ms, run_id, owner)
            return bool(connection.execute(sql("runs", "renew"), given).rowcount)

    def release(self, run_id: str, owner: str, active_ms: int) -> None:
        """Leave the run to whoever comes next, who goes on where it is."""
        with self._guarded() as connection:
            connection.execute(sql("runs", "release"), (active_ms, run_id, owner))

    def freeze(
        self, run_id: str, owner: str, selection: Mapping[str, Any], size: SelectionSize, trace_id: str
    ) -> None:
        """Keep what is read, so that it stays the same whatever arrives. Raises `OvertakenError`."""
        with self._guarded() as connection:
            row, _ = _owned(connection, run_id, owner)
            given = (pack_large(selection), pack_value(size), trace_id, row)
            connection.execute(sql("runs", "put_selection"), given)

    def inherit(self, run_id: str, owner: str, before: str, agent: str) -> None:
        """Begin with the context and the variables of an agent of an earlier run. Raises `OvertakenError`."""
        with self._guarded() as connection:
            row, _ = _owned(connection, run_id, owner)
            found = connection.execute(sql("runs", "row"), (before,)).fetchone()
            if found is not None:
                given = {"to_run": row, "from_run": found[0], "agent": agent}
                connection.execute(sql("runs", "copy_items"), given)
                connection.execute(sql("runs", "copy_variables"), given)

    def child(self, run_id: str, owner: str, key: str, parent: str) -> str:
        """The path for a new subagent of `parent`, noted under `key`. Raises `OvertakenError`."""
        with self._guarded() as connection:
            row, _ = _owned(connection, run_id, owner)
            (count,) = connection.execute(sql("runs", "children"), (row, parent, parent)).fetchone()
            path = f"{parent}.{count + 1}"
            connection.execute(sql("runs", "put_memo"), (row, key, path, None))
            return path

    def checkpoint(self, run_id: str, owner: str, step: Checkpoint) -> int:
        """Store a step; returns the sequence of its last event. Raises `OvertakenError`."""
        with self._guarded() as connection:
            row, _ = _owned(connection, run_id, owner)
            return _store(connection, row, step)

    def end(
        self,
        run_id: str,
        owner: str,
        *,
        state: RunState,
        reason: str,
        usage: RunUsage,
        active_ms: int,
        now_ns: int,
        step: Checkpoint,
        report: Report | None = None,
        content: str = "",
    ) -> None:
        """End the run, with the last step and what came of it. Raises `OvertakenError`."""
        with self._guarded() as connection:
            row, conversation_id = _owned(connection, run_id, owner)
            _store(connection, row, step)
            if report is not None:
                message = (f"{run_id}-a", conversation_id, run_id, "assistant", content, pack_value(report))
                connection.execute(sql("runs", "add_message"), (*message, now_ns))
            ended = (state, reason, now_ns, pack_value(usage), active_ms, next_change(connection), row)
            connection.execute(sql("runs", "end_run"), ended)
            is_first = found_run(connection, run_id).kind == "report"
            if report is not None and is_first and report.title and not report.is_salvaged:
                given = (report.title, now_ns, conversation_id)
                connection.execute(sql("runs", "title_conversation"), given)
            else:
                connection.execute(sql("runs", "touch_conversation"), (now_ns, conversation_id))


def next_change(connection: Connection) -> int:
    """Count one more change of a run."""
    (changed,) = connection.execute(sql("runs", "step_change")).fetchone()
    return int(changed)


def _owned(connection: Connection, run_id: str, owner: str) -> tuple[int, str]:
    found = connection.execute(sql("runs", "owned"), (run_id, owner)).fetchone()
    if found is None:
        raise OvertakenError(f"Run {run_id} is not executed here any more.")
    return int(found[0]), str(found[1])


def _store(connection: Connection, row: int, step: Checkpoint) -> int:
    for item in step.items:
        _put_item(connection, row, item)
    for memo in step.memos:
        _put_memo(connection, row, memo)
    for agent, dump in (step.variables or {}).items():
        connection.execute(sql("runs", "put_variables"), (row, agent, pack_large(dump)))
    for seen in step.seen:
        _put_seen(connection, row, seen)
    if step.phase is not None:
        connection.execute(sql("runs", "put_phase"), (step.phase, row))
    sequence = _put_events(connection, row, step.events)
    if step.usage is not None:
        given = (pack_value(step.usage), next_change(connection), row)
        connection.execute(sql("runs", "put_usage"), given)
    elif step.events:
        connection.execute(sql("runs", "put_change"), (next_change(connection), row))
    return sequence


def _put_item(connection: Connection, row: int, item: StoredItem) -> None:
    given = (row, item.agent, item.position, item.covers, item.turn, pack_large(item.value))
    connection.execute(sql("runs", "put_item"), given)


def _put_memo(connection: Connection, row: int, memo: Memo) -> None:
    answer = None if memo.answer is None else pack_large(memo.answer)
    connection.execute(sql("runs", "put_memo"), (row, memo.key, memo.child, answer))


def _put_seen(connection: Connection, row: int, seen: Seen) -> None:
    key = (row, seen.trace_id, seen.agent, seen.how)
    found = connection.execute(sql("runs", "seen_spans"), key).fetchone()
    before = frozenset[str]() if found is None else read_spans(found[0])
    if found is None or not seen.spans <= before:
        connection.execute(sql("runs", "put_seen"), (*key, pack_large(sorted(before | seen.spans))))


def _put_events(connection: Connection, row: int, events: tuple[RunEvent, ...]) -> int:
    (sequence,) = connection.execute(sql("runs", "last_sequence"), (row,)).fetchone()
    for event in events:
        if event.kind == "text":
            connection.execute(sql("runs", "forget_text"), (row, event.agent, event.turn))
        sequence += 1
        given = (row, sequence, event.at_ns, event.kind, event.agent, event.turn, pack_large(event.data))
        connection.execute(sql("runs", "add_event"), given)
    return int(sequence)
