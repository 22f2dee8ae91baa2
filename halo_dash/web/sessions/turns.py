"""A session as a page shows it: its head, the strip of its turns, and turn after turn what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from halo_dash.model.figures import Figures, GroupRow
from halo_dash.model.message import ThreadItem, ToolCall
from halo_dash.model.trace import TraceSummary
from halo_dash.web.agents.place import agent_path
from halo_dash.web.runs import duration_of, reason_of, state_of
from halo_dash.web.sessions.figures import Sums, sums, sums_of_trace
from halo_dash.web.sessions.paths import session_path, user_path
from halo_dash.web.sessions.reading import SessionReading, TracePart
from halo_dash.web.trace.address import TraceAddress
from halo_dash.web.trace.conversation import THREAD_BYTES, Conversation, conversation
from halo_dash.web.trace.value import Budget

MOST_VOICES = 60
"""Of one trace on the page; the rest is in the trace's own thread."""
_MOST_IN_STRIP = 60
"""Turns in the strip; of a longer session those of the page, and the other pages as one link each."""

_WORST_FIRST = ("running", "failed", "silent", "incomplete", "recovered", "ok")


@dataclass(frozen=True, slots=True)
class TurnAddress:
    """Where things of one trace of the session are."""

    session_id: str
    trace_id: str

    def trace(self, view: str) -> str:
        """The trace in one of its views; its neighbours are those of the session."""
        return self._trace.with_view(view)

    def jump(self, span_id: str) -> str:
        """The tree at a span."""
        return self._trace.jump(span_id)

    def thread_value(self, pointer: str) -> str:
        """One whole value of this thread as plain text."""
        query = urlencode({"trace": self.trace_id, "at": pointer})
        return f"{session_path(self.session_id)}/value?{query}"

    @property
    def _trace(self) -> TraceAddress:
        return TraceAddress(self.trace_id, list_query=(("session", self.session_id), ("sort", "start")))


@dataclass(frozen=True, slots=True)
class SessionTurn:
    """One trace of the session."""

    number: int
    anchor: str
    address: TurnAddress
    state: str
    """`ok`, `failed`, `recovered`, `running` or `incomplete`."""
    agents: str
    name: str
    start_ns: int
    duration_ns: int | None
    sums: Sums
    is_shared: bool
    """The trace belongs to other sessions too; this is only what belongs to this one."""
    talk: Conversation
    has_more: bool
    goes_on: bool
    """It ends with a call that a later turn answers."""
    input: str
    output: str
    """What went in and came out, for a trace without messages."""
    before: str | None
    """Trace id of the turn before."""


@dataclass(frozen=True, slots=True)
class Mark:
    """One turn of the strip."""

    number: int
    href: str
    state: str
    duration_ns: int | None
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a long session."""

    first: int
    last: int
    href: str
    failed: int
    is_shown: bool


@dataclass(frozen=True, slots=True)
class Head:
    """What is said of the session as a whole."""

    state: str
    sums: Sums
    is_counted: bool
    """Its figures are there; while an older store is brought up to date they may not be."""
    agents: tuple[tuple[str, str], ...]
    users: tuple[tuple[str, str], ...]
    """(name, address)."""
    environment: str
    first_ns: int
    last_ns: int
    active_ns: int
    traces: str
    failed: str
    """The list of its traces, and of those that failed."""


def head(session: SessionReading, row: GroupRow | None, now_ns: int) -> Head:
    """The head; `row` are the figures of the session, None while it has none."""
    rows = session.rows
    states = [state_of(each, now_ns) for each in rows]
    counted = Figures(runs=len(rows), failed=states.count("failed"), recovered=states.count("recovered"))
    agents = {name: agent_path(key or name) for each in rows for key, name in each.summary.agents}
    users = row.users if row else tuple(dict.fromkeys(u for each in rows for u in each.summary.users))
    filtered = [("session", session.session_id)]
    return Head(
        state=next(state for state in _WORST_FIRST if state in states),
        sums=sums(row.figures if row else counted),
        is_counted=row is not None,
        agents=tuple(agents.items()),
        users=tuple((user, user_path(user)) for user in users),
        environment=(row.environment if row else None) or "",
        first_ns=rows[0].summary.start_ns,
        last_ns=max(each.summary.end_ns for each in rows),
        active_ns=row.active_ns if row else _active_ns([each.summary for each in rows]),
        traces=f"/traces?{urlencode(filtered)}",
        failed=f"/traces?{urlencode([('status', 'error'), *filtered])}",
    )


def _active_ns(traces: Sequence[TraceSummary]) -> int:
    """The time in which one of the traces, given in order of start, ran: as the figures count it."""
    total = reached = 0
    for each in traces:
        total += max(each.end_ns - max(each.start_ns, reached), 0)
        reached = max(each.end_ns, reached)
    return total


def strip(session: SessionReading, shown: range, now_ns: int) -> tuple[tuple[Mark, ...], tuple[Page, ...]]:
    """The turns to jump to, and the pages where there are several."""
    rows = session.rows
    states = [state_of(row, now_ns) for row in rows]
    listed = range(len(rows)) if len(rows) <= _MOST_IN_STRIP else shown
    marks = tuple(
        Mark(at + 1, turn_href(session, at), states[at], duration_of(rows[at], now_ns), at in shown)
        for at in listed
    )
    ends = [*session.windows[1:], len(rows)]
    pages = tuple(
        Page(start + 1, end, turn_href(session, start), states[start:end].count("failed"), start in shown)
        for start, end in zip(session.windows, ends, strict=True)
    )
    return marks, pages if len(pages) > 1 else ()


def turn_href(session: SessionReading, at: int) -> str:
    """The page of the session at a turn."""
    trace_id = session.rows[at].summary.trace_id
    query = f"?{urlencode({'trace': trace_id})}" if len(session.windows) > 1 else ""
    return f"{session_path(session.session_id)}{query}#{anchor(trace_id)}"


def anchor(trace_id: str) -> str:
    """The id of a turn on the page."""
    return f"t-{trace_id}"


def turns(
    session: SessionReading, shown: range, parts: Sequence[TracePart], now_ns: int
) -> tuple[SessionTurn, ...]:
    """The traces of a page, each with what it adds."""
    budget = Budget(THREAD_BYTES)
    return tuple(_turn(session, at, part, budget, now_ns) for at, part in zip(shown, parts, strict=True))


def _turn(session: SessionReading, at: int, part: TracePart, budget: Budget, now_ns: int) -> SessionTurn:
    row = session.rows[at]
    summary = row.summary
    talk = conversation(
        part.items, part.reading.tree, summary, row.status(now_ns), most=MOST_VOICES, budget=budget
    )
    return SessionTurn(
        number=at + 1,
        anchor=anchor(summary.trace_id),
        address=TurnAddress(session.session_id, summary.trace_id),
        state=state_of(row, now_ns),
        agents=", ".join(name for _, name in summary.agents),
        name=summary.name,
        start_ns=summary.start_ns,
        duration_ns=duration_of(row, now_ns),
        sums=sums_of_trace(summary),
        is_shared=len(summary.sessions) > 1,
        talk=talk,
        has_more=talk.next is not None,
        goes_on=talk.ending in {"unanswered", "incomplete"}
        and at + 1 < len(session.rows)
        and _waits(part.items),
        input=summary.input_preview or "",
        output=(reason_of(summary) if summary.is_error else summary.output_preview) or "",
        before=session.rows[at - 1].summary.trace_id if at else None,
    )


def _waits(items: Sequence[ThreadItem]) -> bool:
    """Whether the last thing said is a call or the result of one."""
    return bool(items) and (
        items[-1].role == "tool" or any(isinstance(part, ToolCall) for part in items[-1].parts)
    )
