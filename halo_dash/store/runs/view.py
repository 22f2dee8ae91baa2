"""`store.runs`: reading runs and conversations. May be used from any thread."""

from __future__ import annotations

import json
from collections.abc import Collection

from halo_dash.errors import NotFoundError
from halo_dash.model.run import RUN_STATES, Conversation, Message, Run, RunEvent, RunState, Seen
from halo_dash.store.cursor import read_cursor, write_cursor
from halo_dash.store.database import Database
from halo_dash.store.driver import Connection
from halo_dash.store.runs.codec import read_event, read_message, read_run, read_seen, unpack_large
from halo_dash.store.runs.values import Control, Memo, OutboundConnection, RunChanges, RunsSize, StoredItem
from halo_dash.store.statements import sql

_LAST = 2**62
_LIST = "conversations"
_MOST_CHANGES = 500


class RunsView:
    """Reads. What changes runs is `Transaction.runs`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, run_id: str) -> Run:
        """One run. Raises `NotFoundError`."""
        with self._database.reading() as connection:
            return found_run(connection, run_id)

    def list(self, *, states: Collection[RunState] = RUN_STATES, limit: int = 50) -> tuple[Run, ...]:
        """The newest runs in any of these states, newest first."""
        given = {"states": json.dumps(sorted(states)), "before": _LAST, "limit": limit}
        with self._database.reading() as connection:
            return tuple(read_run(row) for row in connection.execute(sql("runs", "newest"), given))

    def conversation(self, conversation_id: str) -> Conversation:
        """One conversation with its runs and messages. Raises `NotFoundError`."""
        with self._database.reading() as connection:
            row = connection.execute(sql("runs", "conversation"), (conversation_id,)).fetchone()
            if row is None:
                raise NotFoundError(f"There is no conversation {conversation_id[:80]!r} here.")
            return _conversation(connection, row, with_messages=True)

    def conversations(
        self, *, limit: int = 50, cursor: str | None = None
    ) -> tuple[tuple[Conversation, ...], str | None]:
        """A page of conversations with their runs, without messages, the last changed first; the next cursor.

        Raises `UsageError` for a cursor of another list.
        """
        after = read_cursor(cursor, _LIST, (int, str)) if cursor else (_LAST, "")
        with self._database.reading() as connection:
            rows = connection.execute(sql("runs", "conversations"), (*after, limit + 1)).fetchall()
            page = tuple(_conversation(connection, row, with_messages=False) for row in rows[:limit])
        following = None
        if len(rows) > limit:
            following = write_cursor(_LIST, (page[-1].updated_ns, page[-1].conversation_id))
        return page, following

    def events(self, run_id: str, after: int = 0, limit: int = 1_000) -> tuple[RunEvent, ...]:
        """What happened in a run after the event of sequence `after`, oldest first."""
        with self._database.reading() as connection:
            rows = connection.execute(sql("runs", "events"), (run_id, after, limit)).fetchall()
        return tuple(read_event(row) for row in rows)

    def seen(self, run_id: str) -> tuple[Seen, ...]:
        """What the agents of a run looked at."""
        with self._database.reading() as connection:
            return tuple(read_seen(row) for row in connection.execute(sql("runs", "seen"), (run_id,)))

    def items(self, run_id: str, agent: str) -> tuple[StoredItem, ...]:
        """The context of an agent, whole, with the summaries that stand for parts of it."""
        with self._database.reading() as connection:
            rows = connection.execute(sql("runs", "items"), (run_id, agent)).fetchall()
        return tuple(
            StoredItem(agent=agent, position=position, covers=covers, turn=turn, value=unpack_large(item))
            for position, covers, turn, item in rows
        )

    def memo(self, run_id: str, key: str) -> Memo | None:
        """What was asked under this key."""
        with self._database.reading() as connection:
            row = connection.execute(sql("runs", "memo"), (run_id, key)).fetchone()
        if row is None:
            return None
        return Memo(key, row[0], None if row[1] is None else unpack_large(row[1]))

    def steps(self, run_id: str, but: str) -> int:
        """How much of a run is stored: items of contexts, and answers but the one under the key `but`."""
        with self._database.reading() as connection:
            row = connection.execute(sql("runs", "steps"), (but, run_id)).fetchone()
        return 0 if row is None else int(row[0])

    def variables(self, run_id: str, agent: str) -> bytes | None:
        """The last state of an agent's code session."""
        with self._database.reading() as connection:
            row = connection.execute(sql("runs", "variables"), (run_id, agent)).fetchone()
        return None if row is None else bytes(unpack_large(row[0]))

    def control(self, run_id: str) -> Control:
        """What is asked of a run, and by whom it is executed. Raises `NotFoundError`."""
        with self._database.reading() as connection:
            row = connection.execute(sql("runs", "control"), (run_id,)).fetchone()
        if row is None:
            raise _missing(run_id)
        owner, is_cancel_asked, reason, active_ms, selection, started_ns = row
        return Control(
            owner,
            bool(is_cancel_asked),
            reason,
            active_ms,
            None if selection is None else unpack_large(selection),
            started_ns,
        )

    def changes(self, since: int) -> RunChanges:
        """Which runs changed after `since`; cheap enough to ask several times a second.

        A number that grew without a run being named tells of one that was deleted.
        """
        with self._database.reading() as connection:
            (changed,) = connection.execute(sql("runs", "change")).fetchone()
            if changed <= since:
                return RunChanges(changed, ())
            rows = connection.execute(sql("runs", "changed"), (since, _MOST_CHANGES)).fetchall()
        is_cut = len(rows) == _MOST_CHANGES
        return RunChanges(rows[-1][1] if is_cut else changed, tuple(row[0] for row in rows))

    def connections(self) -> tuple[OutboundConnection, ...]:
        """Every host that was contacted; empty where none was."""
        with self._database.reading() as connection:
            return tuple(OutboundConnection(*row) for row in connection.execute(sql("runs", "connections")))

    def size(self) -> RunsSize:
        """What conversations take. Reads all of them."""
        with self._database.reading() as connection:
            return RunsSize(*connection.execute(sql("runs", "size")).fetchone())


def found_run(connection: Connection, run_id: str) -> Run:
    """One run. Raises `NotFoundError`."""
    row = connection.execute(sql("runs", "get"), (run_id,)).fetchone()
    if row is None:
        raise _missing(run_id)
    return read_run(row)


def messages_of(connection: Connection, conversation_id: str) -> tuple[Message, ...]:
    """The messages of a conversation, in order."""
    return tuple(read_message(row) for row in connection.execute(sql("runs", "messages"), (conversation_id,)))


def _conversation(
    connection: Connection, row: tuple[str, str, int, int], *, with_messages: bool
) -> Conversation:
    conversation_id, title, created_ns, updated_ns = row
    runs = connection.execute(sql("runs", "of_conversation"), (conversation_id,)).fetchall()
    return Conversation(
        conversation_id=conversation_id,
        title=title,
        created_ns=created_ns,
        updated_ns=updated_ns,
        runs=tuple(read_run(each) for each in runs),
        messages=messages_of(connection, conversation_id) if with_messages else (),
    )


def _missing(run_id: str) -> NotFoundError:
    return NotFoundError(f"There is no run {run_id[:80]!r} here.")
