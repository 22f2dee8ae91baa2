"""The root agent of a run: what it is told, where it goes on, what becomes of its answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from halo_dash.analysis.engine.budget import Budget
from halo_dash.analysis.engine.calls import ModelCalls, unpriced
from halo_dash.analysis.engine.code import OpenSession
from halo_dash.analysis.engine.context import Context, Entry
from halo_dash.analysis.engine.crew import Crew, Post
from halo_dash.analysis.engine.ending import Ending, as_partial
from halo_dash.analysis.engine.halting import Halt
from halo_dash.analysis.engine.hiring import Hiring
from halo_dash.analysis.engine.journal import Journal
from halo_dash.analysis.engine.library import Library
from halo_dash.analysis.engine.models import ModelNames
from halo_dash.analysis.engine.prompts import prompt
from halo_dash.analysis.engine.recording import Recorder
from halo_dash.analysis.provider.wire import AssistantItem, Provider, ToolItem, UserItem
from halo_dash.analysis.report.reading import read_answer, read_report
from halo_dash.analysis.report.tools import ANSWER_TOOL, REPORT_TOOL
from halo_dash.errors import UsageError
from halo_dash.model.report import Report
from halo_dash.model.run import Run, RunEvent, RunUsage
from halo_dash.semconv.pricing import PriceBook
from halo_dash.store import Store

ROOT = "0"
USUAL_WINDOW = 128_000
"""Tokens, for a model that nobody knows the window of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """The way to the models of a run."""

    provider: Provider
    model: str | None
    """Of the settings, for runs that name none."""
    sub_model: str | None = None
    price_provider: str | None = None
    """As the price table names the server; None where the name of the model has to do."""
    window_tokens: int | None = None
    """Overrides what is known of the models' windows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Root:
    """The root agent of one run."""

    run: Run
    open_access: Callable[[Run], Access]
    library: Library
    budget: Budget
    journal: Journal
    halt: Halt
    recorder: Recorder
    prices: PriceBook
    verify: Callable[[Report], Report]
    open_session: OpenSession | None
    environment: str
    evidence: Callable[[], str]

    def work(self) -> Ending:
        """Until it has answered. Raises `ProviderError`, `UsageError`, `Stopped`, `OvertakenError`."""
        request = self.run.request
        access = self.open_access(self.run)
        self.budget.price_provider = self.recorder.price_provider = access.price_provider
        names = ModelNames.of(request.models, access.model, access.sub_model)
        self._check_prices(names)
        calls = ModelCalls(
            provider=access.provider,
            names=names,
            options=request.options,
            budget=self.budget,
            journal=self.journal,
            halt=self.halt,
            recorder=self.recorder,
            max_parallel=request.limits.max_parallel,
        )
        crew = Crew(
            run=self.run,
            calls=calls,
            budget=self.budget,
            journal=self.journal,
            halt=self.halt,
            recorder=self.recorder,
            tool_places=threading.Semaphore(calls.max_parallel),
            verify=self.verify,
            window=lambda model: (
                access.window_tokens or self.prices.context_window(None, model) or USUAL_WINDOW
            ),
        )
        hiring = Hiring(crew, self.open_session, self.environment)
        self._note_what_was_lost()
        work = hiring.at_work(self._post(hiring), self.library.for_agent(ROOT), self._prepared)
        if work.report is None:
            return Ending("completed" if work.is_limit else "failed", work.reason)
        report = as_partial(work.report, work.reason) if work.reason else work.report
        return Ending("completed", work.reason, report)

    def _check_prices(self, names: ModelNames) -> None:
        if self.run.request.limits.budget_usd is None:
            return
        unknown = unpriced(names.all(), self.budget, self.journal.clock())
        if unknown:
            raise UsageError(
                f"Nobody knows what {', '.join(unknown)} costs, so a budget in dollars cannot be held.",
                hint="Give its price in halo.toml ([[prices]]), or set a budget in tokens or minutes.",
            )

    def _note_what_was_lost(self) -> None:
        """A process ended in the middle: what it had asked then may have been paid, and is asked again."""
        if not self.run.resumed:
            return
        asked: set[tuple[str, int]] = set()
        for each in self._events():
            if each.kind == "turn":
                asked.add((each.agent, each.turn))
            elif each.kind == "usage" and each.data["role"] in {"root", "subagent"}:
                asked.discard((each.agent, each.turn))
        message = "Gone on where it was when its process ended."
        if asked:
            message += (
                " Calls of models that were under way then are made again; what they took is not counted."
            )
        lost = RunUsage(cost_is_partial=True) if asked else RunUsage()
        self.journal.step(events=[self.journal.event("warning", message=message)], taken=lost)

    def _post(self, hiring: Hiring) -> Post:
        is_new = not self.journal.store.runs.items(self.run.run_id, ROOT)
        is_told = is_new and self._before() is None
        is_follow_up = self.run.kind == "follow_up"
        return Post(
            path=ROOT,
            depth=0,
            role="root",
            question=self._question() if is_new else self.run.request.prompt,
            # What an agent was told stands in its context; only a new one has to be told.
            system=self._system(hiring) if is_told else "",
            material=self._material() if is_told else "",
            max_turns=self.run.request.limits.max_turns,
            answer_tool=ANSWER_TOOL if is_follow_up else REPORT_TOOL,
            read_answer=read_answer if is_follow_up else read_report,
        )

    def _question(self) -> str:
        """What the user asks; where no context of an earlier run is left, with what was said so far."""
        asked = self.run.request.prompt
        if self.run.kind != "follow_up" or self._before() is not None:
            return asked
        messages = self.journal.store.runs.conversation(self.run.conversation_id).messages
        said = [f"## {each.role}\n{each.content}" for each in messages if each.run_id != self.run.run_id]
        return prompt("history", history="\n\n".join(said), question=prompt("follow_up", question=asked))

    def _system(self, hiring: Hiring) -> str:
        return prompt(
            "root",
            how_to_read=hiring.how_to_read(),
            code=hiring.code_words(),
            subagents=hiring.subagent_words(0),
            selection=self.library.about(),
            about=self.run.request.context.strip() or "Nothing.",
        )

    def _material(self) -> str:
        return prompt("material", evidence=self.evidence(), overview=self.library.overview())

    def _before(self) -> str | None:
        """The last run of the conversation before this one that left a context."""
        if self.run.kind != "follow_up":
            return None
        runs = self.journal.store.runs
        earlier = []
        for each in runs.conversation(self.run.conversation_id).runs:
            if each.run_id == self.run.run_id:
                break
            earlier.append(each.run_id)
        return next((each for each in reversed(earlier) if runs.items(each, ROOT)), None)

    def _begin_again(self, context: Context) -> None:
        """A run that had ended with words of the model is asked to go on: its nudges begin anew."""
        last = context.entries[-1].item
        if not isinstance(last, AssistantItem) or last.tool_calls or not self._had_ended():
            return
        entry = Entry(context.next_position, UserItem(prompt("retried")), context.turns, "question")
        context.add(entry)
        self.journal.step(items=[entry.stored(ROOT)])

    def _had_ended(self) -> bool:
        return any(each.kind == "state" for each in self._events())

    def _events(self) -> Iterator[RunEvent]:
        after = 0
        while events := self.journal.store.runs.events(self.run.run_id, after):
            yield from events
            after = events[-1].sequence

    def _prepared(self, context: Context) -> None:
        """A follow-up begins with the context of the run before it."""
        if context.turns:
            self._begin_again(context)
            return
        before = self._before()
        if before is None:
            return
        journal = self.journal
        if not context.entries:
            with journal.store.writing() as tx:
                tx.runs.progress.inherit(self.run.run_id, journal.owner, before, ROOT)
            for stored in journal.store.runs.items(self.run.run_id, ROOT):
                context.add(Entry.read(stored))
        asked = UserItem(prompt("follow_up", question=self.run.request.prompt))
        if context.entries[-1].item == asked:
            return
        entries = _left_open(context)
        for each in entries:
            context.add(each)
        question = Entry(context.next_position, asked, 0, "question")
        context.add(question)
        journal.step(items=[each.stored(ROOT) for each in (*entries, question)])


def notes_of(store: Store, run_id: str) -> str:
    """What the model wrote so far."""
    entries = map(Entry.read, store.runs.items(run_id, ROOT))
    said = (each.item.text for each in entries if each.turn and isinstance(each.item, AssistantItem))
    return "\n\n".join(text for text in said if text.strip())


def _left_open(context: Context) -> list[Entry]:
    """Answers to the calls that the run before did not make any more: no model takes a call without one."""
    last = next((each for each in reversed(context.entries) if isinstance(each.item, AssistantItem)), None)
    if last is None or not isinstance(last.item, AssistantItem):
        return []
    there = {each.position for each in context.entries}
    calls = enumerate(last.item.tool_calls, last.position + 1)
    return [
        Entry(place, ToolItem(call.call_id, "Not made: the run ended before."), 0, is_error=True)
        for place, call in calls
        if place not in there
    ]
