"""`Transaction.runs`: what people do with runs. `progress` is what the process does that executes one."""

from __future__ import annotations

import math
import secrets
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from halo_dash.errors import InvalidInputError, NotFoundError
from halo_dash.model.run import Analyst, Run, RunKind, RunLimits, RunRequest, RunUsage
from halo_dash.store.driver import Connection
from halo_dash.store.runs.codec import pack_value
from halo_dash.store.runs.progress import Progress, next_change
from halo_dash.store.runs.view import found_run
from halo_dash.store.statements import sql

LONGEST_PROMPT = 100_000
LONGEST_TITLE = 120
_DEPTHS = (0, 5)
_TURNS = (1, 100)
_PARALLEL = (1, 64)
_RESTARTABLE = ("failed", "cancelled", "timed_out")
_LEFT = (
    "{asked}. The process that worked on it was gone, so nothing could be salvaged; its steps are kept, "
    "and when it is tried again it goes on from there."
)


class RunWriter:
    """Not to be kept after the block of its transaction."""

    def __init__(self, guarded: Callable[[], AbstractContextManager[Connection]]) -> None:
        self._guarded = guarded

    @property
    def progress(self) -> Progress:
        """For the process that executes a run."""
        return Progress(self._guarded)

    def create_conversation(self, request: RunRequest, now_ns: int) -> Run:
        """Queue a run that writes a report, in a conversation of its own. Raises `InvalidInputError`."""
        _check(request)
        conversation_id = secrets.token_hex(8)
        with self._guarded() as connection:
            row = (conversation_id, title_of(request.prompt), now_ns, now_ns)
            connection.execute(sql("runs", "add_conversation"), row)
            return _add(connection, conversation_id, "report", request, now_ns)

    def follow_up(
        self, conversation_id: str, prompt: str, now_ns: int, *, analyst: Analyst | None = None
    ) -> Run:
        """Queue a question to what was found: the same traces, limits and models as the run before it.

        Raises `NotFoundError`; `InvalidInputError`: no question, or the run before is still on its way.
        """
        with self._found(sql("runs", "conversation"), conversation_id, "conversation") as connection:
            *_, row = connection.execute(sql("runs", "of_conversation"), (conversation_id,)).fetchall()
            before = found_run(connection, row[0])
        if not before.is_ended:
            raise InvalidInputError(
                "The run before is not done yet.", hint="Wait for it, or cancel it; then ask again."
            )
        request = replace(before.request, prompt=prompt, analyst=analyst or before.request.analyst)
        _check(request)
        with self._guarded() as connection:
            return _add(connection, conversation_id, "follow_up", request, now_ns)

    def cancel(self, run_id: str, reason: str, now_ns: int) -> Run:
        """Ask for a run to be ended; what it found until then is kept. An ended one stays as it is.

        Where nobody executes it any more it ends here, with nobody to put a report together. Raises
        `NotFoundError`.
        """
        with self._found(sql("runs", "row"), run_id, "run") as connection:
            if not found_run(connection, run_id).is_ended:
                given = (reason[:1_000], next_change(connection), run_id)
                connection.execute(sql("runs", "ask_cancel"), given)
                connection.execute(sql("runs", "cancel_queued"), (now_ns, run_id))
                left = (_LEFT.format(asked=reason.rstrip(". ")[:900]).lstrip(". "), now_ns, run_id, now_ns)
                connection.execute(sql("runs", "cancel_left"), left)
            return found_run(connection, run_id)

    def retry(self, run_id: str) -> Run:
        """Queue a run again that failed, was cancelled or ran out of time: it goes on where it ended.

        Raises `NotFoundError`; `InvalidInputError`: it did not end so, or something was asked after it, which
        began with what it had found then.
        """
        with self._found(sql("runs", "row"), run_id, "run") as connection:
            run = found_run(connection, run_id)
            *_, last = connection.execute(sql("runs", "of_conversation"), (run.conversation_id,)).fetchall()
            is_last = last[0] == run_id
            if run.state in _RESTARTABLE and is_last:
                connection.execute(sql("runs", "requeue"), (next_change(connection), run_id))
                return found_run(connection, run_id)
        if not is_last:
            raise InvalidInputError(
                f"Something was asked after run {run_id} in its conversation, so it cannot be gone on with.",
                hint="Try the last run of the conversation again, or start a new one with the same question.",
            )
        raise InvalidInputError(
            f"Run {run_id} is {run.state}: there is nothing to go on with.",
            hint="Start a new run with the same question instead.",
        )

    def delete(self, conversation_id: str) -> None:
        """Forget a conversation with all of its runs; one that is executed ends at its next step.

        Raises `NotFoundError`.
        """
        with self._found(sql("runs", "conversation"), conversation_id, "conversation") as connection:
            rows = connection.execute(sql("runs", "rows_of_conversation"), (conversation_id,)).fetchall()
            for (run,) in rows:
                for part in ("events", "items", "memo", "variables", "seen", "run"):
                    connection.execute(sql("runs", f"delete_{part}"), (run,))
            connection.execute(sql("runs", "delete_messages"), (conversation_id,))
            connection.execute(sql("runs", "delete_conversation"), (conversation_id,))
            next_change(connection)

    def note_connection(self, host: str, port: int, purpose: str, at_ns: int, count: int = 1) -> None:
        """Count that a host was contacted."""
        with self._guarded() as connection:
            row = (host, port, purpose, at_ns, at_ns, count)
            connection.execute(sql("runs", "put_connection"), row)

    @contextmanager
    def _found(self, statement: str, key: str, noun: str) -> Iterator[Connection]:
        with self._guarded() as connection:
            row = connection.execute(statement, (key,)).fetchone()
            if row is not None:
                yield connection
                return
        # Outside the guard: nothing was written, so the transaction may go on.
        raise NotFoundError(f"There is no {noun} {key[:80]!r} here.")


def title_of(text: str) -> str:
    """The first line of a text, as a title."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1].rstrip() + "…"


def _check(request: RunRequest) -> None:
    if not request.prompt.strip():
        raise InvalidInputError("There is no question.", hint="Say what you want to know of these traces.")
    for noun, text in (("question", request.prompt), ("description of the traces", request.context)):
        if len(text) > LONGEST_PROMPT:
            raise InvalidInputError(
                f"The {noun} has {len(text):,} characters; at most {LONGEST_PROMPT:,} fit.",
                hint="Shorten it.",
            )
    _check_limits(request.limits)


def _check_limits(limits: RunLimits) -> None:
    """A budget that is no number would never bind."""
    amounts = (
        ("budget_usd", limits.budget_usd),
        ("budget_tokens", limits.budget_tokens),
        ("budget_minutes", limits.budget_minutes),
        ("span_limit", limits.span_limit),
    )
    for name, amount in amounts:
        if amount is not None and not 0 < amount < math.inf:
            raise InvalidInputError(
                f"{name} is {amount}.", hint="Give a number above 0, or None for no limit."
            )
    for name, value, (least, most) in (
        ("max_depth", limits.max_depth, _DEPTHS),
        ("max_turns", limits.max_turns, _TURNS),
        ("max_parallel", limits.max_parallel, _PARALLEL),
    ):
        if not least <= value <= most:
            raise InvalidInputError(
                f"{name} is {value}.", hint=f"Give a whole number from {least} to {most}."
            )


def _add(
    connection: Connection, conversation_id: str, kind: RunKind, request: RunRequest, now_ns: int
) -> Run:
    run_id = secrets.token_hex(8)
    row = (run_id, conversation_id, kind, pack_value(request), now_ns, pack_value(RunUsage()))
    connection.execute(sql("runs", "add_run"), (*row, next_change(connection)))
    message = (f"{run_id}-q", conversation_id, run_id, "user", request.prompt, None, now_ns)
    connection.execute(sql("runs", "add_message"), message)
    connection.execute(sql("runs", "touch_conversation"), (now_ns, conversation_id))
    return found_run(connection, run_id)
