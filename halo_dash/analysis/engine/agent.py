"""One agent: asks its model, uses the tools it calls, until it hands in an answer.

Everything it knows is its context, which is stored step by step. An agent that is made again from a stored
context goes on where the other one was: it makes the tool calls that have no answer yet and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from halo_dash.analysis.engine.answering import Answering
from halo_dash.analysis.engine.budget import BudgetSpent
from halo_dash.analysis.engine.calls import Paid, Question
from halo_dash.analysis.engine.compaction import Compaction
from halo_dash.analysis.engine.context import Context, Entry, Note
from halo_dash.analysis.engine.crew import Crew, Post, Tool
from halo_dash.analysis.engine.prompts import prompt
from halo_dash.analysis.engine.tool_use import ToolUse
from halo_dash.analysis.provider.wire import AssistantItem, SystemItem, ToolSpec, UserItem
from halo_dash.errors import ProviderError
from halo_dash.model.report import Report
from halo_dash.model.run import RunUsage

MOST_NUDGES: Final = 2
"""After so many answers without a tool call the text is taken for the answer."""
MOST_CUTS: Final = 3
_SQUEEZES = (0.4, 0.15, 0.0)
"""What is kept as it is, from one try to the next, where the model's server says that it was too much."""


@dataclass(frozen=True, slots=True)
class Work:
    """What came of an agent."""

    report: Report | None
    """None: it handed in nothing; `notes` has what it wrote."""
    reason: str = ""
    """Why it had to end; empty where it ended by itself."""
    notes: str = ""
    is_limit: bool = False
    """A limit that was set made it end, and nothing that went wrong."""


class Agent:
    """Used by one thread. `tools` by name, without the answer tool."""

    def __init__(self, crew: Crew, post: Post, tools: Mapping[str, Tool], context: Context) -> None:
        self._crew, self._post, self._context = crew, post, context
        self._tools = dict(tools)
        self._specs = (*(each.spec for each in tools.values()), post.answer_tool)
        self._compaction = Compaction(crew, post)
        self._answering = Answering(crew, post, context)
        self._use = ToolUse(crew, post, self._tools, context)

    def work(self) -> Work:
        """Until there is an answer, or a limit binds.

        Raises `ProviderError`, `Stopped`, `OvertakenError`.
        """
        self._begin()
        if self._context.count("closing"):
            # The process ended in the middle of the closing; the reason stands with it.
            return self._close(BudgetSpent("turns", ""))
        try:
            while True:
                done = self._answer_calls() or self._without_call()
                if done is not None:
                    return done
                self._take_turn()
        except BudgetSpent as spent:
            return self._close(spent)

    def notes(self) -> str:
        """What it wrote so far."""
        texts = (each.item.text for each in self._context.entries if isinstance(each.item, AssistantItem))
        return "\n\n".join(text for text in texts if text.strip())

    def _begin(self) -> None:
        if self._context.entries:
            return
        system = Entry(0, SystemItem(self._post.system))
        entries = [system, Entry(1, UserItem(self._post.question), 0, "question")]
        if self._post.material:
            entries.append(Entry(2, UserItem(self._post.material), 0, "material"))
        for each in entries:
            self._context.add(each)
        self._crew.journal.step(items=[each.stored(self._post.path) for each in entries])

    # One turn

    def _take_turn(self) -> None:
        turn = self._context.turns + 1
        if turn >= self._post.max_turns:
            turns = self._post.max_turns
            raise BudgetSpent(
                "turns", "The one turn is spent" if turns == 1 else f"All {turns} turns are spent"
            )
        left = self._post.max_turns - turn
        self._crew.journal.tell("turn", self._post.path, turn, turn=turn, turns_left=left)
        if self._compaction.is_due(self._context, self._specs):
            self._compaction.compact(self._context, turn)
        line = UserItem(self._crew.budget.line(turn, self._post.max_turns))
        paid = self._asked(turn, line)
        place = self._context.next_position
        self._keep(paid, turn, [Entry(place, line, turn, "budget")])

    def _asked(self, turn: int, line: UserItem) -> Paid:
        for squeeze in _SQUEEZES:
            try:
                return self._crew.calls.ask(self._question(turn, line, self._specs))
            except ProviderError as error:
                if error.kind != "context_length":
                    raise
                self._compaction.was_too_much(self._context, self._specs)
                if not self._compaction.compact(self._context, turn, share=squeeze):
                    raise
        return self._crew.calls.ask(self._question(turn, line, self._specs))

    def _question(
        self, turn: int, line: UserItem, tools: tuple[ToolSpec, ...], *, is_last: bool = False
    ) -> Question:
        items = (*self._context.items(), line)
        spoken = self._context.last_spoken()
        since = -1 if spoken is None else spoken.position
        new = (*(each.item for each in self._context.entries if each.position > since), line)
        return Question(
            role=self._post.role,
            agent=self._post.path,
            turn=turn,
            items=items,
            tools=tools,
            is_last=is_last,
            new=new,
            place=f"{self._post.path}/{self._context.next_position}",
        )

    def _keep(self, paid: Paid, turn: int, before: list[Entry]) -> None:
        """Store the answer of the model with what it took, at once."""
        reply, path, journal = paid.reply, self._post.path, self._crew.journal
        note: Note = "length" if reply.finish == "length" and not reply.tool_calls else ""
        if reply.refusal or reply.finish in {"refusal", "content_filter"}:
            note = "refusal"
        text = reply.text or reply.refusal
        position = (before[-1].position if before else self._context.next_position - 1) + 1
        spoken = Entry(position, AssistantItem(text, reply.tool_calls), turn, note)
        events = list(paid.events)
        if text:
            events.append(journal.event("text", path, turn, text=text))
        events += (
            journal.event("tool_call", path, turn, call_id=place, name=call.name, arguments=call.arguments)
            for place, call in enumerate(reply.tool_calls, position + 1)
        )
        taken = RunUsage(
            turns=1 if self._post.is_root else 0,
            model_calls=paid.taken.model_calls,
            input_tokens=paid.taken.input_tokens,
            cached_tokens=paid.taken.cached_tokens,
            output_tokens=paid.taken.output_tokens,
            cost_usd=paid.taken.cost_usd,
            cost_is_partial=paid.taken.cost_is_partial,
        )
        entries = [*before, spoken]
        journal.step(items=[each.stored(path) for each in entries], events=events, taken=taken)
        for each in entries:
            self._context.add(each)

    # What the model said

    def _answer_calls(self) -> Work | None:
        pending = self._context.unanswered()
        if not pending:
            report = self._answering.accepted()
            return None if report is None else Work(report, self._answering.closing_reason())
        answer_name = self._post.answer_tool.name
        self._use.answer([each for each in pending if each[1].name != answer_name])
        for place, call in pending:
            if call.name == answer_name:
                self._answering.take(place, call.arguments, call.call_id)
        report = self._answering.accepted()
        return None if report is None else Work(report, self._answering.closing_reason())

    def _without_call(self) -> Work | None:
        """The model spoke without calling anything: told so, and at last taken at its word."""
        spoken = self._context.entries[-1]
        if not isinstance(spoken.item, AssistantItem) or not spoken.turn or spoken.item.tool_calls:
            return None
        told = self._reminder(spoken)
        if told is not None:
            entry = Entry(self._context.next_position, UserItem(prompt(told)), spoken.turn, told)
            self._crew.journal.step(items=[entry.stored(self._post.path)])
            self._context.add(entry)
            return None
        if spoken.note == "refusal":
            return Work(None, f"The model refused: {spoken.item.text[:500]}", self.notes())
        text = self._answering.written()
        if not text.strip():
            return Work(None, "The model answered nothing several times", self.notes())
        return Work(self._answering.taken_at_its_word(text))

    def _reminder(self, spoken: Entry) -> Note | None:
        """What to tell a model that called nothing; None where it was told often enough."""
        if spoken.note == "length" and self._context.trailing("go_on") < MOST_CUTS:
            return "go_on"
        if spoken.note == "refusal":
            return None if self._context.count("refused") else "refused"
        return "nudge" if self._context.trailing("nudge") < MOST_NUDGES else None

    # The end

    def _close(self, spent: BudgetSpent) -> Work:
        """One last call, where there is room for it."""
        reason = f"{spent.message}."
        path, turn = self._post.path, self._context.turns + 1
        if not self._context.count("closing"):
            entry = Entry(
                self._context.next_position, UserItem(prompt("closing", reason=reason)), turn - 1, "closing"
            )
            event = self._crew.journal.event("limit", path, turn, limit=spent.limit, message=reason)
            self._crew.journal.step(items=[entry.stored(path)], events=[event])
            self._context.add(entry)
        else:
            reason = self._answering.closing_reason()
        try:
            self._ask_last(turn)
        except (BudgetSpent, ProviderError):
            return Work(None, reason, self.notes(), is_limit=True)
        for place, call in self._context.unanswered():
            if call.name == self._post.answer_tool.name:
                self._answering.take(place, call.arguments, call.call_id, is_last=True)
            else:
                self._answering.decline(place, call.call_id)
        report = self._answering.accepted()
        if report is None:
            text = self._answering.written()
            report = self._answering.taken_at_its_word(text) if text.strip() else None
        return Work(report, reason, self.notes(), is_limit=True)

    def _ask_last(self, turn: int) -> None:
        closing = max(each.position for each in self._context.entries if each.note == "closing")
        spoken = self._context.last_spoken()
        if spoken is not None and spoken.position > closing:
            return
        line = UserItem(self._crew.budget.line(self._post.max_turns, self._post.max_turns))
        question = self._question(turn, line, (self._post.answer_tool,), is_last=self._post.is_root)
        self._crew.journal.tell("turn", self._post.path, turn, turn=turn, turns_left=0)
        self._keep(self._crew.calls.ask(question), turn, [])
