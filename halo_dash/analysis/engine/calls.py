"""Calls of models: a place in the pool, room in the budget, what the answer took.

A place is held only while a model is asked. An agent that waits for its subagents holds none, so agents of
any depth share one pool without ever waiting for each other in a circle.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from halo_dash.analysis.engine.budget import Budget
from halo_dash.analysis.engine.halting import Halt
from halo_dash.analysis.engine.journal import Journal
from halo_dash.analysis.engine.models import ModelNames
from halo_dash.analysis.engine.recording import Recorder
from halo_dash.analysis.engine.tokens import characters_of
from halo_dash.analysis.provider.wire import (
    Item,
    ModelCall,
    Provider,
    Reply,
    RetryNotice,
    Stopped,
    ToolSpec,
)
from halo_dash.errors import ProviderError
from halo_dash.model.observation import Usage
from halo_dash.model.run import Role, RunEvent, RunOptions, RunUsage

TEXT_EVERY_S: Final = 0.4
"""How often what is being written is written down for those who watch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One call as an agent wants it."""

    role: Role
    agent: str
    turn: int
    items: tuple[Item, ...]
    tools: tuple[ToolSpec, ...] = ()
    is_last: bool = False
    """The last words of the root: what is kept back for them may be taken."""
    new: tuple[Item, ...] = ()
    """Of the items, those that the call before did not have; for the trace of the run."""
    place: str = ""
    """Where in the run it is asked; the same for the same question after a crash."""


@dataclass(frozen=True, slots=True)
class Paid:
    """An answer and what it took, to be written down with what comes of it."""

    reply: Reply
    taken: RunUsage
    events: tuple[RunEvent, ...]


class ModelCalls:
    """Of one run. Thread-safe."""

    def __init__(
        self,
        *,
        provider: Provider,
        names: ModelNames,
        options: RunOptions,
        budget: Budget,
        journal: Journal,
        halt: Halt,
        recorder: Recorder,
        max_parallel: int,
    ) -> None:
        self.names, self.budget, self.journal, self.halt, self.recorder = (
            names,
            budget,
            journal,
            halt,
            recorder,
        )
        self.max_parallel = max(1, max_parallel)
        self._provider, self._options = provider, options
        self._places = threading.Semaphore(self.max_parallel)
        self._is_uncounted_told = False

    def ask(self, question: Question) -> Paid:
        """Ask once there is a place; what was paid for no answer is counted, too.

        Raises `BudgetSpent`, `ProviderError`, `Stopped`, `OvertakenError`.
        """
        model = self.names.of_role(question.role)
        characters = characters_of(question.items, question.tools)
        is_root = question.role == "root"
        with self._place():
            now_ns = self.journal.clock()
            reserved = self.budget.admit(model, characters, now_ns, is_root=is_root, is_last=question.is_last)
            try:
                reply = self._provider.ask(
                    ModelCall(model=model, items=question.items, options=self._options, tools=question.tools),
                    on_text=self._hearing(question),
                    stop=self.halt.event,
                    on_retry=self._noting(question),
                )
            except (ProviderError, Stopped) as error:
                self._count_in_vain(question, model, error)
                raise
            finally:
                self.budget.settle(reserved)
        paid = self._paid(question, model, reply, characters)
        self.recorder.model_call(question, self._options, reply, paid.taken)
        return paid

    @contextmanager
    def _place(self) -> Iterator[None]:
        while not self._places.acquire(timeout=0.2):
            self.halt.check()
        try:
            self.halt.check()
            yield
        finally:
            self._places.release()

    def _hearing(self, question: Question) -> Callable[[str], None] | None:
        if question.role not in {"root", "subagent"}:
            return None
        next_at = time.monotonic() + TEXT_EVERY_S

        def hear(text: str) -> None:
            nonlocal next_at
            if text and time.monotonic() >= next_at:
                self.journal.tell("text", question.agent, question.turn, text=text)
                next_at = time.monotonic() + TEXT_EVERY_S

        return hear

    def _noting(self, question: Question) -> Callable[[RetryNotice], None]:
        def note(notice: RetryNotice) -> None:
            self.journal.tell(
                "retry",
                question.agent,
                question.turn,
                failure=notice.failure,
                message=notice.message,
                attempt=notice.attempt,
                wait_s=notice.wait_s,
                model=notice.model,
            )

        return note

    def _paid(self, question: Question, model: str, reply: Reply, characters: int) -> Paid:
        used, events = reply.usage, []
        if used is not None:
            self.budget.scale.learn(model, characters, used.input_tokens)
            tokens_in, tokens_out, cached = used.input_tokens, used.output_tokens, used.cached_tokens
        else:
            # Estimated, or a budget would never bind on a server that does not count.
            tokens_in, cached = self.budget.scale.tokens(model, characters), 0
            tokens_out = self.budget.scale.tokens(model, _characters_of(reply))
            if not self._is_uncounted_told:
                self._is_uncounted_told = True
                message = "The model's server does not say what calls take: tokens and cost are estimates."
                events.append(self.journal.event("warning", question.agent, question.turn, message=message))
        usage = Usage(input=tokens_in, output=tokens_out, cache_read=cached)
        cost = self.budget.price(reply.model, usage, reply.started_ns)
        if cost is None:
            cost = self.budget.price(model, usage, reply.started_ns)
        taken = RunUsage(
            model_calls=1,
            input_tokens=tokens_in,
            cached_tokens=cached,
            output_tokens=tokens_out,
            cost_usd=cost,
            cost_is_partial=cost is None or used is None or reply.is_usage_partial,
        )
        events.append(self._told(question, reply.model or model, taken))
        return Paid(reply, taken, tuple(events))

    def _count_in_vain(self, question: Question, model: str, error: ProviderError | Stopped) -> None:
        """No answer came, but attempts of it may have been paid."""
        spent = error.spent
        if spent is None:
            if error.is_usage_partial:
                self.journal.step(taken=RunUsage(cost_is_partial=True))
            return
        usage = Usage(input=spent.input_tokens, output=spent.output_tokens, cache_read=spent.cached_tokens)
        taken = RunUsage(
            model_calls=1,
            input_tokens=spent.input_tokens,
            cached_tokens=spent.cached_tokens,
            output_tokens=spent.output_tokens,
            cost_usd=self.budget.price(model, usage, self.journal.clock()),
            cost_is_partial=True,
        )
        self.journal.step(events=[self._told(question, model, taken)], taken=taken)

    def _told(self, question: Question, model: str, taken: RunUsage) -> RunEvent:
        return self.journal.event(
            "usage",
            question.agent,
            question.turn,
            role=question.role,
            model=model,
            input=taken.input_tokens,
            output=taken.output_tokens,
            cached=taken.cached_tokens,
            cost_usd=taken.cost_usd,
        )


def unpriced(names: Sequence[str], budget: Budget, now_ns: int) -> tuple[str, ...]:
    """The models whose price nobody knows."""
    probe = Usage(input=1, output=1)
    return tuple(name for name in names if budget.price(name, probe, now_ns) is None)


def _characters_of(reply: Reply) -> int:
    return len(reply.text) + sum(len(each.arguments) + len(each.name) for each in reply.tool_calls)
