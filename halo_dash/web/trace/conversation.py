"""The thread of a trace as a page shows it: turns, with tool calls and their results folded in place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Literal, TypeAlias

from halo_dash.model.message import Role, Text, ThreadItem, ToolCall, ToolResult
from halo_dash.model.observation import Kind
from halo_dash.model.trace import TraceStatus, TraceSummary
from halo_dash.model.tree import Tree, TreeRow
from halo_dash.web.trace.message import PartView, part, preview
from halo_dash.web.trace.value import Budget, Value

Ending: TypeAlias = Literal[
    "answered", "failed", "failed after its answer", "running", "incomplete", "unanswered"
]

WINDOW = 200
"""Turns in one answer; the next ones follow by a link."""

THREAD_BYTES = 768 * 1024
"""Text of a thread on one page."""
_LONG = 1_600
"""A text of more characters than this starts closed, unless it is the question or the answer."""


@dataclass(frozen=True, slots=True)
class ResultView:
    """What came back from a call."""

    value: Value
    is_error: bool
    span_id: str | None
    duration_ns: int | None
    preview: str


@dataclass(slots=True)
class CallView:
    """A tool call in its place; the result arrives later in the thread and is put here."""

    name: str
    id: str | None
    arguments: Value
    line: str
    """The call on one line: `get_weather(city="Reykjavík")`."""
    results: list[ResultView] = field(default_factory=list)

    @property
    def is_error(self) -> bool:
        """Some result of it is an error."""
        return any(result.is_error for result in self.results)


@dataclass(frozen=True, slots=True)
class Turn:
    """One voice at one time."""

    number: int
    role: Role
    agents: tuple[str, ...]
    """The agents around it, outermost first."""
    is_handover: bool
    """Another agent speaks than before."""
    span_id: str | None
    parts: tuple[PartView, ...]
    calls: tuple[CallView, ...]
    results: tuple[ResultView, ...]
    """Results whose call nobody made."""
    is_error: bool
    is_open: bool
    preview: str
    duration_ns: int | None
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Conversation:
    """A window of the thread, and how it ended."""

    turns: tuple[Turn, ...]
    first: int
    total: int
    ending: Ending
    failure: str
    """Why it failed, in one line; empty otherwise."""
    failed_span_id: str | None
    has_recovered: bool
    returned: str | None
    """The head of what the run returned, where its messages do not end with an answer."""

    @property
    def next(self) -> int | None:
        """Where the following window starts, or None at the end."""
        after = self.first + len(self.turns)
        return after if after < self.total else None

    @property
    def previous(self) -> int | None:
        """Where the window before starts, or None at the beginning."""
        return max(0, self.first - WINDOW) if self.first else None


def thread_document(items: Sequence[ThreadItem]) -> dict[str, object]:
    """What the pointers of a thread's values lead into."""
    return {"items": [asdict(item) for item in items]}


def conversation(
    items: Sequence[ThreadItem],
    tree: Tree,
    summary: TraceSummary,
    status: TraceStatus,
    *,
    first: int = 0,
    most: int = WINDOW,
    budget: Budget | None = None,
) -> Conversation:
    """Put results to their calls and turns to their agents; show at most `most` turns from `first` on.

    `budget` is what several threads on one page share.
    """
    answers, kept = _answers(items)
    first = min(first, max(0, len(kept) - 1))
    drawing = _Drawing(items, answers, tree, budget or Budget(THREAD_BYTES))
    before = drawing.agents(items[kept[first - 1]]) if first else ()
    turns: list[Turn] = []
    for number in range(first, min(first + most, len(kept))):
        turn = drawing.turn(kept[number], number, before, is_last=number == len(kept) - 1)
        before = turn.agents or before
        turns.append(turn)
    has_answer = _has_answer(items)
    ending = _ending(status, has_answer=has_answer, is_open=summary.is_open)
    failure = summary.failure if status == "error" else None
    return Conversation(
        turns=tuple(turns),
        first=first,
        total=len(kept),
        ending=ending,
        failure=failure.line if failure else "",
        failed_span_id=summary.failed_span_id if failure else None,
        has_recovered=summary.is_recovered,
        returned=summary.output_preview if status == "ok" and not has_answer else None,
    )


_Answers: TypeAlias = dict[tuple[int, int], list[tuple[int, int]]]
"""(item, part) of a call -> (item, part) of its results."""


def _answers(items: Sequence[ThreadItem]) -> tuple[_Answers, list[int]]:
    """Match results to calls: by id, else by tool name, else in order. Also which items remain turns."""
    answers: _Answers = {}
    by_id: dict[str, tuple[int, int]] = {}
    waiting: dict[tuple[int, int], ToolCall] = {}
    kept: list[int] = []
    for at, item in enumerate(items):
        is_folded = bool(item.parts)
        for nth, each in enumerate(item.parts):
            if isinstance(each, ToolCall):
                waiting[at, nth] = each
                if each.id:
                    by_id[each.id] = (at, nth)
            call = _call_of(each, by_id, waiting) if isinstance(each, ToolResult) else None
            if call is None:
                is_folded = False
                continue
            answers.setdefault(call, []).append((at, nth))
            waiting.pop(call, None)
        if not is_folded:
            kept.append(at)
    return answers, kept


def _call_of(
    result: ToolResult, by_id: dict[str, tuple[int, int]], waiting: dict[tuple[int, int], ToolCall]
) -> tuple[int, int] | None:
    if result.id:
        return by_id.get(result.id)
    named = (place for place, call in waiting.items() if result.name and call.name == result.name)
    return next(named, next(iter(waiting), None) if not result.name else None)


def _has_answer(items: Sequence[ThreadItem]) -> bool:
    said = [item for item in items if item.role in {"assistant", "tool"}]
    return (
        bool(said)
        and said[-1].role == "assistant"
        and any(isinstance(each, Text) and each.text.strip() for each in said[-1].parts)
    )


def _ending(status: TraceStatus, *, has_answer: bool, is_open: bool) -> Ending:
    if status == "running":
        return "running"
    if status == "error":
        return "failed after its answer" if has_answer else "failed"
    if is_open:
        return "incomplete"
    return "answered" if has_answer else "unanswered"


class _Drawing:
    """Makes turns; holds the page's budget."""

    def __init__(self, items: Sequence[ThreadItem], answers: _Answers, tree: Tree, budget: Budget) -> None:
        self._items = items
        self._answers = answers
        self._tree = tree
        self._budget = budget
        # A call's history stands under its span too; its time and tokens belong to what it answered.
        self._answers_of = {item.span_id: at for at, item in enumerate(items) if item.role == "assistant"}

    def agents(self, item: ThreadItem) -> tuple[str, ...]:
        """The agents an item is said inside of, outermost first, each once."""
        at = self._tree.index.get(item.span_id or "")
        names: list[str] = []
        if at is not None:
            for up in (*self._tree.ancestors(at), at):
                row = self._tree.rows[up]
                # A wrapper that is an AGENT in name only has no agent name of its own.
                if row.reading.observation.kind == Kind.AGENT and row.resolved.agent_name:
                    names.append(row.resolved.agent_name)
        if item.agent_name:
            names.append(item.agent_name)
        return tuple(dict.fromkeys(names))

    def turn(self, at: int, number: int, before: tuple[str, ...], *, is_last: bool) -> Turn:
        item = self._items[at]
        row = self._row(item.span_id)
        parts: list[PartView] = []
        calls: list[CallView] = []
        results: list[ResultView] = []
        for nth, each in enumerate(item.parts):
            view = part(each, f"/items/{at}/parts/{nth}", self._budget)
            if isinstance(each, ToolCall):
                calls.append(self._call(each, view, (at, nth)))
            elif isinstance(each, ToolResult):
                results.append(self._result(view, item))
            else:
                parts.append(view)
        agents = self.agents(item)
        is_answer = self._answers_of.get(item.span_id) == at
        size = sum(view.value.size for view in parts)
        return Turn(
            number=number,
            role=item.role,
            agents=agents,
            is_handover=item.role in {"assistant", "system"}
            and bool(before)
            and bool(agents)
            and agents != before,
            span_id=item.span_id,
            parts=tuple(parts),
            calls=tuple(calls),
            results=tuple(results),
            is_error=item.is_error,
            is_open=item.role != "system" and (size <= _LONG or number == 0 or is_last),
            preview=preview(parts) if parts else "",
            duration_ns=row.duration_ns if row and is_answer else None,
            tokens=row.reading.observation.usage.total if row and is_answer else None,
        )

    def _call(self, call: ToolCall, view: PartView, place: tuple[int, int]) -> CallView:
        shown = CallView(call.name, call.id, view.value, f"{call.name}({_arguments(view.value)})")
        for at, nth in self._answers.get(place, ()):
            item = self._items[at]
            shown.results.append(
                self._result(part(item.parts[nth], f"/items/{at}/parts/{nth}", self._budget), item)
            )
        return shown

    def _result(self, view: PartView, item: ThreadItem) -> ResultView:
        row = self._row(item.span_id)
        is_tool = row is not None and row.reading.observation.kind == Kind.TOOL
        return ResultView(
            value=view.value,
            is_error=item.is_error,
            span_id=item.span_id,
            duration_ns=row.duration_ns if row and is_tool else None,
            preview=preview((view,)),
        )

    def _row(self, span_id: str | None) -> TreeRow | None:
        return self._tree.row(span_id) if span_id else None


def _arguments(value: Value) -> str:
    if value.pairs:
        line = ", ".join(
            f"{pair.key}={pair.text}" if pair.is_code else f'{pair.key}="{pair.text}"' for pair in value.pairs
        )
    else:
        line = "" if value.is_empty else " ".join(value.text[:400].split())
    return line if len(line) <= 160 else line[:159] + "\N{HORIZONTAL ELLIPSIS}"
